/** Campaigns: create them, add contacts, read, change and delete them. */

import type { AgentRef, AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import { same } from '../lib/values.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import { DEFAULT_PRIORITY } from './call.ts';
import type { Campaign, CampaignTally } from './campaign.ts';
import { type CampaignFields, checkFields, startTimes } from './campaign-fields.ts';
import {
  type CampaignStepsParts,
  type CampaignStepsService,
  campaignStepsService,
  changeCampaign,
  findCampaign,
  STARTED,
} from './campaign-steps-service.ts';
import type { CampaignFilter, CampaignPage } from './campaign-store.ts';
import { type ImportDraft, type ImportResult, importContacts } from './imports.ts';
import type { ContactList } from './rules/contact-list.ts';

export type { CampaignFields } from './campaign-fields.ts';
export type { CampaignFilter, CampaignPage } from './campaign-store.ts';
export type { ImportDraft, ImportResult } from './imports.ts';

export type CampaignDraft = Partial<CampaignFields> & Pick<CampaignFields, 'name'> & { agent: AgentRef };

export interface CampaignView {
  campaign: Campaign;
  tally: CampaignTally;
}

export interface CreatedCampaign extends CampaignView {
  imported: ImportResult;
}

export interface CampaignService extends CampaignStepsService {
  /** Creates a campaign with its first contacts. With `starts` it runs at once, unless no contact could be added. */
  create(caller: Caller, draft: CampaignDraft, contacts?: ImportDraft, starts?: boolean): Promise<CreatedCampaign>;
  get(caller: Caller, id: string): Promise<CampaignView>;
  /** Newest first. */
  list(caller: Caller, filter: CampaignFilter, page: CampaignPage): Promise<CampaignView[]>;
  count(caller: Caller, filter: CampaignFilter): Promise<number>;
  /** The campaigns among these that have attempted a call. */
  findStarted(caller: Caller, ids: readonly string[]): Promise<Set<string>>;
  /** Sets the fields that `edit` answers; they apply to the next attempt of every waiting call. */
  update(caller: Caller, id: string, edit: (before: Campaign) => Partial<CampaignFields>): Promise<Campaign>;
  /** Reads a CSV list of contacts: the rows that can be called, and the problems of the others. */
  readContactList(csv: string): Promise<ContactList>;
  /** Adds contacts to a campaign that has not ended; numbers that it already calls are skipped. */
  importContacts(caller: Caller, id: string, contacts: ImportDraft): Promise<ImportResult>;
  /** Deletes a campaign that is not running and cancels its waiting calls; its calls stay readable. */
  remove(caller: Caller, id: string): Promise<void>;
}

export interface CampaignParts extends CampaignStepsParts {
  agents: Pick<AgentService, 'get'>;
}

const DEFAULT_CONCURRENT = 10;
const NOT_STARTED = {
  status: 'draft',
  why: 'The campaign has not been started; start it to place its calls',
  startedAt: null,
} as const;

export function campaignService(ctx: Context, parts: CampaignParts): CampaignService {
  const { campaigns } = ctx.store;

  return {
    ...campaignStepsService(ctx, parts),
    create: (caller, draft, contacts = {}, starts = false) =>
      createCampaign(ctx, parts, caller, { draft, contacts, starts }),

    async get(caller, id) {
      const campaign = await findCampaign(ctx, caller, id);
      const tallies = await campaigns.tallies(campaign.workspaceId, [id]);
      return { campaign, tally: tallies.get(id) ?? {} };
    },

    async list({ workspaceId }, filter, page) {
      const found = await campaigns.list(workspaceId, filter, page);
      const ids = found.map(({ id }) => id);
      const tallies: Map<string, CampaignTally> =
        ids.length > 0 ? await campaigns.tallies(workspaceId, ids) : new Map();
      return found.map((campaign) => ({ campaign, tally: tallies.get(campaign.id) ?? {} }));
    },

    count: ({ workspaceId }, filter) => campaigns.count(workspaceId, filter),
    findStarted: ({ workspaceId }, ids) => campaigns.findStarted(workspaceId, ids),
    update: (caller, id, edit) => updateCampaign(ctx, parts, caller, id, edit),

    async readContactList(csv) {
      const { readContactList } = await import('./rules/contact-list.ts');
      return readContactList(csv);
    },

    importContacts: (caller, id, contacts) => addContacts(ctx, parts, caller, id, contacts),
    remove: (caller, id) => removeCampaign(ctx, caller, id),
  };
}

async function createCampaign(
  ctx: Context,
  { agents, dialer }: CampaignParts,
  caller: Caller,
  { draft, contacts, starts }: { draft: CampaignDraft; contacts: ImportDraft; starts: boolean },
): Promise<CreatedCampaign> {
  const { agent: ref, ...fields } = draft;
  const { agent } = await agents.get({ ...caller }, ref);
  await checkFields(ctx, { workspaceId: caller.workspaceId, agentId: agent.id }, fields);
  const fresh = newCampaign(ctx, caller, agent.id, fields, starts);
  const { statements, ...imported } = await importContacts(ctx, fresh, contacts);
  const isStarted = starts && imported.added > 0;
  const created = isStarted ? fresh : { ...fresh, ...NOT_STARTED };
  const detail = { agentId: agent.id, contacts: imported.added };
  const entries = [auditEntry(ctx, caller, 'campaign.created', fresh.id, detail)];
  if (isStarted)
    entries.push(auditEntry(ctx, caller, 'campaign.started', fresh.id, { agentId: agent.id, status: 'running' }));
  const campaign = await storesFor(ctx, caller).campaigns.add(created, statements, ...entries);
  if (isStarted && !caller.writeOptions.dryRun) dialer.wake();
  return { campaign, tally: imported.added > 0 ? { waiting: imported.added } : {}, imported };
}

function newCampaign(
  { now, newId }: Context,
  { workspaceId, dialect, author }: Caller,
  agentId: string,
  fields: Omit<CampaignDraft, 'agent'>,
  starts: boolean,
): Omit<Campaign, 'counter'> {
  const at = now().toISOString();
  return {
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
    startsAt: null,
    localStart: null,
    ...startTimes(fields),
    workspaceId,
    id: newId(),
    agentId,
    ...(starts ? { status: 'running', why: STARTED, startedAt: at } : NOT_STARTED),
    inFlight: 0,
    dialect,
    by: author,
    createdAt: at,
    updatedAt: at,
    endedAt: null,
    version: 1,
  };
}

const updateCampaign = (
  ctx: Context,
  parts: CampaignParts,
  caller: Caller,
  id: string,
  edit: (before: Campaign) => Partial<CampaignFields>,
): Promise<Campaign> =>
  changeCampaign(ctx, parts, caller, { id, action: 'campaign.updated' }, async (before) => {
    const { campaigns } = ctx.store;
    const fields = edit(before);
    await checkFields(ctx, before, fields);
    const after: Campaign = { ...before, ...fields, ...startTimes(fields) };
    if (same(before, after)) return undefined;
    const keys = Object.keys(fields) as (keyof CampaignFields)[];
    const changed = keys.filter((key) => !same(before[key], after[key]));
    const at = ctx.now().toISOString();
    const extra = [campaigns.updateCalls(after)];
    if (before.status === 'running') extra.push(campaigns.setCallsDue(before.workspaceId, id, at));
    return { after: { ...after, updatedAt: at }, extra, detail: { changed } };
  });

async function addContacts(
  ctx: Context,
  parts: CampaignParts,
  caller: Caller,
  id: string,
  contacts: ImportDraft,
): Promise<ImportResult> {
  let result: ImportResult = { added: 0, skipped: 0, problems: [], calls: [] };
  await changeCampaign(ctx, parts, caller, { id, action: 'campaign.filled' }, async (before) => {
    const { status } = before;
    if (status === 'completed' || status === 'cancelled') {
      const message = `The campaign is ${status}; create a new campaign for more contacts.`;
      throw new Fault('campaign_state', { id, reason: status, message });
    }
    const { statements, ...rest } = await importContacts(ctx, before, contacts);
    result = rest;
    if (rest.added === 0) return undefined;
    const after = { ...before, updatedAt: ctx.now().toISOString() };
    return { after, extra: statements, detail: { contacts: rest.added } };
  });
  return result;
}

async function removeCampaign(ctx: Context, caller: Caller, id: string): Promise<void> {
  const before = await findCampaign(ctx, caller, id);
  if (before.status === 'running') {
    const message = 'The campaign is running; cancel it before you delete it.';
    throw new Fault('campaign_state', { id, reason: 'running', message });
  }
  const entry = auditEntry(ctx, caller, 'campaign.deleted', id, { agentId: before.agentId });
  const at = ctx.now().toISOString();
  const extra = [ctx.store.campaigns.cancelCalls(before.workspaceId, id, at, 'A client deleted the campaign')];
  if (await storesFor(ctx, caller).campaigns.remove(before, extra, entry)) return;
  if ((await findCampaign(ctx, caller, id)).inFlight > 0) {
    const message = 'Calls of the campaign are under way; delete it when they have ended.';
    throw new Fault('campaign_state', { id, message });
  }
  throw new Fault('write_conflict');
}
