/** The rows of webhooks, and of the endpoints that single calls have of their own. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow, Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { inList, sqlFor } from '../db/sql.ts';
import type { WebhooksTable } from '../db/tables.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Webhook, WebhookOptions } from './webhook.ts';

const PRUNE_BATCH_SIZE = 5000;

export type WebhookStore = ReturnType<typeof webhookStore>;

export function webhookStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const one = (workspaceId: string, id: string) =>
    db.updateTable('webhooks').where('workspace_id', '=', workspaceId).where('id', '=', id);

  /** Without the endpoints of single calls, which only `ofCalls` and `some` find. */
  const ofWorkspace = (workspaceId: string) =>
    db.selectFrom('webhooks').selectAll().where('workspace_id', '=', workspaceId).where('call_id', 'is', null);

  const insert = (webhooks: readonly Webhook[], callId: string | null): Statement =>
    db
      .insertInto('webhooks')
      .values(
        webhooks.map((webhook) => ({
          workspace_id: webhook.workspaceId,
          id: webhook.id,
          dialect: webhook.dialect,
          ...fieldColumns(webhook),
          ...healthColumns(webhook),
          last_delivery_at: null,
          deliveries: 0,
          failed_deliveries: 0,
          created_at: webhook.createdAt,
          call_id: callId,
        })),
      )
      .compile();

  return {
    async create(webhook: Webhook, entry: Entry): Promise<void> {
      await engine.write({ statements: [insert([webhook], null), record(webhook.workspaceId, entry)] });
    },

    /** The statements that give a call endpoints of its own, for the transaction that inserts the call. */
    insertions: (webhooks: readonly Webhook[], callId: string): Statement[] =>
      webhooks.length > 0 ? [insert(webhooks, callId)] : [],

    async get(workspaceId: string, id: string): Promise<Webhook | undefined> {
      const [row] = await engine.read(ofWorkspace(workspaceId).where('id', '=', id).compile());
      return row && webhookOf(row);
    },

    /** The webhooks of the workspace, or those of one dialect; newest first. */
    async list(workspaceId: string, dialect?: KeyDialect): Promise<Webhook[]> {
      let query = ofWorkspace(workspaceId);
      if (dialect) query = query.where('dialect', '=', dialect);
      const rows = await engine.read(query.orderBy('created_at', 'desc').orderBy('id', 'desc').compile());
      return rows.map(webhookOf);
    },

    /** The enabled webhooks of the workspace. */
    async listEnabled(workspaceId: string): Promise<Webhook[]> {
      const query = ofWorkspace(workspaceId).where('enabled', '=', 1);
      return (await engine.read(query.compile())).map(webhookOf);
    },

    /** The endpoints of calls by the id of the call: for these calls, and for the calls of these conversations. */
    async ofCalls(
      workspaceId: string,
      callIds: readonly string[],
      conversationIds: readonly string[],
    ): Promise<Map<string, Webhook[]>> {
      const calls = db.selectFrom('calls').select('id').where('workspace_id', '=', workspaceId);
      // A union and no `or`, because each half has an index.
      const wanted = calls
        .where('id', 'in', inList(callIds))
        .unionAll(calls.where('conversation_id', 'in', inList(conversationIds)));
      const query = db
        .selectFrom('webhooks')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('call_id', 'in', wanted);
      const found = new Map<string, Webhook[]>();
      for (const row of await engine.read(query.compile())) {
        const callId = String(row['call_id']);
        found.set(callId, [...(found.get(callId) ?? []), webhookOf(row)]);
      }
      return found;
    },

    /** Webhooks and endpoints of calls by their ids, from several workspaces at once. */
    async getMany(places: readonly { workspaceId: string; webhookId: string }[]): Promise<Webhook[]> {
      const unique = (values: string[]) => inList([...new Set(values)]);
      const query = db
        .selectFrom('webhooks')
        .selectAll()
        .where('workspace_id', 'in', unique(places.map((place) => place.workspaceId)))
        .where('id', 'in', unique(places.map((place) => place.webhookId)));
      return (await engine.read(query.compile())).map(webhookOf);
    },

    /** Writes the fields that callers set and, with `resetsHealth`, the counts of failures. */
    async update(webhook: Webhook, resetsHealth: boolean, entry: Entry): Promise<boolean> {
      const columns = { ...fieldColumns(webhook), ...(resetsHealth && healthColumns(webhook)) };
      const update = one(webhook.workspaceId, webhook.id).set(columns);
      const statements = [update.compile(), record(webhook.workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Disables a failing webhook. Answers false when it is disabled already. */
    async disable(workspaceId: string, id: string, reason: string, entry: Entry): Promise<boolean> {
      const update = one(workspaceId, id)
        .set({ enabled: 0, disabled_reason: reason, disabled_at: entry.at })
        .where('enabled', '=', 1);
      return (await engine.write({ statements: [update.compile(), record(workspaceId, entry)], guards: 1 })) !== null;
    },

    /** Deletes a webhook with all of its deliveries, also those that are waiting. */
    async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db.deleteFrom('webhooks').where('workspace_id', '=', workspaceId).where('id', '=', id);
      const deliveries = db
        .deleteFrom('deliveries')
        .where('workspace_id', '=', workspaceId)
        .where('webhook_id', '=', id);
      const statements = [remove.compile(), deliveries.compile(), record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Deletes a batch of the endpoints of calls that ended before a time. Answers whether there may be more. */
    async prune(before: string): Promise<boolean> {
      const old = db
        .selectFrom('webhooks')
        .innerJoin('calls', (join) =>
          join.onRef('calls.workspace_id', '=', 'webhooks.workspace_id').onRef('calls.id', '=', 'webhooks.call_id'),
        )
        .select(['webhooks.workspace_id', 'webhooks.id'])
        .where('webhooks.call_id', 'is not', null)
        .where('calls.ended_at', '<', before)
        .limit(PRUNE_BATCH_SIZE);
      // Read first: mostly there are none, and an idle server then starts no write.
      if ((await engine.read(old.limit(1).compile())).length === 0) return false;
      const remove = db
        .with('old', () => old)
        .deleteFrom('webhooks')
        .where(sql<boolean>`(workspace_id, id) in (select workspace_id, id from old)`)
        .returning('id');
      return ((await engine.write({ statements: [remove.compile()] })) ?? []).flat().length === PRUNE_BATCH_SIZE;
    },
  };
}

const fieldColumns = ({ url, events, secret, options, enabled, updatedAt }: Webhook) => ({
  url,
  events: JSON.stringify(events),
  secret,
  options: JSON.stringify(options),
  enabled: enabled ? 1 : 0,
  updated_at: updatedAt,
});

const healthColumns = ({ failures, failingSince, lastError, disabledReason, disabledAt }: Webhook) => ({
  failures,
  failing_since: failingSince,
  last_error: lastError,
  disabled_reason: disabledReason,
  disabled_at: disabledAt,
});

function webhookOf(found: ResultRow): Webhook {
  const row = found as unknown as WebhooksTable;
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    dialect: row.dialect as KeyDialect,
    url: row.url,
    events: JSON.parse(row.events) as string[],
    secret: row.secret,
    options: JSON.parse(row.options) as WebhookOptions,
    enabled: Number(row.enabled) === 1,
    failures: Number(row.failures),
    failingSince: row.failing_since,
    lastDeliveryAt: row.last_delivery_at,
    lastError: row.last_error,
    deliveries: Number(row.deliveries),
    failedDeliveries: Number(row.failed_deliveries),
    disabledReason: row.disabled_reason,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
