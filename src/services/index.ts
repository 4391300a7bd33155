/** Everything that may be done, in one place for the rooms that do it. */
import type { Config } from '../config.ts';
import type { Contact, ContactInput } from '../model/records.ts';
import type { CallActions, Engines } from '../runtime/ports.ts';
import { type AccessService, accessService } from './access.ts';
import { type AccountService, accountService } from './accounts.ts';
import { type AgentService, agentService } from './agents.ts';
import { type AnalysisService, analysisService } from './analysis.ts';
import { type AuditService, auditService } from './audit.ts';
import { systemCaller } from './caller.ts';
import { actionsOf, type Calling, createCalling, type Telephony } from './calling/index.ts';
import { type ConversationService, conversationService } from './conversations.ts';
import { type ExplainService, explainService } from './explain.ts';
import { type HistoryService, historyService } from './history.ts';
import type { House } from './house.ts';
import { type IdempotencyService, idempotencyService } from './idempotency.ts';
import { type KnowledgeService, knowledgeService } from './knowledge.ts';
import { type MemoryService, memoryService } from './memory.ts';
import { type RecordServices, recordServices } from './records.ts';
import { retention } from './retention.ts';
import { createSealer, type Sealer } from './sealer.ts';
import { type SettingsService, settingsService } from './settings.ts';
import { type FirstStart, firstStart } from './setup.ts';
import { type WebhookParts, type WebhookService, webhookService } from './webhooks.ts';

export type { Telephony } from './calling/index.ts';

export interface Services extends Omit<Calling, 'dialer' | 'rules'> {
  access: AccessService;
  accounts: AccountService;
  agents: AgentService;
  history: HistoryService;
  explain: ExplainService;
  records: RecordServices;
  settings: SettingsService;
  sealer: Sealer;
  audit: AuditService;
  idempotency: IdempotencyService;
  webhooks: WebhookService;
  conversations: ConversationService;
  analysis: AnalysisService;
  knowledge: KnowledgeService;
  memory: MemoryService;
  /** The models that are known by name, and which of them can be asked. */
  models: Engines['catalogue'];
  /** Work that nobody asks for, by what it is. */
  works: Record<string, Work>;
  /** For things whose id a dialect must know before they are written. */
  newId: () => string;
  /** The time, for answers that carry it. */
  now: () => Date;
  /** Answers when the database does. */
  ready(): Promise<void>;
  /** Furnishes an empty house; undefined where somebody has been here before. */
  firstStart(url: string): Promise<FirstStart | undefined>;
}

export interface Work {
  start(report: (error: unknown) => void): void;
  stop(): Promise<unknown>;
}

/** What a conversation may do in the house by itself. */
export interface Actions {
  calls: CallActions;
  contacts: {
    get(workspaceId: string, id: string): Promise<Contact | undefined>;
    update(workspaceId: string, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact>;
  };
}

export function createServices(
  house: House,
  config: Pick<Config, 'jwtIssuers' | 'allowPrivateTargets' | 'chatIdleMs'>,
  telling: Pick<WebhookParts, 'courier' | 'wordings'>,
  telephony: Telephony,
  equip: (actions: Actions) => Engines,
): Services {
  const access = accessService(house, config.jwtIssuers);
  const settings = settingsService(house);
  const agents = agentService(house, settings, retention(house, settings));
  const history = historyService(house, agents);
  const accounts = accountService(house, access);
  const records = recordServices(house, agents);
  const webhooks = webhookService(house, { ...telling, allowPrivateTargets: config.allowPrivateTargets });
  const contacts: Actions['contacts'] = {
    get: (workspaceId, id) => house.store.records.contacts.get(workspaceId, id),
    update: (workspaceId, id, change) =>
      records.contacts.update(systemCaller({ id: workspaceId, number: 0 }), id, change),
  };
  const engines = equip({
    contacts,
    calls: actionsOf(house, () => calling),
  });
  const knowledge = knowledgeService(house, engines.library);
  const memory = memoryService(house);
  const conversations = conversationService(house, {
    agents,
    history,
    settings,
    engines,
    recall: memory.recall,
    idleMs: config.chatIdleMs,
  });
  const analysis = analysisService(house, { engines, memory });
  const calling: Calling = createCalling(house, telephony, { agents, settings, conversations });
  const sealer = createSealer({
    journal: house.store.journal,
    besides: async (workspaceId, entries) =>
      (await Promise.all([webhooks.fanOut(workspaceId, entries), calling.rules(workspaceId, entries)])).flat(),
  });
  return {
    access,
    accounts,
    agents,
    history,
    explain: explainService(house, { agents, history, dialer: calling.dialer }),
    records,
    settings,
    audit: auditService(house),
    sealer,
    idempotency: idempotencyService(house),
    webhooks,
    conversations,
    analysis,
    ...calling,
    knowledge,
    memory,
    models: engines.catalogue,
    works: {
      'ending idle chats': conversations,
      'looking back at conversations': analysis,
      'placing calls': calling.dialler,
      'sealing the journal': sealer,
      'reading documents': knowledge.loop,
    },
    newId: house.newId,
    now: house.now,
    firstStart: (url) => firstStart(house, { accounts, agents, records }, url),
    ready: () => house.store.records.ping(),
  };
}
