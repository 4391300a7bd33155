/** Webhooks: who wants to be told. Their deliveries are in `deliveries.ts`. */
import type { Entry } from '../model/journal.ts';
import type { DialectName } from '../model/records.ts';
import type { Webhook, WebhookOptions } from '../model/webhooks.ts';
import type { Engine, ResultRow } from './engine.ts';
import { recorder } from './journal.ts';
import { someOf, sqlFor } from './sql.ts';
import type { WebhooksTable } from './tables.ts';

export type WebhookStore = ReturnType<typeof webhookStore>;

export function webhookStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const one = (workspaceId: string, id: string) =>
    db.updateTable('webhooks').where('workspace_id', '=', workspaceId).where('id', '=', id);

  return {
    async create(webhook: Webhook, entry: Entry): Promise<void> {
      const insert = db.insertInto('webhooks').values({
        workspace_id: webhook.workspaceId,
        id: webhook.id,
        dialect: webhook.dialect,
        ...saidColumns(webhook),
        ...healthColumns(webhook),
        last_delivery_at: null,
        deliveries: 0,
        failed_deliveries: 0,
        created_at: webhook.createdAt,
      });
      await engine.write({ statements: [insert.compile(), record(webhook.workspaceId, entry)] });
    },

    async get(workspaceId: string, id: string): Promise<Webhook | undefined> {
      const query = db.selectFrom('webhooks').selectAll().where('workspace_id', '=', workspaceId).where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && webhookOf(row);
    },

    /** Newest first: all of the workspace, or those that were made in one tongue. */
    async list(workspaceId: string, dialect?: DialectName): Promise<Webhook[]> {
      let query = db.selectFrom('webhooks').selectAll().where('workspace_id', '=', workspaceId);
      if (dialect) query = query.where('dialect', '=', dialect);
      const rows = await engine.read(query.orderBy('created_at', 'desc').orderBy('id', 'desc').compile());
      return rows.map(webhookOf);
    },

    /** Those that are to be told of what happens. */
    async listening(workspaceId: string): Promise<Webhook[]> {
      const query = db
        .selectFrom('webhooks')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('enabled', '=', 1);
      return (await engine.read(query.compile())).map(webhookOf);
    },

    /** Of several workspaces at once, by their ids. */
    async some(places: readonly { workspaceId: string; webhookId: string }[]): Promise<Webhook[]> {
      const unique = (values: string[]) => someOf([...new Set(values)]);
      const query = db
        .selectFrom('webhooks')
        .selectAll()
        .where('workspace_id', 'in', unique(places.map((place) => place.workspaceId)))
        .where('id', 'in', unique(places.map((place) => place.webhookId)));
      return (await engine.read(query.compile())).map(webhookOf);
    },

    /** Keeps what was said about it. How it is doing is kept only where it begins anew. */
    async update(webhook: Webhook, beginsAnew: boolean, entry: Entry): Promise<boolean> {
      const columns = { ...saidColumns(webhook), ...(beginsAnew && healthColumns(webhook)) };
      const update = one(webhook.workspaceId, webhook.id).set(columns);
      const statements = [update.compile(), record(webhook.workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Switches it off because it does not answer; false where it is off already. */
    async disable(workspaceId: string, id: string, reason: string, entry: Entry): Promise<boolean> {
      const update = one(workspaceId, id)
        .set({ enabled: 0, disabled_reason: reason, disabled_at: entry.at })
        .where('enabled', '=', 1);
      return (await engine.write({ statements: [update.compile(), record(workspaceId, entry)], guards: 1 })) !== null;
    },

    /** Its deliveries go with it, also those that wait. */
    async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db.deleteFrom('webhooks').where('workspace_id', '=', workspaceId).where('id', '=', id);
      const rest = db.deleteFrom('deliveries').where('workspace_id', '=', workspaceId).where('webhook_id', '=', id);
      const statements = [remove.compile(), rest.compile(), record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },
  };
}

const saidColumns = ({ url, events, secret, options, enabled, updatedAt }: Webhook) => ({
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
    dialect: row.dialect as DialectName,
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
