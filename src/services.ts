/** Everything that may be done, in one place for the rooms that do it. */

import { type HistoryService, historyService } from './agents/history-service.ts';
import { retention } from './agents/retention.ts';
import { sampleAgent } from './agents/sample-agent.ts';
import { type AgentService, agentService } from './agents/service.ts';
import { type ChainWriter, createChainWriter } from './audit/chain-writer.ts';
import { type AuditService, auditService } from './audit/service.ts';
import { type AvatarService, avatarService } from './avatars/service.ts';
import { type ExplainService, explainService } from './calling/explain-service.ts';
import { actionsOf, type Calling, createCalling, type Telephony } from './calling/index.ts';
import type { Config } from './config.ts';
import type { Contact, ContactInput } from './contacts/contact.ts';
import { type ContactService, contactService } from './contacts/service.ts';
import type { Context } from './context.ts';
import { type AnalysisService, analysisService } from './conversations/analysis/service.ts';
import { type MemoryService, memoryService } from './conversations/memory/service.ts';
import type { CallActions, Providers } from './conversations/ports.ts';
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

export interface Services extends Omit<Calling, 'callingRules' | 'rules'> {
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
  chainWriter: ChainWriter;
  audit: AuditService;
  idempotency: IdempotencyService;
  webhooks: WebhookService;
  conversations: ConversationService;
  analysis: AnalysisService;
  knowledge: KnowledgeService;
  memory: MemoryService;
  /** The models that are known by name, and which of them can be asked. */
  models: Providers['catalogue'];
  /** Work that nobody asks for, by what it is. */
  tasks: Record<string, BackgroundTask>;
  /** For things whose id a dialect must know before they are written. */
  newId: () => string;
  /** The time, for answers that carry it. */
  now: () => Date;
  /** Answers when the database does. */
  ready(): Promise<void>;
  /** Furnishes an empty house; undefined where somebody has been here before. */
  firstStart(url: string): Promise<FirstStart | undefined>;
}

export interface BackgroundTask {
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
  ctx: Context,
  config: Pick<Config, 'jwtIssuers' | 'allowPrivateTargets' | 'chatIdleMs'>,
  telling: Pick<WebhookParts, 'sendWebhook' | 'eventMappers'>,
  telephony: Telephony,
  equip: (actions: Actions) => Providers,
): Services {
  const access = accessService(ctx, config.jwtIssuers);
  const settings = settingsService(ctx);
  const agents = agentService(ctx, settings, retention(ctx, settings));
  const history = historyService(ctx, agents);
  const accounts = accountService(ctx, access);
  const avatars = avatarService(ctx, agents);
  const contactList = contactService(ctx);
  const webhooks = webhookService(ctx, { ...telling, allowPrivateTargets: config.allowPrivateTargets });
  const contacts: Actions['contacts'] = {
    get: (workspaceId, id) => ctx.store.contacts.get(workspaceId, id),
    update: (workspaceId, id, change) => contactList.update(systemCaller({ id: workspaceId, number: 0 }), id, change),
  };
  const providers = equip({
    contacts,
    calls: actionsOf(ctx, () => calling),
  });
  const knowledge = knowledgeService(ctx, providers.library);
  const memory = memoryService(ctx);
  const conversations = conversationService(ctx, {
    agents,
    history,
    settings,
    providers,
    recall: memory.recall,
    idleMs: config.chatIdleMs,
  });
  const analysis = analysisService(ctx, { providers, memory });
  const calling: Calling = createCalling(ctx, telephony, { agents, settings, conversations });
  const chainWriter = createChainWriter({
    auditLog: ctx.store.auditLog,
    extra: async (workspaceId, entries) =>
      (await Promise.all([webhooks.fanOut(workspaceId, entries), calling.rules(workspaceId, entries)])).flat(),
  });
  return {
    access,
    accounts,
    agents,
    history,
    explain: explainService(ctx, { agents, history, callingRules: calling.callingRules }),
    avatars,
    tools: toolService(ctx, agents),
    phoneNumbers: phoneNumberService(ctx),
    contacts: contactList,
    settings,
    audit: auditService(ctx),
    chainWriter,
    idempotency: idempotencyService(ctx),
    webhooks,
    conversations,
    analysis,
    ...calling,
    knowledge,
    memory,
    models: providers.catalogue,
    tasks: {
      'ending idle chats': conversations,
      'looking back at conversations': analysis,
      'placing calls': calling.dialer,
      'sealing the journal': chainWriter,
      'reading documents': knowledge.poller,
    },
    newId: ctx.newId,
    now: ctx.now,
    firstStart: (url) => firstStart(ctx, { accounts, agents, avatars }, url, sampleAgent),
    ready: () => ctx.store.ping(),
  };
}
