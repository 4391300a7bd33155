/** The steps of a campaign: start, pause, resume, cancel, fail, and complete. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Statement } from '../db/engine.ts';
import { Fault } from '../faults.ts';
import type { JsonObject } from '../lib/values.ts';
import { type Caller, storesFor, systemCaller } from '../workspaces/caller.ts';
import type { Campaign, CampaignStatus } from './campaign.ts';
import { type CampaignFields, checkFields, startTimes } from './campaign-fields.ts';
import type { Dialer } from './dialer.ts';

export interface CampaignStepsService {
  /** Starts a draft that has contacts; `times` replaces its start times. */
  start(
    caller: Caller,
    id: string,
    times?: Partial<Pick<CampaignFields, 'startsAt' | 'localStart'>>,
  ): Promise<Campaign>;
  /** Stops placing calls until the campaign is resumed; calls under way continue. */
  pause(caller: Caller, id: string, why?: string): Promise<Campaign>;
  resume(caller: Caller, id: string): Promise<Campaign>;
  /** Cancels the waiting calls for good; calls under way continue. */
  cancel(caller: Caller, id: string): Promise<Campaign>;
  /** Marks a running campaign as failed after its carrier has failed repeatedly; a client can resume it. */
  giveUp(campaign: Campaign, why: string): Promise<void>;
  /** Completes the running campaigns of all workspaces whose calls have all ended. */
  finish(): Promise<void>;
}

export interface CampaignStepsParts {
  dialer: Pick<Dialer, 'wake'>;
}

/** The statuses from which a client may take a step, and the step's participle for errors. */
const STEPS = {
  start: { from: ['draft'], done: 'started' },
  pause: { from: ['running'], done: 'paused' },
  resume: { from: ['paused', 'failed'], done: 'resumed' },
  cancel: { from: ['draft', 'running', 'paused', 'failed'], done: 'cancelled' },
} as const satisfies Record<string, { from: readonly CampaignStatus[]; done: string }>;

const ATTEMPTS = 20;
const FINISHED_BATCH_SIZE = 100;
export const STARTED = 'A client started the campaign';

export function campaignStepsService(ctx: Context, parts: CampaignStepsParts): CampaignStepsService {
  const { store } = ctx;
  const at = () => ctx.now().toISOString();

  return {
    start(caller, id, times = {}) {
      return changeCampaign(ctx, parts, caller, { id, action: 'campaign.started' }, async (before) => {
        requireStep('start', before);
        await requireCalls(ctx, before);
        await checkFields(ctx, before, times);
        const { after, extra } = running(ctx, { ...before, ...startTimes(times) }, STARTED);
        return { after, extra: [store.campaigns.updateCalls(after), ...extra] };
      });
    },

    pause(caller, id, why = 'A client paused the campaign') {
      return changeCampaign(ctx, parts, caller, { id, action: 'campaign.paused' }, async (before) => {
        requireStep('pause', before);
        const extra = [store.campaigns.setCallsDue(before.workspaceId, id, null)];
        return { after: { ...before, status: 'paused', why, updatedAt: at() }, extra, detail: { reason: why } };
      });
    },

    resume(caller, id) {
      return changeCampaign(ctx, parts, caller, { id, action: 'campaign.resumed' }, async (before) => {
        requireStep('resume', before);
        return running(ctx, before, 'A client resumed the campaign');
      });
    },

    cancel(caller, id) {
      return changeCampaign(ctx, parts, caller, { id, action: 'campaign.ended' }, async (before) => {
        if (before.status === 'cancelled') return undefined;
        requireStep('cancel', before);
        const time = at();
        const why = 'A client cancelled the campaign';
        const extra = [store.campaigns.cancelCalls(before.workspaceId, id, time, why)];
        return { after: { ...before, status: 'cancelled', why, endedAt: time, updatedAt: time }, extra };
      });
    },

    async giveUp({ workspaceId, id }, why) {
      const author = systemCaller({ id: workspaceId, number: 0 });
      await changeCampaign(ctx, parts, author, { id, action: 'campaign.failed' }, async (before) => {
        if (before.status !== 'running') return undefined;
        const extra = [store.campaigns.setCallsDue(workspaceId, id, null)];
        return { after: { ...before, status: 'failed', why, updatedAt: at() }, extra, detail: { reason: why } };
      });
    },

    async finish() {
      for (const campaign of await store.campaigns.listFinished(FINISHED_BATCH_SIZE)) await complete(ctx, campaign);
    },
  };
}

export interface CampaignChange {
  after: Campaign;
  /** Written in the same transaction. */
  extra?: Statement[];
  detail?: JsonObject;
}

/** Throws `campaign_missing` where the workspace has no such campaign. */
export async function findCampaign(
  { store }: Context,
  caller: Pick<Caller, 'workspaceId'>,
  id: string,
): Promise<Campaign> {
  const campaign = await store.campaigns.get(caller.workspaceId, id);
  if (!campaign) throw new Fault('campaign_missing', { id });
  return campaign;
}

/**
 * Applies `change` to a campaign; where another writer was faster, it is applied again to the new state. Nothing is
 * written where `change` answers undefined.
 */
export async function changeCampaign(
  ctx: Context,
  { dialer }: CampaignStepsParts,
  caller: Caller,
  { id, action }: { id: string; action: string },
  change: (before: Campaign) => Promise<CampaignChange | undefined>,
): Promise<Campaign> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await findCampaign(ctx, caller, id);
    const step = await change(before);
    if (!step) return before;
    const { after, extra = [], detail = {} } = step;
    const entry = auditEntry(ctx, caller, action, id, { agentId: before.agentId, status: after.status, ...detail });
    if (!(await storesFor(ctx, caller).campaigns.change(before, after, extra, entry))) continue;
    if (!caller.writeOptions.dryRun) dialer.wake();
    return { ...after, version: before.version + 1 };
  }
  throw new Fault('write_conflict');
}

function requireStep(step: keyof typeof STEPS, { id, status }: Campaign): void {
  const { from, done }: { from: readonly CampaignStatus[]; done: string } = STEPS[step];
  if (from.includes(status)) return;
  const message = `The campaign is ${status}; only ${listed(from)} campaigns can be ${done}.`;
  throw new Fault('campaign_state', { id, reason: status, message });
}

const listed = (statuses: readonly string[]): string =>
  statuses.length < 2 ? statuses.join() : `${statuses.slice(0, -1).join(', ')} and ${statuses.at(-1)}`;

async function requireCalls({ store }: Context, { workspaceId, id }: Campaign): Promise<void> {
  const tally = (await store.campaigns.tallies(workspaceId, [id])).get(id) ?? {};
  if (Object.values(tally).some((count) => count > 0)) return;
  const message = 'The campaign has no contacts; add contacts before you start it.';
  throw new Fault('campaign_state', { id, message });
}

function running(ctx: Context, before: Campaign, why: string): { after: Campaign; extra: Statement[] } {
  const time = ctx.now().toISOString();
  const { workspaceId, id, startedAt } = before;
  const after: Campaign = { ...before, status: 'running', why, startedAt: startedAt ?? time, updatedAt: time };
  return { after, extra: [ctx.store.campaigns.setCallsDue(workspaceId, id, time)] };
}

async function complete(ctx: Context, campaign: Campaign): Promise<void> {
  const { workspaceId, id, agentId } = campaign;
  const at = ctx.now().toISOString();
  const why = 'All calls of the campaign have ended';
  const after: Campaign = { ...campaign, status: 'completed', why, endedAt: at, updatedAt: at };
  const author = systemCaller({ id: workspaceId, number: 0 });
  const entry = auditEntry(ctx, author, 'campaign.ended', id, { agentId, status: 'completed' });
  await ctx.store.campaigns.change(campaign, after, [], entry);
}
