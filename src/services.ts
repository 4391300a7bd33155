/** Every service, created once and handed to those that need it. */

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
import { type StatusService, statusService } from './status/service.ts';
import { type ToolService, toolService } from './tools/service.ts';
import { createDispatcher, type Dispatcher } from './webhooks/dispatcher.ts';
import { type WebhookService, type WebhookServiceOptions, webhookService } from './webhooks/service.ts';
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
  /** Sends the deliveries that are due. */
  outbox: Dispatcher;
  conversations: ConversationService;
  analysis: AnalysisService;
  knowledge: KnowledgeService;
  memory: MemoryService;
  status: StatusService;
  /** The models that have a name here, and which of them this server can use. */
  models: Providers['catalogue'];
  /** Background tasks, by the name that begins the log line about a failure: "Placing calls failed; …". */
  tasks: Record<string, BackgroundTask>;
  /** For dialects that must know an id before the record is written. */
  newId: () => string;
  /** The time, for answers that contain it. */
  now: () => Date;
  /** Rejects when the database does not answer. */
  ready(): Promise<void>;
  /** Creates the first workspace, its keys and a sample agent; undefined where the database has a workspace. */
  firstStart(url: string): Promise<FirstStart | undefined>;
}

export interface BackgroundTask {
  /** Runs until `stop`. Errors go to `report`, and the task goes on. */
  start(report: (error: unknown) => void): void;
  stop(): Promise<unknown>;
}

/** What a running conversation may change by itself. */
export interface Actions {
  calls: CallActions;
  contacts: {
    get(workspaceId: string, id: string): Promise<Contact | undefined>;
    update(workspaceId: string, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact>;
  };
}

type ServiceConfig = Pick<Config, 'jwtIssuers' | 'allowPrivateTargets' | 'chatIdleMs'>;

export function createServices(
  ctx: Context,
  config: ServiceConfig,
  webhookParts: Pick<WebhookServiceOptions, 'sendWebhook' | 'eventMappers'> & { random: () => number },
  telephony: Telephony,
  providersFor: (actions: Actions) => Providers,
): Services {
  const workspaces = workspaceServices(ctx, config);
  const { settings } = workspaces;
  const records = recordServices(ctx, settings);
  const { agents, history } = records;
  const webhooks = webhookService(ctx, { ...webhookParts, allowPrivateTargets: config.allowPrivateTargets });
  const outbox = createDispatcher({ ...ctx, ...webhookParts });
  // Conversations act on calls, and calls start conversations: each has the other when the first call is placed.
  const calls = actionsOf(ctx, () => calling);
  const providers = providersFor({ calls, contacts: contactActions(ctx, records.contacts) });
  const talks = conversationServices(ctx, { ...workspaces, ...records, providers, idleMs: config.chatIdleMs });
  const calling: Calling = createCalling(ctx, telephony, { agents, settings, conversations: talks.conversations });
  const chainWriter = createChainWriter({
    auditLog: ctx.store.auditLog,
    extra: async (workspaceId, entries) =>
      (await Promise.all([webhooks.fanOut(workspaceId, entries), calling.rules(workspaceId, entries)])).flat(),
  });
  return {
    ...workspaces,
    ...records,
    ...talks,
    ...calling,
    webhooks,
    outbox,
    chainWriter,
    explain: explainService(ctx, { agents, history, callingRules: calling.callingRules }),
    models: providers.catalogue,
    status: statusService(ctx, {
      calls: calling.dialer,
      conversations: talks.conversations.live,
      analyses: talks.analysis,
      documents: talks.knowledge.poller,
      auditEntries: chainWriter,
      webhookDeliveries: outbox,
    }),
    tasks: {
      'Ending idle chats': talks.conversations,
      'Analysing ended conversations': talks.analysis,
      'Placing calls': calling.dialer,
      'Writing the audit hash chain': chainWriter,
      'Reading documents': talks.knowledge.poller,
      'Sending webhooks': outbox,
    },
    newId: ctx.newId,
    now: ctx.now,
    firstStart: (url) => firstStart(ctx, { ...workspaces, ...records }, url, sampleAgent),
    ready: () => ctx.store.ping(),
  };
}

/** Workspaces, the keys and users that open them, their settings and their audit log. */
function workspaceServices(ctx: Context, { jwtIssuers }: ServiceConfig) {
  const access = accessService(ctx, jwtIssuers);
  return {
    access,
    accounts: accountService(ctx, access),
    settings: settingsService(ctx),
    audit: auditService(ctx),
    idempotency: idempotencyService(ctx),
  };
}

/** Agents, and the records that they refer to. */
function recordServices(ctx: Context, settings: SettingsService) {
  const agents = agentService(ctx, settings, retention(ctx, settings));
  return {
    agents,
    history: historyService(ctx, agents),
    avatars: avatarService(ctx, agents),
    tools: toolService(ctx, agents),
    phoneNumbers: phoneNumberService(ctx),
    contacts: contactService(ctx),
  };
}

interface ConversationParts {
  agents: AgentService;
  history: HistoryService;
  settings: SettingsService;
  providers: Providers;
  idleMs: number;
}

/** Conversations, what they know and remember, and their analysis. */
function conversationServices(ctx: Context, { agents, history, settings, providers, idleMs }: ConversationParts) {
  const memory = memoryService(ctx);
  const { recall } = memory;
  return {
    memory,
    knowledge: knowledgeService(ctx, providers.library),
    conversations: conversationService(ctx, { agents, history, settings, providers, recall, idleMs }),
    analysis: analysisService(ctx, { providers, memory }),
  };
}

/** Reading and changing a contact in the name of the system. */
function contactActions(ctx: Context, contacts: ContactService): Actions['contacts'] {
  return {
    get: (workspaceId, id) => ctx.store.contacts.get(workspaceId, id),
    update: (workspaceId, id, change) => contacts.update(systemCaller({ id: workspaceId, number: 0 }), id, change),
  };
}
