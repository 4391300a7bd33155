/** Opens whichever engine the configuration names and puts the verbs in front of it. */
import type { Config } from '../config.ts';
import { type AccountStore, accountStore } from './accounts.ts';
import { type AgentStore, agentStore } from './agents.ts';
import { type AnalysisStore, analysisStore } from './analyses.ts';
import { type CallStore, callStore } from './calls.ts';
import { type CampaignStore, campaignStore } from './campaigns.ts';
import { type ConversationStore, conversationStore } from './conversations.ts';
import { type DeliveryStore, deliveryStore } from './deliveries.ts';
import { type DiallingStore, diallingStore } from './dialling.ts';
import type { Engine } from './engine.ts';
import { type HistoryStore, historyStore } from './history.ts';
import { type IdempotencyStore, idempotencyStore } from './idempotency.ts';
import { type JournalStore, journalStore } from './journal.ts';
import { type KnowledgeStore, knowledgeStore } from './knowledge.ts';
import { type MemoryStore, memoryStore } from './memories.ts';
import { type RecordStore, recordStore } from './records.ts';
import { type WebhookStore, webhookStore } from './webhooks.ts';

/** What is kept, as verbs. */
export interface Verbs {
  agents: AgentStore;
  accounts: AccountStore;
  records: RecordStore;
  journal: JournalStore;
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
  dialling: DiallingStore;
}

export interface Store extends Verbs {
  engine: Engine;
  /** The same verbs, whose writes go all the way and are then taken back: what a dry run is done with. */
  rehearsal: Verbs;
  close(): Promise<void>;
}

export async function openStore(
  config: Pick<Config, 'databaseUrl' | 'dataDirectory'>,
  now: () => Date,
): Promise<Store> {
  const engine = await openEngine(config, now);
  return { engine, ...verbs(engine), rehearsal: verbs(rehearsing(engine)), close: () => engine.close() };
}

const verbs = (engine: Engine): Verbs => ({
  agents: agentStore(engine),
  accounts: accountStore(engine),
  records: recordStore(engine),
  journal: journalStore(engine),
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
  dialling: diallingStore(engine),
});

const rehearsing = (engine: Engine): Engine => ({
  ...engine,
  write: (job) => engine.write({ ...job, rehearse: true }),
  revise: (change) => engine.revise({ ...change, rehearse: true }),
});

/** Each engine is loaded only where it is used. */
async function openEngine(config: Pick<Config, 'databaseUrl' | 'dataDirectory'>, now: () => Date): Promise<Engine> {
  if (config.databaseUrl) {
    const { openPostgres } = await import('./postgres/engine.ts');
    return openPostgres({ url: config.databaseUrl, now });
  }
  const { openSqlite } = await import('./sqlite/engine.ts');
  return openSqlite({ directory: config.dataDirectory, now });
}
