/** Everything that may be done, in one place for the rooms that do it. */
import type { Config } from '../config.ts';
import type { Carrier } from '../dialer/carrier.ts';
import type { AskFirst } from '../model/campaigns.ts';
import type { Contact, ContactInput } from '../model/records.ts';
import type { CallActions, Engines } from '../runtime/ports.ts';
import { type AccessService, accessService } from './access.ts';
import { type AccountService, accountService } from './accounts.ts';
import { type AgentService, agentService } from './agents.ts';
import { type AnalysisService, analysisService } from './analysis.ts';
import { type AuditService, auditService } from './audit.ts';
import { systemCaller } from './caller.ts';
import { callActions } from './calling/call-actions.ts';
import { callRules } from './calling/call-rules.ts';
import { type CallService, callService } from './calling/calls.ts';
import { type CampaignService, campaignService } from './calling/campaigns.ts';
import { dialerSource } from './calling/dialer.ts';
import { type DiallerService, diallerService } from './calling/dialler.ts';
import { type PreviewService, previewService } from './calling/previews.ts';
import { reception } from './calling/reception.ts';
import { type ConversationService, conversationService } from './conversations.ts';
import { type ExplainService, explainService } from './explain.ts';
import { type HistoryService, historyService } from './history.ts';
import type { House } from './house.ts';
import { type IdempotencyService, idempotencyService } from './idempotency.ts';
import { type KnowledgeService, knowledgeService } from './knowledge.ts';
import type { Later } from './loop.ts';
import { type MemoryService, memoryService } from './memory.ts';
import { type RecordServices, recordServices } from './records.ts';
import { retention } from './retention.ts';
import { createSealer, type Sealer } from './sealer.ts';
import { type SettingsService, settingsService } from './settings.ts';
import { type FirstStart, firstStart } from './setup.ts';
import { type WebhookParts, type WebhookService, webhookService } from './webhooks.ts';

export interface Services {
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
  calls: CallService;
  campaigns: CampaignService;
  /** What a campaign would do, on virtual time. */
  preview: PreviewService;
  dialler: DiallerService;
  /** Plays a call that comes in, where the carrier can do that. */
  ring: ((call: IncomingCall) => Promise<string>) | undefined;
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

type IncomingCall = Parameters<NonNullable<Carrier['incoming']>>[0];

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

/** What calls are placed with. */
export interface Telephony {
  carrier: Carrier;
  askFirst: AskFirst;
  later?: Later;
  pollMs?: number;
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
    calls: callActions(
      house,
      () => calls,
      () => dialler,
    ),
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
  const dialer = dialerSource();
  const { carrier } = telephony;
  const incoming = reception(house, { dialer, carrier, settings, lines: () => dialler.lines() });
  const dialler: DiallerService = diallerService(house, {
    ...telephony,
    dialer,
    conversations,
    settings,
    giveUp: (campaign, why) => campaigns.giveUp(campaign, why),
    finish: () => campaigns.finish(),
    incoming,
  });
  const campaigns: CampaignService = campaignService(house, { agents, dialler });
  const calls = callService(house, { agents, settings, conversations, dialer, dialler });
  const follow = callRules(house);
  const sealer = createSealer({
    journal: house.store.journal,
    besides: async (workspaceId, entries) =>
      (await Promise.all([webhooks.fanOut(workspaceId, entries), follow(workspaceId, entries)])).flat(),
  });
  const ring = async (call: IncomingCall) => {
    await dialler.lines();
    return carrier.incoming!(call);
  };
  return {
    access,
    accounts,
    agents,
    history,
    explain: explainService(house, { agents, history, dialer }),
    records,
    settings,
    audit: auditService(house),
    sealer,
    idempotency: idempotencyService(house),
    webhooks,
    conversations,
    analysis,
    calls,
    campaigns,
    preview: previewService(house, dialer, settings),
    dialler,
    ring: carrier.incoming && ring,
    knowledge,
    memory,
    models: engines.catalogue,
    works: {
      'ending idle chats': conversations,
      'looking back at conversations': analysis,
      'placing calls': dialler,
      'sealing the journal': sealer,
      'reading documents': knowledge.loop,
    },
    newId: house.newId,
    now: house.now,
    firstStart: (url) => firstStart(house, { accounts, agents, records }, url),
    ready: () => house.store.records.ping(),
  };
}
