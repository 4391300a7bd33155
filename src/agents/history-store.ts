/** The rows of revisions and labels, and of the settings of a workspace with their own revisions. */
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { AlreadyThere, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { type Sql, sqlFor } from '../db/sql.ts';
import type { Tables } from '../db/tables.ts';
import type { JsonObject } from '../lib/values.ts';
import type { AgentDocument } from './agent.ts';
import type { Edit } from './change/edit.ts';
import { parseDocument } from './stored-document.ts';

type OfRevisions = ExpressionBuilder<Tables, 'revisions'>;

/** A revision without its document, which may be long. */
export interface RevisionFacts {
  number: number;
  at: string;
  by: string;
  via: string;
  edits: Edit[];
}

export interface Label {
  name: string;
  revision: number;
  variables: JsonObject;
  at: string;
  by: string;
}

/** A label to be assigned. Without variables the label keeps those that it has. */
export type AssignedLabel = Omit<Label, 'variables'> & { variables?: JsonObject };

export interface SettingsRevision {
  number: number;
  at: string;
  by: string;
  via: string;
  document: JsonObject;
}

export type HistoryStore = ReturnType<typeof historyStore>;

export function historyStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const revisions = (workspaceId: string, agentId: string) =>
    db.selectFrom('revisions').where('workspace_id', '=', workspaceId).where('agent_id', '=', agentId);

  return {
    /** Revisions below a number, newest first. */
    async list(workspaceId: string, agentId: string, limit: number, below?: number): Promise<RevisionFacts[]> {
      let query = revisions(workspaceId, agentId).select(['number', 'at', 'by', 'via', 'edits']);
      if (below !== undefined) query = query.where('number', '<', below);
      return (await engine.read(query.orderBy('number', 'desc').limit(limit).compile())).map(factsOf);
    },

    async get(workspaceId: string, agentId: string, number: number) {
      const query = revisions(workspaceId, agentId).selectAll().where('number', '=', number);
      const [row] = await engine.read(query.compile());
      return row && { ...factsOf(row), document: parseDocument(row['document']) };
    },

    async document(workspaceId: string, agentId: string, number: number): Promise<AgentDocument | undefined> {
      const query = revisions(workspaceId, agentId).select('document').where('number', '=', number);
      const [row] = await engine.read(query.compile());
      return row && parseDocument(row['document']);
    },

    /** The number of the last revision written at a time or before; undefined when there is none. */
    async numberAt(workspaceId: string, agentId: string, at: string): Promise<number | undefined> {
      const query = revisions(workspaceId, agentId)
        .select('number')
        .where('at', '<=', at)
        .orderBy('number', 'desc')
        .limit(1);
      const [row] = await engine.read(query.compile());
      return row && Number(row['number']);
    },

    /** Deletes a revision unless a label or an open conversation holds it. Answers whether it did. Does not check the head. */
    async remove(workspaceId: string, agentId: string, number: number, entry: Entry): Promise<boolean> {
      const statements = [
        lockRevisions(db, workspaceId, agentId, (eb) => eb('number', '=', number)),
        deleteUnheld(db, workspaceId, agentId).where('number', '=', number).compile(),
        record(workspaceId, entry),
      ];
      return (await engine.write({ statements, guards: 2 })) !== null;
    },

    /** Deletes the revisions below a number, except those that a label or an open conversation holds. */
    async prune(workspaceId: string, agentId: string, below: number): Promise<void> {
      const statements = [
        lockRevisions(db, workspaceId, agentId, (eb) => eb('number', '<', below)),
        deleteUnheld(db, workspaceId, agentId).where('number', '<', below).compile(),
      ];
      await engine.write({ statements, guards: 1 });
    },

    async labels(workspaceId: string, agentId: string): Promise<Label[]> {
      const query = db
        .selectFrom('labels')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId)
        .orderBy('name');
      return (await engine.read(query.compile())).map(labelOf);
    },

    async label(workspaceId: string, agentId: string, name: string): Promise<Label | undefined> {
      return (await this.labels(workspaceId, agentId)).find((label) => label.name === name);
    },

    /** Puts a label on a revision. Answers false, and writes nothing, when there is no such revision. */
    async assign(workspaceId: string, agentId: string, label: AssignedLabel, entry: Entry): Promise<boolean> {
      const { name, revision, at, by } = label;
      const variables = label.variables && JSON.stringify(label.variables);
      const assign = db
        .insertInto('labels')
        .values({
          workspace_id: workspaceId,
          agent_id: agentId,
          name,
          revision,
          variables: variables ?? '{}',
          at,
          by,
        })
        .onConflict((oc) =>
          oc
            .columns(['workspace_id', 'agent_id', 'name'])
            .doUpdateSet({ revision, at, by, ...(variables !== undefined && { variables }) }),
        );
      const statements = [
        lockRevisions(db, workspaceId, agentId, (eb) => eb('number', '=', revision)),
        assign.compile(),
        record(workspaceId, entry),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    async unassign(workspaceId: string, agentId: string, name: string, entry: Entry): Promise<boolean> {
      const remove = db
        .deleteFrom('labels')
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId)
        .where('name', '=', name);
      return (await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 })) !== null;
    },

    /** The settings of a workspace now, or at a time. */
    async settings(workspaceId: string, at?: string): Promise<SettingsRevision | undefined> {
      let query = db.selectFrom('workspace_settings').selectAll().where('workspace_id', '=', workspaceId);
      if (at !== undefined) query = query.where('at', '<=', at);
      const [row] = await engine.read(query.orderBy('number', 'desc').limit(1).compile());
      return row && settingsOf(row);
    },

    async settingsHistory(workspaceId: string): Promise<SettingsRevision[]> {
      const query = db
        .selectFrom('workspace_settings')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .orderBy('number', 'desc');
      return (await engine.read(query.compile())).map(settingsOf);
    },

    /** Inserts the next revision of the settings. Answers false when another write has taken its number. */
    async saveSettings(workspaceId: string, next: SettingsRevision, entry: Entry): Promise<boolean> {
      const { number, at, by, via } = next;
      const insert = db
        .insertInto('workspace_settings')
        .values({ workspace_id: workspaceId, number, at, by, via, document: JSON.stringify(next.document) });
      try {
        await engine.write({ statements: [insert.compile(), record(workspaceId, entry)] });
        return true;
      } catch (error) {
        if (error instanceof AlreadyThere) return false;
        throw error;
      }
    },
  };
}

/**
 * Locks revisions without changing them. Removing a revision and labelling one both start with this statement, so that
 * each sees what the other wrote: a label never refers to a revision that is gone.
 */
const lockRevisions = (
  db: Sql,
  workspaceId: string,
  agentId: string,
  which: (eb: OfRevisions) => Expression<SqlBool>,
): Statement =>
  db
    .updateTable('revisions')
    .set((eb) => ({ number: eb.ref('number') }))
    .where('workspace_id', '=', workspaceId)
    .where('agent_id', '=', agentId)
    .where(which)
    .compile();

/** Deletes revisions that neither a label nor an open conversation holds. */
const deleteUnheld = (db: Sql, workspaceId: string, agentId: string) =>
  db
    .deleteFrom('revisions')
    .where('workspace_id', '=', workspaceId)
    .where('agent_id', '=', agentId)
    .where('number', 'not in', (eb) =>
      eb
        .selectFrom('labels')
        .select('revision')
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId),
    )
    .where('number', 'not in', (eb) =>
      eb
        .selectFrom('conversations')
        .select('revision')
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId)
        .where('status', '=', sql.lit('open')),
    );

const factsOf = (row: ResultRow): RevisionFacts => ({
  number: Number(row['number']),
  at: String(row['at']),
  by: String(row['by']),
  via: String(row['via']),
  edits: JSON.parse(String(row['edits'])) as Edit[],
});

const labelOf = (row: ResultRow): Label => ({
  name: String(row['name']),
  revision: Number(row['revision']),
  variables: JSON.parse(String(row['variables'])) as JsonObject,
  at: String(row['at']),
  by: String(row['by']),
});

const settingsOf = (row: ResultRow): SettingsRevision => ({
  number: Number(row['number']),
  at: String(row['at']),
  by: String(row['by']),
  via: String(row['via']),
  document: JSON.parse(String(row['document'])) as JsonObject,
});
