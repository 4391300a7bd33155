/**
 * Laws of the plan, compared with a slow, obvious reference. Random calls go through their attempts, and at every moment
 * the plan must agree with the reference. The reference reads all attempts so far and checks the clock minute by minute.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleAttempt, sampleCall } from '../../../test/sample-call.ts';
import {
  type AttemptEnd,
  type AttemptReason,
  type Call,
  type CallPolicy,
  type CallProgress,
  isBudgeted,
} from '../call.ts';
import { applyStep, reserveAttempt, settleCall } from '../call-steps.ts';
import { clockOf, createZones, isOpen } from './hours.ts';
import { type CallFacts, nextStep, type Step } from './plan.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 60);
const HOLDS = { numRuns: RUNS };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How far the reference searches for an open time. */
const SEARCH_MS = 5 * DAY;
const zones = createZones();
const iso = (at: number): string => new Date(at).toISOString();

interface Made {
  reason: AttemptReason;
  status: AttemptEnd;
  startedAt: number;
  endedAt: number;
  facts: CallFacts;
}

/** What the reference knows: the call and all its attempts. */
interface Life {
  call: Call;
  made: Made[];
}

/** Whether the contact may be called at all at a moment. */
function mayBeCalled({ refused, consent, consentRequired, zones: names }: CallFacts, at: number): boolean {
  if (refused || names.length === 0 || consent?.calls === false) return false;
  if (!consentRequired) return true;
  return Boolean(consent) && (consent?.until === undefined || at < Date.parse(consent.until));
}

type Wanted = { reason: AttemptReason; from: number } | { ended: AttemptEnd };
/** The reason and earliest moment of the next attempt, or how the call ended where none follows. */
function wantedFrom({ call, made }: Life, { policy, zones: names }: CallFacts): Wanted {
  const { pending } = call.progress;
  if (pending) return { reason: pending.reason, from: Date.parse(pending.at) };
  const real = made.filter(({ status }) => status !== 'void');
  const last = real.at(-1);
  if (!last) {
    let from = call.notBefore === null ? 0 : Date.parse(call.notBefore);
    // Minute by minute, from a day before the first clock can show the time.
    const { localStart } = call;
    if (localStart !== null) {
      let reached = Date.parse(`${localStart}Z`) - DAY;
      while (names.some((name) => clockOf(zones, name, reached) < localStart)) reached += MINUTE;
      from = Math.max(from, reached);
    }
    return { reason: 'first', from };
  }
  const isRetried = ['busy', 'no_answer', 'voicemail', 'failed'].includes(last.status) && policy.autoRetry;
  if (!isRetried) return { ended: last.status };
  const budgeted = real.filter(({ reason }) => reason === 'first' || reason === 'retry');
  // A manual attempt may precede the first budgeted one, which is then still to come.
  const pauses = budgeted.length === 0 ? policy.retrySchedule : policy.retrySchedule.slice(budgeted.length - 1);
  const [pause] = pauses;
  if (pause === undefined) return { ended: last.status };
  return { reason: 'retry', from: last.endedAt + pause * MINUTE };
}

/** `far`: not within `SEARCH_MS`. */
type Expected = 'blocked' | 'far' | { ended: string } | { dial: AttemptReason } | { until: number };

function expected(life: Life, facts: CallFacts, now: number): Expected {
  const next = wantedFrom(life, facts);
  if (life.call.progress.withdrawn) {
    const last = life.made.findLast(({ status }) => status !== 'void');
    return { ended: last?.status ?? 'cancelled' };
  }
  if ('ended' in next) return { ended: next.ended };
  if (!mayBeCalled(facts, now)) return 'blocked';
  const { allowedDays: days, window, holidays } = facts.policy;
  const from = Math.max(now, next.from);
  let at = from;
  while (!isOpen(zones, { days, ...window, holidays }, facts.zones, at)) {
    at = Math.floor(at / MINUTE + 1) * MINUTE;
    if (at > from + SEARCH_MS) return 'far';
  }
  return at === now ? { dial: next.reason } : { until: at };
}

/** The plan's step, compared with the reference and with a second plan of copies. */
function ask(life: Life, facts: CallFacts, now: number): Step {
  const step = nextStep(zones, life.call, facts, now);
  assert.deepEqual(nextStep(createZones(), structuredClone(life.call), structuredClone(facts), now), step);
  const answer = expected(life, facts, now);
  const context = `${JSON.stringify(step)} at ${iso(now)}`;
  if (answer === 'far') {
    const isFar = step.do === 'wait' ? step.until > now + SEARCH_MS : step.do === 'end' && step.status === 'blocked';
    assert.ok(isFar, context);
  } else if (answer === 'blocked') assert.ok(step.do === 'end' && step.status === 'blocked', context);
  else if ('ended' in answer) assert.ok(step.do === 'end' && step.status === answer.ended, context);
  else if ('dial' in answer) assert.ok(step.do === 'dial' && step.reason === answer.dial, context);
  else assert.ok(step.do === 'wait' && step.until === answer.until, `${context}, not ${iso(answer.until)}`);
  assert.ok(step.why.length > 0, 'a sentence says why');
  return step;
}

const START = Date.UTC(2026, 9, 20);
const some = <T>(value: fc.Arbitrary<T>, weight = 1) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight, arbitrary: value });
const moments = fc.integer({ min: -DAY, max: 6 * DAY }).map((ms) => START + ms);
const times = fc.constantFrom('00', '02:30', '08', '09:00', '12:15', '17:00', '21', '24:00');
const policies: fc.Arbitrary<CallPolicy> = fc.record({
  allowedDays: fc.oneof(
    { weight: 4, arbitrary: fc.constant([0, 1, 2, 3, 4, 5, 6]) },
    { weight: 2, arbitrary: fc.constant([0, 1, 2, 3, 4]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.integer({ min: 0, max: 6 })) },
  ),
  window: fc.record({ start: times.filter((time) => time !== '24:00'), end: times }),
  autoRetry: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  retrySchedule: fc.array(fc.constantFrom(1, 5, 30, 60, 240, 1440, 4000), { maxLength: 4 }),
  phoneAssignmentMode: fc.constant('all'),
  holidays: fc.subarray(['2026-10-21', '2026-10-23', '2026-10-26'], { maxLength: 2 }),
});
const allFacts: fc.Arbitrary<CallFacts> = fc.record({
  policy: policies,
  zones: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(['Europe/London'], ['America/New_York'], ['Asia/Kolkata']) },
    { weight: 4, arbitrary: fc.constantFrom(['America/New_York', 'America/Los_Angeles'], ['Pacific/Chatham']) },
    { weight: 1, arbitrary: fc.constant([]) },
  ),
  refused: fc.integer({ min: 0, max: 20 }).map((one) => one === 0),
  consent: some(
    fc.oneof(
      fc.constant(null),
      fc.record({ calls: fc.constant(true) }),
      fc.record({ calls: fc.constantFrom(true, true, false), until: moments.map((at) => iso(at + 2 * DAY)) }),
    ),
  ),
  consentRequired: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
});
const RETRIABLE = ['busy', 'no_answer', 'voicemail', 'failed'] as const;
/** One attempt, and what happens until the next. */
const chapters = fc.record({
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<AttemptEnd>(...RETRIABLE) },
    { weight: 2, arbitrary: fc.constantFrom<AttemptEnd>('unknown', 'completed', 'cancelled', 'void') },
  ),
  lastsMs: fc.integer({ min: 0, max: 40 * MINUTE }),
  /** The contact asks for a callback after so many milliseconds. */
  callback: some(fc.integer({ min: 0, max: 30 * HOUR })),
  /** A client requests an attempt after the end, so many milliseconds later. */
  asks: some(fc.integer({ min: -HOUR, max: 30 * HOUR }), 2),
  withdrawn: fc.integer({ min: 0, max: 30 }).map((one) => one === 0),
  /** Other facts from then on. */
  rules: some(allFacts),
});
const stories = fc.record({
  begins: moments,
  notBefore: some(moments.map(iso)),
  localStart: some(moments.map((at) => iso(at).slice(0, 16))),
  asked: some(fc.integer({ min: 0, max: 2 * DAY })),
  world: allFacts,
  chapters: fc.array(chapters, { minLength: 4, maxLength: 12 }),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

/** Takes a call to its end, and compares every plan on the way with the reference. */
function live(story: Story): { made: Made[]; end: Extract<Step, { do: 'end' }> | undefined } {
  let facts = story.world;
  let now = story.begins;
  const { notBefore = null, localStart = null, asked } = story;
  const progress: CallProgress = { spent: 0, last: null };
  if (asked !== undefined) progress.pending = { at: iso(now + asked), reason: 'asked' };
  const life: Life = {
    call: sampleCall({ notBefore, localStart, progress }),
    made: [],
  };
  let end: Extract<Step, { do: 'end' }> | undefined;

  for (const chapter of story.chapters) {
    const rules = chapter.rules ?? facts;
    let step = ask(life, facts, now);
    if (step.do === 'wait') {
      assert.ok(step.until > now, 'a wait moves forward');
      life.call = applyStep(life.call, step, iso(now));
      assert.equal(life.call.dueAt, iso(step.until));
      // Not before the planned moment, and with the facts of that moment.
      assert.notEqual(ask(life, facts, step.until - 1).do, 'dial');
      const changedAt = Math.floor((now + step.until) / 2);
      ask(life, rules, changedAt);
      now = step.until;
      const planned = ask(life, facts, now);
      assert.equal(planned.do, mayBeCalled(facts, now) ? 'dial' : 'end', 'the wait ends as planned');
      facts = rules;
      step = ask(life, facts, now);
      if (step.do === 'wait') continue;
    }
    end = step.do === 'end' ? step : undefined;
    if (step.do === 'end') {
      if (chapter.asks === undefined) break;
      // A client requests another attempt.
      life.call.progress = { ...life.call.progress, pending: { at: iso(now + chapter.asks), reason: 'asked' } };
      continue;
    }
    const { status, lastsMs, callback, withdrawn } = chapter;
    const { reason } = step as Extract<Step, { do: 'dial' }>;
    const number = life.call.attempts + 1;
    const attempt = sampleAttempt({ reason, number, reservedAt: iso(now) });
    life.call = reserveAttempt(life.call, attempt, iso(now + MINUTE));
    const startedAt = now;
    now += lastsMs;
    if (callback !== undefined)
      life.call.progress = { ...life.call.progress, pending: { at: iso(now + callback), reason: 'callback' } };
    if (withdrawn) life.call.progress = { ...life.call.progress, withdrawn: true };
    life.made.push({ reason, status, startedAt, endedAt: now, facts });
    life.call = settleCall(life.call, attempt, { status, at: iso(now), reason: null }, (progress) =>
      ask({ ...life, call: { ...life.call, progress } }, facts, now),
    );
  }
  return { made: life.made, end };
}

test('law: at every moment the plan agrees with the reference', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stories, (story) => {
      const { made, end } = live(story);
      for (const { reason, status } of made) seen.add(reason).add(status);
      if (end) seen.add(end.status);
    }),
    { numRuns: 3 * RUNS },
  );
  const all = ['first', 'retry', 'callback', 'asked', ...RETRIABLE, 'completed', 'unknown', 'void', 'blocked'];
  if (RUNS >= 60)
    assert.deepEqual(
      all.filter((one) => !seen.has(one)),
      [],
      'every reason and status occurred',
    );
});

test('law: for every mix of results, requests and rules, attempts stay within the budget and the window', () => {
  let attempts = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const { made } = live(story);
      attempts += made.length;
      const budgets = made.map(({ facts }) => 1 + facts.policy.retrySchedule.length);
      const budgeted = made.filter(({ reason, status }) => status !== 'void' && isBudgeted(reason));
      assert.ok(budgeted.length <= Math.max(0, ...budgets), 'all reasons share one budget');
      assert.ok(budgeted.filter(({ reason }) => reason === 'first').length <= 1);
      for (const { startedAt, facts } of made) {
        const { allowedDays: days, window, holidays } = facts.policy;
        assert.ok(isOpen(zones, { days, ...window, holidays }, facts.zones, startedAt), 'within the window');
        assert.ok(mayBeCalled(facts, startedAt), 'never a blocked contact');
      }
    }),
    HOLDS,
  );
  assert.ok(attempts > RUNS, 'enough attempts were made');
});

test('law: a retry follows an attempt that did not reach the contact, and waits from its end', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const made = live(story).made.filter(({ status }) => status !== 'void');
      let budgeted = 0;
      for (const [i, { reason, startedAt, facts }] of made.entries()) {
        const before = made[i - 1];
        if (reason === 'first') assert.equal(before, undefined);
        if (before && startedAt < before.endedAt) assert.fail('two attempts at the same time');
        if (isBudgeted(reason)) budgeted += 1;
        if (reason !== 'retry') continue;
        assert.ok(before && (RETRIABLE as readonly string[]).includes(before.status));
        assert.ok(facts.policy.autoRetry);
        // A retry is the first budgeted attempt only after a manual attempt.
        const pause = facts.policy.retrySchedule[Math.max(budgeted - 2, 0)]!;
        assert.ok(startedAt >= before.endedAt + pause * MINUTE);
      }
    }),
    HOLDS,
  );
});
