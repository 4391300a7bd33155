/** Looking back at conversations that have ended, as verbs: who is at it, and what came of it. */

import type { Entry } from '../../audit/entry.ts';
import { recorder } from '../../audit/store.ts';
import { ENGINE_FACTS, type Engine, type Statement } from '../../db/engine.ts';
import { readableJson } from '../../db/json.ts';
import { sql } from '../../db/kysely.ts';
import { sqlFor } from '../../db/sql.ts';
import type { Analysis, ConversationFacts } from '../conversation.ts';
import { factsOf } from '../rows.ts';

/** A conversation that somebody has taken on. */
export interface Claimed {
  facts: ConversationFacts;
  /** The end of the lease: only who holds it may write. */
  lease: string;
  /** How many times it has been taken on, this one included. */
  attempts: number;
}

export type AnalysisStore = ReturnType<typeof analysisStore>;

export function analysisStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  const held = ({ facts, lease }: Claimed) =>
    db
      .updateTable('conversations')
      .where('workspace_id', '=', facts.workspaceId)
      .where('id', '=', facts.id)
      .where('analysis_due', '=', lease);

  /**
   * What a call can be looked for by. Whoever settles it at this moment reads it again, for it counts as a change; an
   * outcome that it has already is what happened, and not what was made of it.
   */
  const tellCall = ({ facts }: Claimed, { sentiment, tags, at }: Analysis): Statement[] => {
    const feeling = sentiment?.value ?? null;
    const outcome = tags.value?.[0] ?? null;
    if (facts.channel !== 'phone' || (feeling === null && outcome === null)) return [];
    const update = db
      .updateTable('calls')
      .set((eb) => ({
        sentiment: eb.fn.coalesce(eb.val(feeling), 'sentiment'),
        outcome: eb.fn.coalesce('outcome', eb.val(outcome)),
        updated_at: at,
        version: eb('version', '+', 1),
      }))
      .where('workspace_id', '=', facts.workspaceId)
      .where('conversation_id', '=', facts.id);
    return [update.compile()];
  };

  return {
    async anyDue(at: string): Promise<boolean> {
      const query = db
        .selectFrom('conversations')
        .select('id')
        .where('analysis_due', 'is not', null)
        .where('analysis_due', '<=', at)
        .limit(1);
      return (await engine.read(query.compile())).length > 0;
    },

    /** Takes on the one that has waited longest. Nobody else gets it before the lease ends. */
    async claim(at: string, lease: string): Promise<Claimed | undefined> {
      const due = db
        .selectFrom('conversations')
        .select(['workspace_id', 'id'])
        .where('analysis_due', 'is not', null)
        .where('analysis_due', '<=', at)
        .orderBy('analysis_due')
        .limit(1)
        .modifyEnd(sql.raw(ENGINE_FACTS[engine.name].skipLocked));
      const claim = db
        .with('due', () => due)
        .updateTable('conversations')
        .set((eb) => ({ analysis_due: lease, analysis_attempts: eb('analysis_attempts', '+', 1) }))
        .where(sql<boolean>`(workspace_id, id) in (select workspace_id, id from due)`)
        .returningAll();
      const [row] = ((await engine.write({ statements: [claim.compile()] })) ?? []).flat();
      return row && { facts: factsOf(row), lease, attempts: Number(row['analysis_attempts']) };
    },

    /** Moves the end of a lease, or puts it off; undefined where it has passed to somebody else. */
    async extend(claimed: Claimed, lease: string): Promise<Claimed | undefined> {
      const statements = [held(claimed).set({ analysis_due: lease }).compile()];
      return (await engine.write({ statements, guards: 1 })) ? { ...claimed, lease } : undefined;
    },

    /** What was found; with the journal's row nothing is left to do. Answers whether the lease still held. */
    async save(claimed: Claimed, analysis: Analysis, entry?: Entry): Promise<boolean> {
      const update = held(claimed).set({ analysis: readableJson(analysis), ...(entry && { analysis_due: null }) });
      const statements = [
        update.compile(),
        ...tellCall(claimed, analysis),
        ...(entry ? [record(claimed.facts.workspaceId, entry)] : []),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
}
