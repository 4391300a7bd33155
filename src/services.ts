/** Everything that may be done, in one place for the rooms that do it. */

import { type HistoryService, historyService } from './agents/history-service.ts';
import { retention } from './agents/retention.ts';
import { type AgentService, agentService } from './agents/service.ts';
import { createSealer, type Sealer } from './audit/chain-writer.ts';
import { type AuditService, auditService } from './audit/service.ts';
import { type AvatarService, avatarService } from './avatars/service.ts';
import { type ExplainService, explainService } from './calling/explain-service.ts';
import { actionsOf, type Calling, createCalling, type Telephony } from './calling/index.ts';
import type { Config } from './config.ts';
import type { Contact, ContactInput } from './contacts/contact.ts';
import { type ContactService, contactService } from './contacts/service.ts';
import type { House } from './context.ts';
import { type AnalysisService, analysisService } from './conversations/analysis/service.ts';
import { type MemoryService, memoryService } from './conversations/memory/service.ts';
import type { CallActions, Engines } from './conversations/ports.ts';
import { type ConversationService, conversationService } from './conversations/service.ts';
import { type KnowledgeService, knowledgeService } from './knowledge/service.ts';
import { type PhoneNumberService, phoneNumberService } from './phone-numbers/service.ts';
import { type SettingsService, settingsService } from './settings/service.ts';
import { type ToolService, toolService } from './tools/service.ts';
import { type WebhookParts, type WebhookService, webhookService } from './webhooks/service.ts';
import { type AccessService, accessService } from './workspaces/access-service.ts';
import { systemCaller } from './workspaces/caller.ts';
import { type FirstStart, firstStart } from './workspaces/first-start.ts';
import { type IdempotencyService, idempotencyService } from './workspaces/idempotency-service.ts';
import { type AccountService, accountService } from './workspaces/service.ts';

export type { Telephony } from './calling/index.ts';

export interface Services extends Omit<Calling, 'dialer' | 'rules'> {
  access: AccessService;
  accounts: AccountService;
  agents: AgentService;
  history: HistoryService;
  explain: ExplainService;
  avatars: AvatarService;
  tools: ToolService;
  phoneNumbers: PhoneNumberService;
  contacts: ContactService;
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
  const avatars = avatarService(house, agents);
  const contactList = contactService(house);
  const webhooks = webhookService(house, { ...telling, allowPrivateTargets: config.allowPrivateTargets });
  const contacts: Actions['contacts'] = {
    get: (workspaceId, id) => house.store.contacts.get(workspaceId, id),
    update: (workspaceId, id, change) => contactList.update(systemCaller({ id: workspaceId, number: 0 }), id, change),
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
    avatars,
    tools: toolService(house, agents),
    phoneNumbers: phoneNumberService(house),
    contacts: contactList,
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
    firstStart: (url) => firstStart(house, { accounts, agents, avatars }, url),
    ready: () => house.store.ping(),
  };
}
