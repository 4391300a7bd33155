/** Gathers everything that decides about a batch of calls, with a handful of queries per workspace. */

import type { Agent, AgentDocument } from '../agents/agent.ts';
import type { ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import type { PhoneNumber } from '../phone-numbers/phone-number.ts';
import { layersOf } from '../settings/resolve.ts';
import type { SettingsService } from '../settings/service.ts';
import { CALLING_DEFAULTS, type Calling } from '../settings/workspace-settings.ts';
import type { Call } from './call.ts';
import type { Campaign } from './campaign.ts';
import type { CallingRules } from './rule-book.ts';
import type { CallFacts } from './rules/plan.ts';
import { policyOf } from './rules/policy.ts';

/** A call and everything that decides about it. */
export interface CallCase extends CallFacts {
  call: Call;
  agent: Agent | undefined;
  campaign: Campaign | undefined;
  contact: ContactInput;
  /** The call refers to a contact that was deleted. */
  contactDeleted: boolean;
  calling: WorkspaceCalling;
  numbers: readonly PhoneNumber[];
  /** Calls per number on `day`, by the number's id. The calls of one workspace share the map. */
  usedToday: Map<string, number>;
  /** The UTC day of `usedToday`, `YYYY-MM-DD`. */
  day: string;
}

type WorkspaceCalling = Required<Pick<Calling, keyof typeof CALLING_DEFAULTS>> & Calling;

/** Why an agent makes no calls, a sentence; undefined where it makes calls. */
export function agentBlockReason({ status, voiceEnabled }: AgentDocument): string | undefined {
  if (status !== 'active') return `The agent is ${status}`;
  return voiceEnabled ? undefined : "The agent's voice is switched off";
}

const BY_AGE = { by: 'createdAt', direction: 'asc' } as const;

/** Returns a function that gathers the case of each call, in the order of the calls. */
export function gatherCases(
  ctx: Context,
  callingRules: CallingRules,
  settings: Pick<SettingsService, 'current'>,
): (calls: readonly Call[]) => Promise<CallCase[]> {
  return async (calls) => {
    const byWorkspace = Map.groupBy(calls, ({ workspaceId }) => workspaceId);
    const callCases = await Promise.all(
      [...byWorkspace].map(async ([workspaceId, own]) => {
        const facts = await workspaceFacts(ctx, settings, workspaceId, own);
        return own.map((call) => caseOf(callingRules, facts, call));
      }),
    );
    const positions = new Map(calls.map(({ id }, i) => [id, i]));
    const positionOf = ({ call }: CallCase): number => positions.get(call.id) ?? 0;
    return callCases.flat().sort((a, b) => positionOf(a) - positionOf(b));
  };
}

/** What the calls of one workspace have in common. */
interface WorkspaceFacts {
  agents: Map<string, Agent>;
  /** Deleted agents of calls that outlive their agent. */
  deletedAgents: Map<string, Agent>;
  contacts: Map<string, { fields: ContactInput }>;
  campaigns: Map<string, Campaign>;
  doNotCall: Set<string>;
  numbers: readonly PhoneNumber[];
  usedToday: Map<string, number>;
  day: string;
  document: Awaited<ReturnType<SettingsService['current']>>['document'];
  calling: WorkspaceCalling;
}

async function workspaceFacts(
  { store, now }: Context,
  settings: Pick<SettingsService, 'current'>,
  workspaceId: string,
  calls: readonly Call[],
): Promise<WorkspaceFacts> {
  const day = now().toISOString().slice(0, 10);
  const contactIds = distinct(calls.map(({ contactId }) => contactId));
  const campaignIds = distinct(calls.map(({ campaignId }) => campaignId));
  const agentIds = distinct(calls.map(({ agentId }) => agentId));
  const [agents, contacts, campaigns, doNotCall, numbers, usedToday, { document }] = await Promise.all([
    store.agents.list(workspaceId, { ids: agentIds }, BY_AGE, { limit: agentIds.length }),
    contactIds.length > 0 ? store.contacts.getMany(workspaceId, contactIds) : [],
    campaignIds.length > 0 ? store.campaigns.getMany(workspaceId, campaignIds) : [],
    store.doNotCall.getMany(workspaceId, distinct(calls.map(({ phone }) => phone))),
    store.phoneNumbers.all(workspaceId),
    store.dialQueue.usageOn(workspaceId, day),
    settings.current(workspaceId),
  ]);
  const existing = byId(agents);
  const orphans = calls.filter(({ agentId, options }) => options.outlivesAgent && !existing.has(agentId));
  const ids = distinct(orphans.map(({ agentId }) => agentId));
  const deleted =
    ids.length > 0
      ? await store.agents.list(workspaceId, { ids, includeDeleted: true }, BY_AGE, { limit: ids.length })
      : [];
  return {
    agents: existing,
    deletedAgents: byId(deleted),
    contacts: byId(contacts),
    campaigns: byId(campaigns),
    doNotCall: new Set(doNotCall.map(({ phone }) => phone)),
    numbers,
    usedToday,
    day,
    document,
    calling: { ...CALLING_DEFAULTS, ...document.calling },
  };
}

function caseOf(callingRules: CallingRules, facts: WorkspaceFacts, call: Call): CallCase {
  const { document, calling, numbers, usedToday, day } = facts;
  const deletedAgent = call.options.outlivesAgent ? facts.deletedAgents.get(call.agentId) : undefined;
  const agent = facts.agents.get(call.agentId) ?? deletedAgent;
  const campaign = call.campaignId === null ? undefined : facts.campaigns.get(call.campaignId);
  const contact = {
    ...(call.contactId === null ? undefined : facts.contacts.get(call.contactId)?.fields),
    ...call.contact,
    phone: call.phone,
  };
  const override = call.options.overrides?.['callSettings'];
  const layers = layersOf({
    workspace: document,
    agent: agent?.document,
    campaign: campaign?.callSettings,
    override: isObject(override) ? (override as JsonObject) : undefined,
  });
  const country = callingRules.countryOf(contact);
  return {
    call,
    agent,
    campaign,
    contact,
    contactDeleted: call.contactId !== null && call.contact === null && !facts.contacts.has(call.contactId),
    calling,
    numbers,
    usedToday,
    day,
    policy: policyOf(layers, calling, country === undefined ? callingRules.countriesOf(call.phone) : [country]),
    zones: callingRules.places.zonesOf(contact),
    refused: facts.doNotCall.has(call.phone),
    consent: contact.consent,
    consentRequired: calling.consentRequired ?? false,
  };
}

const distinct = (values: readonly (string | null)[]): string[] => [
  ...new Set(values.filter((value) => value !== null)),
];

const byId = <T extends { id: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));
