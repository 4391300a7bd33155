/** What a campaign would do from a moment on, as it stands now. */
import { setImmediate } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { Call, CallStatus } from './call.ts';
import type { Campaign } from './campaign.ts';
import { type CallCase, gatherCases } from './circumstances.ts';
import type { CallingRulesSource } from './rule-book.ts';
import type { Preview } from './rules/preview.ts';

export interface PreviewQuestion {
  /** ISO 8601; now, or when the campaign begins, unless said. */
  from?: string;
  /** How many days are looked at; 60 unless said. */
  days?: number;
  /** How every call is assumed to end: nobody answers, so that every retry is seen, or everybody does. */
  assume?: 'no_answer' | 'completed';
  /** How long a talk is assumed to take. */
  talkSeconds?: number;
}

export interface PreviewAnswer extends Preview {
  campaign: Campaign;
  /** The calls that were looked at, by their ids. */
  people: Map<string, Call>;
  from: string;
  until: string;
  concurrent: number;
}

const DAY = 86_400_000;
const DEFAULT_DAYS = 60;
const DEFAULT_TALK_SECONDS = 60;
const PEOPLE = 100_000;
/** As many as fit into one question. */
const BATCH_SIZE = 5000;
const OPEN: readonly CallStatus[] = ['waiting'];

export type PreviewService = ReturnType<typeof previewService>;

export function previewService(ctx: Context, load: CallingRulesSource, settings: Pick<SettingsService, 'current'>) {
  const { store, now } = ctx;
  return async ({ workspaceId }: Caller, id: string, question: PreviewQuestion = {}): Promise<PreviewAnswer> => {
    const campaign = await store.campaigns.get(workspaceId, id);
    if (!campaign) throw new Fault('campaign_missing', { id });
    const [callingRules, { previewing }] = await Promise.all([load(), import('./rules/preview.ts')]);
    const calls = await store.calls.list(workspaceId, { campaignId: id, status: OPEN }, { limit: PEOPLE });
    const consider = gatherCases(ctx, callingRules, settings);
    const considered: CallCase[] = [];
    for (let i = 0; i < calls.length; i += BATCH_SIZE)
      considered.push(...(await consider(calls.slice(i, i + BATCH_SIZE))));
    const { days = DEFAULT_DAYS, talkSeconds = DEFAULT_TALK_SECONDS, assume = 'no_answer' } = question;
    const from = question.from === undefined ? now().getTime() : Date.parse(question.from);
    const until = from + days * DAY;
    const calling = considered[0]?.calling;
    const lines = calling ? Math.max(calling.lines - calling.linesForIncoming, 1) : campaign.maxConcurrent;
    const concurrent = Math.min(campaign.maxConcurrent, lines);
    const people = considered.map((one) => ({
      id: one.call.id,
      priority: one.call.priority,
      attempts: one.call.attempts,
      planned: one.call,
      around: one,
    }));
    const rules = {
      from,
      until,
      concurrent,
      talkMs: talkSeconds * 1000,
      ringMs: (calling?.ringSeconds ?? 30) * 1000,
      assume,
    };
    const work = previewing(callingRules.zones, people, rules);
    for (let piece = work.next(); ; piece = work.next()) {
      if (piece.done) {
        const iso = (ms: number) => new Date(ms).toISOString();
        const known = new Map(calls.map((call) => [call.id, call]));
        return { ...piece.value, campaign, people: known, from: iso(from), until: iso(until), concurrent };
      }
      await setImmediate();
    }
  };
}
