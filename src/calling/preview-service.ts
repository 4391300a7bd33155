/** What a campaign would do from a moment on, simulated on virtual time. */
import { setImmediate } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { Call } from './call.ts';
import type { Campaign } from './campaign.ts';
import { type CallCase, gatherCases } from './circumstances.ts';
import type { CallingRules, CallingRulesSource } from './rule-book.ts';
import type { Preview, PreviewRules } from './rules/preview.ts';

export interface PreviewOptions {
  /** Start of the preview, ISO 8601; default: now. */
  from?: string;
  /** Length of the preview; default: 60. */
  days?: number;
  /** How every attempt is assumed to end. Default: `no_answer`, which shows every retry. */
  assume?: 'no_answer' | 'completed';
  /** Duration of every connected call; default: 60. */
  talkSeconds?: number;
}

export interface PreviewAnswer extends Preview {
  campaign: Campaign;
  /** The waiting calls of the campaign by id. */
  callsById: Map<string, Call>;
  from: string;
  until: string;
  /** The most calls at the same time. */
  concurrent: number;
}

/** Throws `campaign_missing` where the workspace has no such campaign. */
export type PreviewService = (caller: Caller, id: string, options?: PreviewOptions) => Promise<PreviewAnswer>;

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 60;
const DEFAULT_TALK_SECONDS = 60;
const DEFAULT_RING_SECONDS = 30;
const MAX_CALLS = 100_000;
/** Calls whose facts are gathered with one query per table. */
const QUERY_BATCH_SIZE = 5000;

export function previewService(
  ctx: Context,
  load: CallingRulesSource,
  settings: Pick<SettingsService, 'current'>,
): PreviewService {
  return async ({ workspaceId }, id, options = {}) => {
    const campaign = await ctx.store.campaigns.get(workspaceId, id);
    if (!campaign) throw new Fault('campaign_missing', { id });
    const [callingRules, { previewCampaign }] = await Promise.all([load(), import('./rules/preview.ts')]);
    const calls = await ctx.store.calls.list(
      workspaceId,
      { campaignId: id, status: ['waiting'] },
      { limit: MAX_CALLS },
    );
    const cases = await casesOf(ctx, callingRules, settings, calls);
    const rules = previewRules(ctx, campaign, cases[0], options);
    const candidates = cases.map((one) => ({
      id: one.call.id,
      priority: one.call.priority,
      attempts: one.call.attempts,
      call: one.call,
      facts: one,
    }));
    const preview = await finish(previewCampaign(callingRules.zones, candidates, rules));
    return {
      ...preview,
      campaign,
      callsById: new Map(calls.map((call) => [call.id, call])),
      from: new Date(rules.from).toISOString(),
      until: new Date(rules.until).toISOString(),
      concurrent: rules.concurrent,
    };
  };
}

async function casesOf(
  ctx: Context,
  callingRules: CallingRules,
  settings: Pick<SettingsService, 'current'>,
  calls: readonly Call[],
): Promise<CallCase[]> {
  const gather = gatherCases(ctx, callingRules, settings);
  const cases: CallCase[] = [];
  for (let i = 0; i < calls.length; i += QUERY_BATCH_SIZE)
    cases.push(...(await gather(calls.slice(i, i + QUERY_BATCH_SIZE))));
  return cases;
}

/** The workspace's calling settings are the same in every case; without a case the campaign's limit alone holds. */
function previewRules(
  { now }: Context,
  { maxConcurrent }: Campaign,
  first: CallCase | undefined,
  options: PreviewOptions,
): PreviewRules {
  const { days = DEFAULT_DAYS, talkSeconds = DEFAULT_TALK_SECONDS, assume = 'no_answer' } = options;
  const calling = first?.calling;
  const from = options.from === undefined ? now().getTime() : Date.parse(options.from);
  const lines = calling ? Math.max(calling.lines - calling.linesForIncoming, 1) : maxConcurrent;
  return {
    from,
    until: from + days * DAY_MS,
    concurrent: Math.min(maxConcurrent, lines),
    talkMs: talkSeconds * 1000,
    ringMs: (calling?.ringSeconds ?? DEFAULT_RING_SECONDS) * 1000,
    assume,
  };
}

/** Runs the preview in steps, so that other requests are served between them. */
async function finish(steps: Generator<void, Preview>): Promise<Preview> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await setImmediate();
  }
}
