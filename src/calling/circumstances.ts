/** What the plan has to know about a batch of calls, looked up together: a handful of questions for each workspace. */

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

/** One call and everything that decides about it. */
export interface CallCase extends CallFacts {
  call: Call;
  agent: Agent | undefined;
  campaign: Campaign | undefined;
  contact: ContactInput;
  /** It was to be looked up, and has been removed meanwhile. */
  contactGone: boolean;
  calling: Required<Pick<Calling, keyof typeof CALLING_DEFAULTS>> & Calling;
  numbers: readonly PhoneNumber[];
  /** How often each number has called today; counted up by whoever chooses one. */
  used: Map<string, number>;
  /** The day that is counted by. */
  day: string;
}

/** Why an agent calls nobody, whoever wants to be called. */
export function absence({ status, voiceEnabled }: AgentDocument): string | undefined {
  if (status !== 'active') return `The agent is ${status}`;
  return voiceEnabled ? undefined : "The agent's voice is switched off";
}

const BY_AGE = { by: 'createdAt', direction: 'asc' } as const;

export function gatherCases(
  { store, now }: Context,
  callingRules: CallingRules,
  settings: Pick<SettingsService, 'current'>,
) {
  const deleted = async (workspaceId: string, ids: readonly string[]): Promise<Agent[]> =>
    ids.length > 0 ? store.agents.list(workspaceId, { ids, includeDeleted: true }, BY_AGE, { limit: ids.length }) : [];

  const ofWorkspace = async (workspaceId: string, calls: readonly Call[]): Promise<CallCase[]> => {
    const day = now().toISOString().slice(0, 10);
    const some = (values: readonly (string | null)[]) => [...new Set(values.filter((value) => value !== null))];
    const contactIds = some(calls.map(({ contactId }) => contactId));
    const campaignIds = some(calls.map(({ campaignId }) => campaignId));
    const agentIds = some(calls.map(({ agentId }) => agentId));
    const [agents, contacts, campaigns, doNotCall, numbers, used, { document }] = await Promise.all([
      store.agents.list(workspaceId, { ids: agentIds }, BY_AGE, { limit: agentIds.length }),
      contactIds.length > 0 ? store.contacts.getMany(workspaceId, contactIds) : [],
      campaignIds.length > 0 ? store.campaigns.getMany(workspaceId, campaignIds) : [],
      store.doNotCall.getMany(workspaceId, some(calls.map(({ phone }) => phone))),
      store.phoneNumbers.all(workspaceId),
      store.dialQueue.used(workspaceId, day),
      settings.current(workspaceId),
    ]);
    const byId = <T extends { id: string }>(all: readonly T[]) => new Map(all.map((one) => [one.id, one]));
    const [agentOf, contactOf, campaignOf] = [byId(agents), byId(contacts), byId(campaigns)];
    const orphans = calls.filter(({ agentId, options }) => options.outlivesAgent && !agentOf.has(agentId));
    const goneOf = byId(await deleted(workspaceId, some(orphans.map(({ agentId }) => agentId))));
    const refused = new Set(doNotCall.map(({ phone }) => phone));
    const calling = { ...CALLING_DEFAULTS, ...document.calling };
    return calls.map((call): CallCase => {
      const agent = agentOf.get(call.agentId) ?? (call.options.outlivesAgent && goneOf.get(call.agentId));
      const campaign = call.campaignId === null ? undefined : campaignOf.get(call.campaignId);
      const contact = {
        ...(call.contactId === null ? undefined : contactOf.get(call.contactId)?.fields),
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
        contactGone: call.contactId !== null && call.contact === null && !contactOf.has(call.contactId),
        calling,
        numbers,
        used,
        day,
        policy: policyOf(layers, calling, country === undefined ? callingRules.countriesOf(call.phone) : [country]),
        zones: callingRules.places.zonesOf(contact),
        refused: refused.has(call.phone),
        consent: contact.consent,
        consentRequired: calling.consentRequired ?? false,
      };
    });
  };

  return async (calls: readonly Call[]): Promise<CallCase[]> => {
    const workspaces = Map.groupBy(calls, ({ workspaceId }) => workspaceId);
    const considered = await Promise.all([...workspaces].map(([id, own]) => ofWorkspace(id, own)));
    // In the order they were handed in: the most urgent first.
    const place = new Map(calls.map(({ id }, i) => [id, i]));
    return considered.flat().sort((a, b) => place.get(a.call.id)! - place.get(b.call.id)!);
  };
}
