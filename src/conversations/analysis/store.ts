/** Stores analyses, and the leases of the nodes that work on them. */

import type { Entry } from '../../audit/entry.ts';
import { recorder } from '../../audit/store.ts';
import { ENGINE_FACTS, type Engine, type Statement } from '../../db/engine.ts';
import { readableJson } from '../../db/json.ts';
import { sql } from '../../db/kysely.ts';
import { sqlFor } from '../../db/sql.ts';
import type { Analysis, ConversationFacts } from '../conversation.ts';
import { factsOf } from '../rows.ts';

/** A conversation whose analysis this node has claimed. */
export interface Claimed {
  facts: ConversationFacts;
  /** When the lease ends, in ISO 8601. A write succeeds only while the row still has this value. */
  lease: string;
  /** How often it has been claimed, this time included. */
  attempts: number;
}

export type AnalysisStore = ReturnType<typeof analysisStore>;

export function analysisStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  const whileLeased = ({ facts, lease }: Claimed) =>
    db
      .updateTable('conversations')
      .where('workspace_id', '=', facts.workspaceId)
      .where('id', '=', facts.id)
      .where('analysis_due', '=', lease);

  /**
   * Copies the sentiment and the first tag to the call, where lists filter by them. An outcome that the call has is
   * kept: it is what happened on the line. The version moves, so that a concurrent writer reads the call again.
   */
  const callUpdate = ({ facts }: Claimed, { sentiment, tags, at }: Analysis): Statement[] => {
    const callSentiment = sentiment?.value ?? null;
    const outcome = tags.value?.[0] ?? null;
    if (facts.channel !== 'phone' || (callSentiment === null && outcome === null)) return [];
    const update = db
      .updateTable('calls')
      .set((eb) => ({
        sentiment: eb.fn.coalesce(eb.val(callSentiment), 'sentiment'),
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

    /** Claims the analysis that has been due longest. No other node can claim it before the lease ends. */
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

    /** Moves the end of the lease; undefined where another node has claimed the analysis since. */
    async extend(claimed: Claimed, lease: string): Promise<Claimed | undefined> {
      const statements = [whileLeased(claimed).set({ analysis_due: lease }).compile()];
      return (await engine.write({ statements, guards: 1 })) ? { ...claimed, lease } : undefined;
    },

    /** Saves the findings; with an audit entry the analysis is finished. False where the lease has been lost. */
    async save(claimed: Claimed, analysis: Analysis, entry?: Entry): Promise<boolean> {
      const update = whileLeased(claimed).set({
        analysis: readableJson(analysis),
        ...(entry && { analysis_due: null }),
      });
      const statements = [
        update.compile(),
        ...callUpdate(claimed, analysis),
        ...(entry ? [record(claimed.facts.workspaceId, entry)] : []),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
}
