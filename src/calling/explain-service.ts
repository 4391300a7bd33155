/** Explains an agent at a moment: each setting and each profile value, with the layer, revision and author that set it. */

import { defaultProfile } from '../agents/agent.ts';
import { valueIn } from '../agents/change/origins.ts';
import type { HistoryService } from '../agents/history-service.ts';
import { newProfile, Profile } from '../agents/profile.ts';
import type { AgentRef, AgentService } from '../agents/service.ts';
import type { Contact } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { type JsonObject, same } from '../lib/values.ts';
import { SETTING_KEYS } from '../settings/definitions.ts';
import { type ExplainedSetting, explain, lastChange, type Source } from '../settings/explain.ts';
import { layersOf } from '../settings/resolve.ts';
import type { Calling } from '../settings/workspace-settings.ts';
import type { Caller } from '../workspaces/caller.ts';
import { type AgentRevision, type Origin, originsOf } from './agent-origins.ts';
import type { Campaign } from './campaign.ts';
import { type Eligibility, eligibilityOf, speakerOf } from './eligibility.ts';
import type { CallingRulesSource } from './rule-book.ts';

export interface ExplainOptions {
  /** A moment in the past, ISO 8601 in UTC; default: now. */
  at?: string;
  /** Default: the profile for the campaign and the contact, or else the default profile. */
  profileId?: string;
  /** A campaign of the agent, as it is now; its settings are the layer above the agent. */
  campaignId?: string;
  /** The contact to call, as it is now. */
  contactId?: string;
  /** Call settings of the strongest layer. */
  override?: JsonObject;
}

export type ProfileValue = { value: unknown; from: 'agent' | 'system' } & Partial<Source>;

export interface Explanation {
  agentId: string;
  revision: number;
  at: string;
  contact?: Eligibility;
  settings: Record<string, ExplainedSetting>;
  /** null where the agent has no profile. */
  profile: { id: string; values: Record<string, ProfileValue> } | null;
}

export interface ExplainService {
  /** Throws `campaign_missing`, `contact_missing`, `profile_missing`, or `revision_missing` for a removed revision. */
  explain(caller: Caller, ref: AgentRef, options?: ExplainOptions): Promise<Explanation>;
}

export interface ExplainParts {
  agents: Pick<AgentService, 'get'>;
  history: Pick<HistoryService, 'numberAt'>;
  callingRules: CallingRulesSource;
}

/** Audit entries per query. */
const PAGE_SIZE = 200;

export const explainService = (ctx: Context, parts: ExplainParts): ExplainService => ({
  async explain(caller, ref, options = {}) {
    const { at, campaignId, contactId, override } = options;
    const moment = at ?? ctx.now().toISOString();
    const agent = await revisionAt(ctx, parts, caller, ref, at);
    const { document, workspaceId } = agent;
    const [campaign, recipient] = await Promise.all([
      campaignId === undefined ? undefined : campaignOf(ctx, workspaceId, agent.id, campaignId),
      contactId === undefined ? undefined : contactOf(ctx, workspaceId, contactId),
    ]);
    const profile = profileOf(agent, options.profileId, recipient?.contact, campaign);
    const paths = SETTING_KEYS.filter((key) => valueIn(document, key) !== undefined) as string[];
    if (profile) paths.push(...PROFILE_FIELDS.map((field) => `profiles.${profile.id}.${field}`));
    const [origins, history, campaignSource] = await Promise.all([
      originsOf(ctx, agent, paths),
      ctx.store.history.settingsHistory(workspaceId),
      campaign && sourceOfCampaign(ctx, campaign),
    ]);
    const workspaceRevisions = history.filter((revision) => revision.at <= moment);
    const workspace = workspaceRevisions[0]?.document;
    const layers = layersOf({ workspace, agent: document, campaign: campaign?.callSettings, override });
    const calling = workspace?.['calling'] as Calling | undefined;
    const eligibility = recipient && { document, campaign, layers, calling, moment, ...recipient };
    return {
      agentId: agent.id,
      revision: agent.revision,
      at: moment,
      ...(eligibility && { contact: eligibilityOf(await parts.callingRules(), eligibility) }),
      settings: explain(layers, (level, key) => {
        if (level === 'workspace') return lastChange(workspaceRevisions, key);
        if (level === 'campaign') return campaignSource;
        return level === 'agent' ? sourceIn(origins, key) : undefined;
      }),
      profile: profile ? { id: profile.id, values: valuesOf(profile, origins) } : null,
    };
  },
});

/** The agent at a moment: its head, or an older revision. */
async function revisionAt(
  { store }: Context,
  { agents, history }: ExplainParts,
  caller: Caller,
  ref: AgentRef,
  at: string | undefined,
): Promise<AgentRevision> {
  // A copy of the caller, because `get` notes on the caller which revision it was shown.
  const { agent } = await agents.get({ ...caller }, ref);
  const { workspaceId, id, revision: head } = agent;
  const revision = at === undefined ? head : await history.numberAt(workspaceId, id, head, at);
  if (revision === head) return { workspaceId, id, revision, document: agent.document };
  const document = await store.history.document(workspaceId, id, revision);
  if (!document) throw new Fault('revision_missing');
  return { workspaceId, id, revision, document };
}

async function campaignOf({ store }: Context, workspaceId: string, agentId: string, id: string): Promise<Campaign> {
  const campaign = await store.campaigns.get(workspaceId, id);
  if (campaign?.agentId !== agentId) throw new Fault('campaign_missing', { id });
  return campaign;
}

async function contactOf({ store }: Context, workspaceId: string, id: string) {
  const contact = await store.contacts.get(workspaceId, id);
  if (!contact) throw new Fault('contact_missing', { id });
  const { phone } = contact.fields;
  const entries = phone ? await store.doNotCall.getMany(workspaceId, [phone]) : [];
  return { contact, refused: entries.length > 0 };
}

/** The profile that was asked for, else the one that a call would use, else the default one. */
function profileOf(
  { document }: AgentRevision,
  id: string | undefined,
  contact: Contact | undefined,
  campaign: Campaign | undefined,
): Profile | undefined {
  if (id === undefined) {
    const speaker = campaign || contact ? speakerOf(document, contact, campaign) : undefined;
    return speaker ?? defaultProfile(document);
  }
  const profile = Object.hasOwn(document.profiles, id) ? document.profiles[id] : undefined;
  if (!profile) throw new Fault('profile_missing', { id });
  return profile;
}

/** Who last changed the call settings of a campaign, by the audit log: campaigns have no revisions. */
async function sourceOfCampaign({ store }: Context, { workspaceId, id, by, createdAt }: Campaign): Promise<Source> {
  const updates = { target: id, action: 'campaign.updated' };
  let after: string | undefined;
  for (;;) {
    const page = await store.auditLog.list(workspaceId, updates, PAGE_SIZE, after);
    const found = page.find(({ detail }) => [detail['changed']].flat().includes('callSettings'));
    if (found) return { by: found.by, at: found.at };
    if (page.length < PAGE_SIZE) return { by, at: createdAt };
    after = page.at(-1)!.id;
  }
}

function sourceIn(origins: ReadonlyMap<string, Origin>, path: string): Source | undefined {
  const origin = origins.get(path);
  return origin && { revision: origin.revision, by: origin.by, at: origin.at };
}

/** Every field of a profile that an edit can set, with the fields of its groups. */
const PROFILE_FIELDS: readonly string[] = Object.entries(Profile.properties).flatMap(([key, schema]) => {
  const fact = schema['x-fact'];
  if (fact === 'computed') return [];
  if (fact !== undefined || !schema.properties) return [key];
  return Object.keys(schema.properties).map((inner) => `${key}.${inner}`);
});

const BLANK = newProfile('', '', false);

/** A value is the system's where it is absent, or where it is the default of a new profile that no edit has set. */
function valuesOf(profile: Profile, origins: ReadonlyMap<string, Origin>): Record<string, ProfileValue> {
  return Object.fromEntries(
    PROFILE_FIELDS.map((field): [string, ProfileValue] => {
      const path = `profiles.${profile.id}.${field}`;
      const value = valueIn(profile, field);
      const isDefault = value === undefined || same(value, valueIn(BLANK, field));
      const isUntouched = origins.get(path)?.isInitial ?? true;
      if (isDefault && isUntouched) return [field, { value: value ?? null, from: 'system' }];
      const from = value === undefined ? 'system' : 'agent';
      return [field, { value: value ?? null, from, ...sourceIn(origins, path) }];
    }),
  );
}
