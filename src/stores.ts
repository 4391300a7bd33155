/** Opens the engine that the configuration names, and every store on it. */

import { type HistoryStore, historyStore } from './agents/history-store.ts';
import { type AgentStore, agentStore } from './agents/store.ts';
import { type AuditStore, auditStore } from './audit/store.ts';
import { type AvatarStore, avatarStore } from './avatars/store.ts';
import { type CallStore, callStore } from './calling/call-store.ts';
import { type CampaignStore, campaignStore } from './calling/campaign-store.ts';
import { type DialQueueStore, dialQueueStore } from './calling/dial-queue-store.ts';
import { type DoNotCallStore, doNotCallStore } from './calling/do-not-call-store.ts';
import type { Config } from './config.ts';
import { type ContactStore, contactStore } from './contacts/store.ts';
import { type AnalysisStore, analysisStore } from './conversations/analysis/store.ts';
import { type MemoryStore, memoryStore } from './conversations/memory/store.ts';
import { type ConversationStore, conversationStore } from './conversations/store.ts';
import type { Engine } from './db/engine.ts';
import { sql } from './db/kysely.ts';
import { sqlFor } from './db/sql.ts';
import { type KnowledgeStore, knowledgeStore } from './knowledge/store.ts';
import { type PhoneNumberStore, phoneNumberStore } from './phone-numbers/store.ts';
import { type StatusStore, statusStore } from './status/store.ts';
import { type ToolStore, toolStore } from './tools/store.ts';
import { type DeliveryStore, deliveryStore } from './webhooks/delivery-store.ts';
import { type WebhookStore, webhookStore } from './webhooks/store.ts';
import { type IdempotencyStore, idempotencyStore } from './workspaces/idempotency-store.ts';
import { type AccountStore, accountStore } from './workspaces/store.ts';

export interface StoreSet {
  agents: AgentStore;
  accounts: AccountStore;
  avatars: AvatarStore;
  tools: ToolStore;
  phoneNumbers: PhoneNumberStore;
  contacts: ContactStore;
  auditLog: AuditStore;
  history: HistoryStore;
  idempotency: IdempotencyStore;
  webhooks: WebhookStore;
  deliveries: DeliveryStore;
  conversations: ConversationStore;
  analyses: AnalysisStore;
  knowledge: KnowledgeStore;
  memories: MemoryStore;
  calls: CallStore;
  campaigns: CampaignStore;
  dialQueue: DialQueueStore;
  doNotCall: DoNotCallStore;
  status: StatusStore;
}

export interface Store extends StoreSet {
  engine: Engine;
  /** The same stores for dry runs: every write runs in full and is rolled back. */
  dryRun: StoreSet;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export async function openStore(
  config: Pick<Config, 'databaseUrl' | 'dataDirectory'>,
  now: () => Date,
): Promise<Store> {
  const engine = await openEngine(config, now);
  return {
    engine,
    ...storeSet(engine),
    dryRun: storeSet(dryRunEngine(engine)),
    ping: () => ping(engine),
    close: () => engine.close(),
  };
}

const storeSet = (engine: Engine): StoreSet => ({
  agents: agentStore(engine),
  accounts: accountStore(engine),
  avatars: avatarStore(engine),
  tools: toolStore(engine),
  phoneNumbers: phoneNumberStore(engine),
  contacts: contactStore(engine),
  auditLog: auditStore(engine),
  history: historyStore(engine),
  idempotency: idempotencyStore(engine),
  webhooks: webhookStore(engine),
  deliveries: deliveryStore(engine),
  conversations: conversationStore(engine),
  analyses: analysisStore(engine),
  knowledge: knowledgeStore(engine),
  memories: memoryStore(engine),
  calls: callStore(engine),
  campaigns: campaignStore(engine),
  dialQueue: dialQueueStore(engine),
  doNotCall: doNotCallStore(engine),
  status: statusStore(engine),
});

const dryRunEngine = (engine: Engine): Engine => ({
  ...engine,
  write: (job) => engine.write({ ...job, rollBack: true }),
  revise: (change) => engine.revise({ ...change, rollBack: true }),
});

/** Loads only the engine that is used. */
async function openEngine(config: Pick<Config, 'databaseUrl' | 'dataDirectory'>, now: () => Date): Promise<Engine> {
  if (config.databaseUrl) {
    const { openPostgres } = await import('./db/postgres/engine.ts');
    return openPostgres({ url: config.databaseUrl, now });
  }
  const { openSqlite } = await import('./db/sqlite/engine.ts');
  return openSqlite({ directory: config.dataDirectory, now });
}

/** Sends the cheapest query. */
async function ping(engine: Engine): Promise<void> {
  await engine.read(sql`select 1 as one`.compile(sqlFor(engine)));
}
