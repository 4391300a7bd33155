/** What may be done with campaigns: made, filled, started, paused, resumed, called off, and watched. */

import { CallSettings } from '../agents/agent.ts';
import type { AgentRef, AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { metadataIssues } from '../conversations/start.ts';
import type { Statement } from '../db/engine.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isLocalTime, isMoment } from '../lib/text.ts';
import { type JsonObject, same } from '../lib/values.ts';
import { wrongAddress } from '../webhooks/webhook.ts';
import { type Caller, storesFor, systemCaller } from '../workspaces/caller.ts';
import { DEFAULT_PRIORITY, MAX_PRIORITY } from './call.ts';
import type { Campaign, CampaignStatus, CampaignTally } from './campaign.ts';
import type { CampaignFilter, CampaignPage } from './campaign-store.ts';
import type { Dialer } from './dialer.ts';
import { contactImports, type ImportDraft, type ImportResult } from './imports.ts';
import type { People } from './rules/contact-list.ts';

export type { CampaignFilter, CampaignPage } from './campaign-store.ts';
export type { ImportDraft, ImportResult } from './imports.ts';

/** What may be said of a campaign. */
export type CampaignFields = Pick<
  Campaign,
  | 'name'
  | 'description'
  | 'profileId'
  | 'numberId'
  | 'callSettings'
  | 'variables'
  | 'metadata'
  | 'extras'
  | 'priority'
  | 'startsAt'
  | 'localStart'
  | 'maxConcurrent'
  | 'preDial'
>;

export type CampaignDraft = Partial<CampaignFields> & Pick<CampaignFields, 'name'> & { agent: AgentRef };

export interface CampaignView {
  campaign: Campaign;
  tally: CampaignTally;
}

const ATTEMPTS = 20;
const DEFAULT_CONCURRENT = 10;
const MAX_CONCURRENT = 1000;
const FINISHED_BATCH_SIZE = 100;
/** From which status each step may be taken. */
const FROM: Record<'start' | 'pause' | 'resume' | 'cancel', readonly CampaignStatus[]> = {
  start: ['draft'],
  pause: ['running'],
  resume: ['paused', 'failed'],
  cancel: ['draft', 'running', 'paused', 'failed'],
};

export interface CampaignParts {
  agents: Pick<AgentService, 'get'>;
  dialer: Pick<Dialer, 'wake'>;
}

export type CampaignService = ReturnType<typeof campaignService>;

export function campaignService(ctx: Context, { agents, dialer }: CampaignParts) {
  const { store, now, newId } = ctx;
  const at = () => now().toISOString();
  const kept = (caller: Pick<Caller, 'writeOptions'>) => storesFor(ctx, caller).campaigns;

  const find = async ({ workspaceId }: Pick<Caller, 'workspaceId'>, id: string): Promise<Campaign> => {
    const campaign = await store.campaigns.get(workspaceId, id);
    if (!campaign) throw new Fault('campaign_missing', { id });
    return campaign;
  };

  const contactImport = contactImports(ctx);

  const withTally = async (campaign: Campaign): Promise<CampaignView> => {
    const tallies = await store.campaigns.tallies(campaign.workspaceId, [campaign.id]);
    return { campaign, tally: tallies.get(campaign.id) ?? {} };
  };

  const judge = async (workspaceId: string, agentId: string, fields: Partial<CampaignFields>): Promise<void> => {
    const inVariables = (issue: Issue): Issue => ({ ...issue, path: issue.path.replace(/^metadata/, 'variables') });
    const issues: Issue[] = [
      ...metadataIssues(fields.metadata ?? {}),
      ...metadataIssues(fields.variables ?? {}).map(inVariables),
    ];
    const wrong = (path: string, message: string, rule = 'value') => issues.push({ path, message, rule });
    const { name, priority, maxConcurrent, localStart, startsAt, callSettings, preDial, profileId, numberId } = fields;
    if (name !== undefined && (name.trim() === '' || name.length > 255))
      wrong('name', 'must have 1 to 255 characters', 'length');
    if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY))
      wrong('priority', `must be a whole number from 0 to ${MAX_PRIORITY}`, 'range');
    if (maxConcurrent !== undefined && !(maxConcurrent >= 1 && maxConcurrent <= MAX_CONCURRENT))
      wrong('maxConcurrent', `must be from 1 to ${MAX_CONCURRENT}`, 'range');
    if (localStart && !isLocalTime(localStart))
      wrong('localStart', 'must be a local date and time like 2026-05-01T09:30', 'format');
    if (startsAt && !isMoment(startsAt)) wrong('startsAt', 'must be a date and time', 'format');
    if (callSettings)
      issues.push(...issuesOf(CallSettings, { ...callSettings, window: callSettings['window'] ?? {} }, 'callSettings'));
    const address = preDial ? wrongAddress(preDial.url, false) : undefined;
    if (address) wrong('preDial.url', address, 'format');
    if (profileId) {
      const [agent] = await store.agents.list(workspaceId, { ids: [agentId] }, BY_AGE, { limit: 1 });
      if (agent && !Object.hasOwn(agent.document.profiles, profileId))
        wrong('profileId', 'is not a profile of the agent', 'reference');
    }
    if (numberId && (await store.phoneNumbers.getMany(workspaceId, [numberId])).length === 0)
      wrong('numberId', 'refers to a phone number that does not exist', 'reference');
    if (issues.length > 0) throw invalid(issues);
  };

  /** A step of a campaign; others who write at the same time make it look again. */
  const changed = async (
    caller: Caller,
    id: string,
    action: string,
    change: (before: Campaign) => Promise<{ after: Campaign; extra?: Statement[]; detail?: JsonObject } | undefined>,
  ): Promise<Campaign> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await find(caller, id);
      const step = await change(before);
      if (!step) return before;
      const { after, extra = [], detail = {} } = step;
      const entry = auditEntry(ctx, caller, action, id, { agentId: before.agentId, status: after.status, ...detail });
      if (!(await kept(caller).change(before, after, extra, entry))) continue;
      if (!caller.writeOptions.dryRun) dialer.wake();
      return { ...after, version: before.version + 1 };
    }
    throw new Fault('write_conflict');
  };

  const allow = (step: keyof typeof FROM, { id, status }: Campaign): void => {
    if (FROM[step].includes(status)) return;
    throw new Fault('campaign_state', { id, reason: status, message: `The campaign is ${status}.` });
  };

  const begun = (before: Campaign, why: string): { after: Campaign; extra: Statement[] } => {
    const time = at();
    const after: Campaign = {
      ...before,
      status: 'running',
      why,
      startedAt: before.startedAt ?? time,
      updatedAt: time,
    };
    return { after, extra: [store.campaigns.wake(before.workspaceId, before.id, time)] };
  };

  return {
    /**
     * Makes one, and fills it if somebody is to be called already. One that starts at once is started only if there is
     * anybody to call.
     */
    async create(
      caller: Caller,
      draft: CampaignDraft,
      people: ImportDraft = {},
      starts = false,
    ): Promise<CampaignView & { filled: ImportResult }> {
      const { agent: ref, ...fields } = draft;
      const { agent } = await agents.get({ ...caller }, ref);
      await judge(caller.workspaceId, agent.id, fields);
      const time = at();
      const fresh: Omit<Campaign, 'counter'> = {
        description: null,
        profileId: null,
        numberId: null,
        callSettings: {},
        variables: {},
        metadata: {},
        extras: {},
        priority: DEFAULT_PRIORITY,
        maxConcurrent: DEFAULT_CONCURRENT,
        preDial: null,
        ...fields,
        startsAt: moment(fields.startsAt),
        localStart: fields.localStart?.slice(0, 16) ?? null,
        workspaceId: caller.workspaceId,
        id: newId(),
        agentId: agent.id,
        ...(starts ? { status: 'running', why: STARTED, startedAt: time } : NOT_STARTED),
        inFlight: 0,
        dialect: caller.dialect,
        by: caller.author,
        createdAt: time,
        updatedAt: time,
        endedAt: null,
        version: 1,
      };
      const { statements, ...filled } = await contactImport(fresh, people);
      const begins = starts && filled.added > 0;
      const detail = { agentId: agent.id, contacts: filled.added };
      const entries = [auditEntry(ctx, caller, 'campaign.created', fresh.id, detail)];
      if (begins)
        entries.push(auditEntry(ctx, caller, 'campaign.started', fresh.id, { agentId: agent.id, status: 'running' }));
      const made = begins ? fresh : { ...fresh, ...NOT_STARTED };
      const campaign = await kept(caller).add(made, statements, ...entries);
      if (begins && !caller.writeOptions.dryRun) dialer.wake();
      return { campaign, tally: filled.added > 0 ? { waiting: filled.added } : {}, filled };
    },

    get: async (caller: Caller, id: string): Promise<CampaignView> => withTally(await find(caller, id)),

    async list(caller: Caller, filter: CampaignFilter, page: CampaignPage): Promise<CampaignView[]> {
      const campaigns = await store.campaigns.list(caller.workspaceId, filter, page);
      const ids = campaigns.map(({ id }) => id);
      const tallies = ids.length > 0 ? await store.campaigns.tallies(caller.workspaceId, ids) : new Map();
      return campaigns.map((campaign) => ({ campaign, tally: tallies.get(campaign.id) ?? {} }));
    },
    /** Those of which somebody has been called already. */
    begun: ({ workspaceId }: Caller, ids: readonly string[]): Promise<Set<string>> =>
      store.campaigns.begun(workspaceId, ids),
    count: ({ workspaceId }: Caller, filter: CampaignFilter): Promise<number> =>
      store.campaigns.count(workspaceId, filter),

    /** In force for the next attempt of everybody who still waits. */
    update(caller: Caller, id: string, hear: (before: Campaign) => Partial<CampaignFields>): Promise<Campaign> {
      return changed(caller, id, 'campaign.updated', async (before) => {
        const fields = hear(before);
        await judge(caller.workspaceId, before.agentId, fields);
        const after: Campaign = {
          ...before,
          ...fields,
          ...(fields.startsAt !== undefined && { startsAt: moment(fields.startsAt) }),
          ...(fields.localStart !== undefined && { localStart: fields.localStart?.slice(0, 16) ?? null }),
        };
        if (same(before, after)) return undefined;
        const changed = (Object.keys(fields) as (keyof CampaignFields)[]).filter(
          (key) => !same(before[key], after[key]),
        );
        const extra = [store.campaigns.follow(after)];
        if (before.status === 'running') extra.push(store.campaigns.wake(before.workspaceId, id, at()));
        return { after: { ...after, updatedAt: at() }, extra, detail: { changed } };
      });
    },

    /** A table of people: those who can be called, and what is wrong with the others. */
    async people(csv: string): Promise<People> {
      const { readPeople } = await import('./rules/contact-list.ts');
      return readPeople(csv);
    },

    /** More people to call; whoever is in it already is not called twice. */
    async importContacts(caller: Caller, id: string, people: ImportDraft): Promise<ImportResult> {
      let filled: ImportResult = { added: 0, skipped: 0, problems: [], calls: [] };
      await changed(caller, id, 'campaign.filled', async (before) => {
        if (before.status === 'completed' || before.status === 'cancelled')
          throw new Fault('campaign_state', {
            id,
            reason: before.status,
            message: `The campaign is ${before.status}.`,
          });
        const { statements, ...rest } = await contactImport(before, people);
        filled = rest;
        if (rest.added === 0) return undefined;
        return { after: { ...before, updatedAt: at() }, extra: statements, detail: { contacts: rest.added } };
      });
      return filled;
    },

    /** `when` says anew when it begins. */
    start(caller: Caller, id: string, when: Partial<Pick<CampaignFields, 'startsAt' | 'localStart'>> = {}) {
      return changed(caller, id, 'campaign.started', async (before) => {
        allow('start', before);
        const { tally } = await withTally(before);
        if (Object.values(tally).every((count) => count === 0))
          throw new Fault('campaign_state', { id, message: 'The campaign has nobody to call.' });
        await judge(caller.workspaceId, before.agentId, when);
        const timed: Campaign = {
          ...before,
          ...(when.startsAt !== undefined && { startsAt: moment(when.startsAt) }),
          ...(when.localStart !== undefined && { localStart: when.localStart?.slice(0, 16) ?? null }),
        };
        const { after, extra } = begun(timed, STARTED);
        return { after, extra: [store.campaigns.follow(after), ...extra] };
      });
    },

    /** Nobody else is called; calls under way go on to their end. */
    pause(caller: Caller, id: string, why = 'Somebody paused it'): Promise<Campaign> {
      return changed(caller, id, 'campaign.paused', async (before) => {
        allow('pause', before);
        const extra = [store.campaigns.wake(before.workspaceId, id, null)];
        return { after: { ...before, status: 'paused', why, updatedAt: at() }, extra, detail: { reason: why } };
      });
    },

    resume(caller: Caller, id: string): Promise<Campaign> {
      return changed(caller, id, 'campaign.resumed', async (before) => {
        allow('resume', before);
        return begun(before, 'It has been resumed');
      });
    },

    /** For good; calls under way go on to their end. */
    cancel(caller: Caller, id: string): Promise<Campaign> {
      return changed(caller, id, 'campaign.ended', async (before) => {
        if (before.status === 'cancelled') return undefined;
        allow('cancel', before);
        const time = at();
        const extra = [store.campaigns.cancel(before.workspaceId, id, time, 'The campaign was cancelled')];
        const after: Campaign = {
          ...before,
          status: 'cancelled',
          why: 'Somebody cancelled it',
          endedAt: time,
          updatedAt: time,
        };
        return { after, extra };
      });
    },

    /** Its calls stay readable; those that wait are over. Refused while it is running. */
    async remove(caller: Caller, id: string): Promise<void> {
      const before = await find(caller, id);
      if (before.status === 'running')
        throw new Fault('campaign_state', {
          id,
          reason: 'running',
          message: 'The campaign is running: cancel it first.',
        });
      const entry = auditEntry(ctx, caller, 'campaign.deleted', id, { agentId: before.agentId });
      const extra = [store.campaigns.cancel(before.workspaceId, id, at(), 'The campaign was removed')];
      if (await kept(caller).remove(before, extra, entry)) return;
      if ((await find(caller, id)).inFlight > 0)
        throw new Fault('campaign_state', { id, message: 'Calls of the campaign are under way: wait for their end.' });
      throw new Fault('write_conflict');
    },

    /** The carrier has let it down: it is paused until a person looks at it. */
    async giveUp({ workspaceId, id }: Campaign, why: string): Promise<void> {
      await changed(systemCaller({ id: workspaceId, number: 0 }), id, 'campaign.failed', async (before) => {
        if (before.status !== 'running') return undefined;
        const extra = [store.campaigns.wake(workspaceId, id, null)];
        return { after: { ...before, status: 'failed', why, updatedAt: at() }, extra, detail: { reason: why } };
      });
    },

    /** Those that have nobody left to call are over. */
    async finish(): Promise<void> {
      for (const campaign of await store.campaigns.finished(FINISHED_BATCH_SIZE)) {
        const time = at();
        const after: Campaign = {
          ...campaign,
          status: 'completed',
          why: 'Everybody has been called',
          endedAt: time,
          updatedAt: time,
        };
        const author = systemCaller({ id: campaign.workspaceId, number: 0 });
        const detail = { agentId: campaign.agentId, status: 'completed' };
        await store.campaigns.change(
          campaign,
          after,
          [],
          auditEntry(ctx, author, 'campaign.ended', campaign.id, detail),
        );
      }
    },
  };
}

const STARTED = 'It has been started';
const NOT_STARTED = { status: 'draft', why: 'It has not been started', startedAt: null } as const;
const BY_AGE = { by: 'createdAt', direction: 'asc' } as const;
const moment = (text: string | null | undefined): string | null => (text ? new Date(text).toISOString() : null);
