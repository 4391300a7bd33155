/** Why an agent behaves, or behaved, as it does: every setting and every word of a profile with whoever said it. */

import { defaultProfile } from '../agents/agent.ts';
import { touches, valueIn } from '../agents/change/origins.ts';
import type { HistoryService } from '../agents/history-service.ts';
import { newProfile, Profile } from '../agents/profile.ts';
import type { AgentRef, AgentService } from '../agents/service.ts';
import type { Contact } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { type JsonObject, same } from '../lib/values.ts';
import { SETTING_KEYS, type SettingKey } from '../settings/definitions.ts';
import { type ExplainedWhole, explain, lastSaid, type Source } from '../settings/explain.ts';
import { layersOf } from '../settings/resolve.ts';
import type { Calling } from '../settings/workspace-settings.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { Campaign } from './campaign.ts';
import { type Eligibility, eligibilityOf, speakerOf } from './eligibility.ts';
import type { CallingRulesSource } from './rule-book.ts';

export interface Question {
  /** A moment in the past; now, where it is absent. ISO 8601 in UTC. */
  at?: string;
  /** Unless said, the one that would speak in the campaign and to the contact, else the default one. */
  profileId?: string;
  /** One of the agent's, by its id: the level above the agent, as it is now. */
  campaignId?: string;
  /** Who would be called, by their id, as they are known now. */
  contactId?: string;
  /** The call settings of the strongest level. */
  override?: JsonObject;
}

export type ProfileValue = { value: unknown; from: 'agent' | 'system' } & Partial<Source>;

export interface Explanation {
  agentId: string;
  revision: number;
  at: string;
  contact?: Eligibility;
  settings: Record<string, ExplainedWhole>;
  /** null where the agent has no profile. */
  profile: { id: string; values: Record<string, ProfileValue> } | null;
}

/** Where a value comes from; `born` where it came with the profile or the agent, and nobody spoke of it since. */
interface Origin extends Source {
  revision: number;
  born: boolean;
}

const PAGE = 200;

export type ExplainService = ReturnType<typeof explainService>;

export interface ExplainParts {
  agents: Pick<AgentService, 'get'>;
  history: Pick<HistoryService, 'numberAt'>;
  callingRules: CallingRulesSource;
}

export function explainService({ store, now }: Context, { agents, history, callingRules }: ExplainParts) {
  /** What the agent was then: the head, or a revision that is kept. */
  const agentThen = async (caller: Caller, ref: AgentRef, at: string | undefined) => {
    // It is looked up, not shown: an explanation may change while the agent does not.
    const { agent } = await agents.get({ ...caller }, ref);
    const { workspaceId, id, revision: head } = agent;
    const revision = at === undefined ? head : await history.numberAt(workspaceId, id, head, at);
    if (revision === head) return { workspaceId, id, revision, document: agent.document };
    const document = await store.history.document(workspaceId, id, revision);
    if (!document) throw new Fault('revision_missing');
    return { workspaceId, id, revision, document };
  };

  /** The newest revision that spoke of each place, walking back until all are found. */
  const originsOf = async (
    { workspaceId, id, revision, document }: Awaited<ReturnType<typeof agentThen>>,
    paths: readonly string[],
  ): Promise<Map<string, Origin>> => {
    const found = new Map<string, Origin>();
    const doubtful = new Map<number, string[]>();
    const open = new Set(paths);
    let next = revision;
    let unbroken = true;
    while (open.size > 0) {
      const page = await store.history.list(workspaceId, id, PAGE, next + 1);
      for (const { number, at, by, edits } of page) {
        unbroken &&= number === next;
        next = number - 1;
        for (const path of open) {
          const spoken = edits.filter((edit) => touches(edit, path));
          if (number > 1 && spoken.length === 0) continue;
          open.delete(path);
          // The first edits of a new profile set it whole.
          const born = number === 1 || spoken.every((edit) => edit.path.split('.').length <= 2 && inProfile(path));
          found.set(path, { revision: number, by, at, born });
          if (!unbroken) doubtful.set(number, [...(doubtful.get(number) ?? []), path]);
        }
      }
      if (page.length < PAGE) break;
    }
    // Where revisions in between are no longer kept, one of those may have spoken instead: the value tells.
    for (const [number, places] of doubtful) {
      const old = await store.history.document(workspaceId, id, number);
      for (const path of places) if (!same(valueIn(old, path), valueIn(document, path))) found.delete(path);
    }
    return found;
  };

  const campaignOf = async (workspaceId: string, agentId: string, id: string): Promise<Campaign> => {
    const campaign = await store.campaigns.get(workspaceId, id);
    if (campaign?.agentId !== agentId) throw new Fault('campaign_missing', { id });
    return campaign;
  };

  /** Who last changed its call settings, by the journal; whoever made it, where nobody has. A campaign has no revisions. */
  const sourceOfCampaign = async ({ workspaceId, id, by, createdAt }: Campaign): Promise<Source> => {
    const updates = { target: id, action: 'campaign.updated' };
    let after: string | undefined;
    for (;;) {
      const page = await store.auditLog.list(workspaceId, updates, PAGE, after);
      const found = page.find(({ detail }) => [detail['changed']].flat().includes('callSettings'));
      if (found) return { by: found.by, at: found.at };
      if (page.length < PAGE) return { by, at: createdAt };
      after = page.at(-1)!.id;
    }
  };

  const contactOf = async (workspaceId: string, id: string): Promise<{ contact: Contact; refused: boolean }> => {
    const contact = await store.contacts.get(workspaceId, id);
    if (!contact) throw new Fault('contact_missing', { id });
    const { phone } = contact.fields;
    return { contact, refused: phone ? (await store.calls.doNotCall.getMany(workspaceId, [phone])).length > 0 : false };
  };

  return {
    async explain(caller: Caller, ref: AgentRef, question: Question = {}): Promise<Explanation> {
      const { at, profileId, campaignId, contactId, override } = question;
      const agent = await agentThen(caller, ref, at);
      const { document, workspaceId } = agent;
      const [campaign, known] = await Promise.all([
        campaignId === undefined ? undefined : campaignOf(workspaceId, agent.id, campaignId),
        contactId === undefined ? undefined : contactOf(workspaceId, contactId),
      ]);
      const speaker = campaign || known ? speakerOf(document, known?.contact, campaign) : undefined;
      const profile =
        profileId === undefined
          ? (speaker ?? defaultProfile(document))
          : Object.hasOwn(document.profiles, profileId)
            ? document.profiles[profileId]
            : undefined;
      if (profileId !== undefined && !profile) throw new Fault('profile_missing', { id: profileId });

      const moment = at ?? now().toISOString();
      const said = SETTING_KEYS.filter((key) => valueIn(document, key) !== undefined);
      const places = profile ? PROFILE_FIELDS.map((field) => `profiles.${profile.id}.${field}`) : [];
      const [origins, settings, ofCampaign] = await Promise.all([
        originsOf(agent, [...said, ...places]),
        store.history.settingsHistory(workspaceId),
        campaign && sourceOfCampaign(campaign),
      ]);
      const ofWorkspace = settings.filter((revision) => revision.at <= moment);
      const workspace = ofWorkspace[0]?.document;
      const layers = layersOf({ workspace, agent: document, campaign: campaign?.callSettings, override });
      const calling = workspace?.['calling'] as Calling | undefined;
      return {
        agentId: agent.id,
        revision: agent.revision,
        at: moment,
        ...(known && {
          contact: eligibilityOf(await callingRules(), { document, campaign, layers, calling, moment, ...known }),
        }),
        settings: explain(layers, (level, key) => {
          if (level === 'workspace') return lastSaid(ofWorkspace, key);
          if (level === 'campaign') return ofCampaign;
          return level === 'agent' ? sourceIn(origins, key) : undefined;
        }),
        profile: profile ? { id: profile.id, values: wordsOf(profile, origins) } : null,
      };
    },
  };
}

function sourceIn(origins: ReadonlyMap<string, Origin>, path: SettingKey | string): Source | undefined {
  const origin = origins.get(path);
  return origin && { revision: origin.revision, by: origin.by, at: origin.at };
}

const inProfile = (path: string): boolean => path.startsWith('profiles.');

/** Every field of a profile that somebody may speak of; groups are walked into. */
const PROFILE_FIELDS: readonly string[] = Object.entries(Profile.properties).flatMap(([key, schema]) => {
  const fact = schema['x-fact'];
  if (fact === 'computed') return [];
  if (fact !== undefined || !schema.properties) return [key];
  return Object.keys(schema.properties).map((inner) => `${key}.${inner}`);
});

const BLANK = newProfile('', '', false);

/** What a profile says, and whether it was the agent that said it or the house that fell in. */
function wordsOf(profile: Profile, origins: ReadonlyMap<string, Origin>): Record<string, ProfileValue> {
  return Object.fromEntries(
    PROFILE_FIELDS.map((field): [string, ProfileValue] => {
      const path = `profiles.${profile.id}.${field}`;
      const value = valueIn(profile, field);
      const usual = value === undefined || same(value, valueIn(BLANK, field));
      const untouched = origins.get(path)?.born ?? true;
      if (usual && untouched) return [field, { value: value ?? null, from: 'system' }];
      const from = value === undefined ? 'system' : 'agent';
      return [field, { value: value ?? null, from, ...sourceIn(origins, path) }];
    }),
  );
}
