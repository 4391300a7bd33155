/**
 * Laws of trying again, held against a slow, obvious reference: calls live their lives attempt by attempt, and at every
 * moment of them the plan must say what somebody would who goes through all attempts so far and looks at the clock
 * minute by minute.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleAttempt, sampleCall } from '../../../test/sample-call.ts';
import { type AttemptEnd, type AttemptReason, type Call, type CallPolicy, isBudgeted } from '../call.ts';
import { reserved, settled, stepped } from '../call-steps.ts';
import { clockOf, createZones, isOpen } from './hours.ts';
import { type CallFacts, nextStep, type Step } from './plan.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 60);
const HOLDS = { numRuns: RUNS };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How far the reference looks for an opening. */
const PATIENCE = 5 * DAY;
const zones = createZones();
const iso = (at: number): string => new Date(at).toISOString();

interface Made {
  reason: AttemptReason;
  status: AttemptEnd;
  startedAt: number;
  endedAt: number;
  /** By which rules. */
  around: CallFacts;
}

/** What the reference knows: no sums, only what has happened. */
interface Life {
  call: Call;
  made: Made[];
}

/** Whether the laws let them be called at all at a moment. */
function mayBeCalled({ refused, consent, consentRequired, zones: names }: CallFacts, at: number): boolean {
  if (refused || names.length === 0 || consent?.calls === false) return false;
  if (!consentRequired) return true;
  return Boolean(consent) && (consent?.until === undefined || at < Date.parse(consent.until));
}

type ReferenceIds = { reason: AttemptReason; from: number } | { ended: AttemptEnd };
/** From when on somebody wants it to ring, and why; the way it ended where nobody does any more. */
function wantedFrom({ call, made }: Life, { policy, zones: names }: CallFacts): ReferenceIds {
  const { wanted } = call.progress;
  if (wanted) return { reason: wanted.reason, from: Date.parse(wanted.at) };
  const real = made.filter(({ status }) => status !== 'void');
  const last = real.at(-1);
  if (!last) {
    let from = call.notBefore === null ? 0 : Date.parse(call.notBefore);
    // The clocks are looked at until none is before the time, from a day before the first of them can show it.
    const { localStart } = call;
    if (localStart !== null) {
      let reached = Date.parse(`${localStart}Z`) - DAY;
      while (names.some((name) => clockOf(zones, name, reached) < localStart)) reached += MINUTE;
      from = Math.max(from, reached);
    }
    return { reason: 'first', from };
  }
  const again = ['busy', 'no_answer', 'voicemail', 'failed'].includes(last.status) && policy.autoRetry;
  if (!again) return { ended: last.status };
  const paid = real.filter(({ reason }) => reason === 'first' || reason === 'retry');
  // Where a person asked before the first attempt was due, the first of the budget is still to come.
  const pauses = paid.length === 0 ? policy.retrySchedule : policy.retrySchedule.slice(paid.length - 1);
  const [pause] = pauses;
  if (pause === undefined) return { ended: last.status };
  return { reason: 'retry', from: last.endedAt + pause * MINUTE };
}

/** `far`: not within the reference's patience. */
type Expected = 'blocked' | 'far' | { ended: string } | { dial: AttemptReason } | { until: number };

function expected(life: Life, around: CallFacts, now: number): Expected {
  const wish = wantedFrom(life, around);
  if (life.call.progress.withdrawn) {
    const last = life.made.findLast(({ status }) => status !== 'void');
    return { ended: last?.status ?? 'cancelled' };
  }
  if ('ended' in wish) return { ended: wish.ended };
  if (!mayBeCalled(around, now)) return 'blocked';
  const { allowedDays: days, window, holidays } = around.policy;
  const from = Math.max(now, wish.from);
  let at = from;
  while (!isOpen(zones, { days, ...window, holidays }, around.zones, at)) {
    at = Math.floor(at / MINUTE + 1) * MINUTE;
    if (at > from + PATIENCE) return 'far';
  }
  return at === now ? { dial: wish.reason } : { until: at };
}

/** The plan's answer, held against the reference's; twice, for the same question has the same answer. */
function ask(life: Life, around: CallFacts, now: number): Step {
  const step = nextStep(zones, life.call, around, now);
  assert.deepEqual(nextStep(createZones(), structuredClone(life.call), structuredClone(around), now), step);
  const answer = expected(life, around, now);
  const about = `${JSON.stringify(step)} at ${iso(now)}`;
  if (answer === 'far') {
    const isFar = step.do === 'wait' ? step.until > now + PATIENCE : step.do === 'end' && step.status === 'blocked';
    assert.ok(isFar, about);
  } else if (answer === 'blocked') assert.ok(step.do === 'end' && step.status === 'blocked', about);
  else if ('ended' in answer) assert.ok(step.do === 'end' && step.status === answer.ended, about);
  else if ('dial' in answer) assert.ok(step.do === 'dial' && step.reason === answer.dial, about);
  else assert.ok(step.do === 'wait' && step.until === answer.until, `${about}, not ${iso(answer.until)}`);
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
const worlds: fc.Arbitrary<CallFacts> = fc.record({
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
const DISAPPOINTMENTS = ['busy', 'no_answer', 'voicemail', 'failed'] as const;
/** What happens to one attempt and until the next. */
const chapters = fc.record({
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<AttemptEnd>(...DISAPPOINTMENTS) },
    { weight: 2, arbitrary: fc.constantFrom<AttemptEnd>('unknown', 'completed', 'cancelled', 'void') },
  ),
  lastsMs: fc.integer({ min: 0, max: 40 * MINUTE }),
  /** The contact asks to be called back then, after so many milliseconds. */
  callback: some(fc.integer({ min: 0, max: 30 * HOUR })),
  /** Somebody asks for it once more, once it is over. */
  asks: some(fc.integer({ min: -HOUR, max: 30 * HOUR }), 2),
  withdrawn: fc.integer({ min: 0, max: 30 }).map((one) => one === 0),
  /** The rules are others from then on. */
  rules: some(worlds),
});
const stories = fc.record({
  begins: moments,
  notBefore: some(moments.map(iso)),
  localStart: some(moments.map((at) => iso(at).slice(0, 16))),
  asked: some(fc.integer({ min: 0, max: 2 * DAY })),
  world: worlds,
  chapters: fc.array(chapters, { minLength: 4, maxLength: 12 }),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

/** Lives a call to its end; every moment at which somebody thinks about it is held against the reference. */
function live(story: Story): { made: Made[]; end: Extract<Step, { do: 'end' }> | undefined } {
  let around = story.world;
  let now = story.begins;
  const { notBefore = null, localStart = null, asked } = story;
  const wanted = asked === undefined ? {} : { wanted: { at: iso(now + asked), reason: 'asked' as const } };
  const life: Life = {
    call: sampleCall({ notBefore, localStart, progress: { spent: 0, last: null, ...wanted } }),
    made: [],
  };
  let end: Extract<Step, { do: 'end' }> | undefined;

  for (const chapter of story.chapters) {
    const rules = chapter.rules ?? around;
    let step = ask(life, around, now);
    if (step.do === 'wait') {
      assert.ok(step.until > now, 'what waits gets on');
      life.call = stepped(life.call, step, iso(now));
      assert.equal(life.call.dueAt, iso(step.until));
      // Neither earlier than promised, nor, whatever happens meanwhile, by the rules of yesterday.
      assert.notEqual(ask(life, around, step.until - 1).do, 'dial');
      const changedAt = Math.floor((now + step.until) / 2);
      ask(life, rules, changedAt);
      now = step.until;
      const promised = ask(life, around, now);
      assert.equal(promised.do, mayBeCalled(around, now) ? 'dial' : 'end', 'what it waited for has come');
      around = rules;
      step = ask(life, around, now);
      if (step.do === 'wait') continue;
    }
    end = step.do === 'end' ? step : undefined;
    if (step.do === 'end') {
      if (chapter.asks === undefined) break;
      // A person asks for it once more.
      life.call.progress = { ...life.call.progress, wanted: { at: iso(now + chapter.asks), reason: 'asked' } };
      continue;
    }
    const { status, lastsMs, callback, withdrawn } = chapter;
    const { reason } = step as Extract<Step, { do: 'dial' }>;
    const number = life.call.attempts + 1;
    const attempt = sampleAttempt({ reason, number, reservedAt: iso(now) });
    life.call = reserved(life.call, attempt, iso(now + MINUTE));
    const startedAt = now;
    now += lastsMs;
    if (callback !== undefined)
      life.call.progress = { ...life.call.progress, wanted: { at: iso(now + callback), reason: 'callback' } };
    if (withdrawn) life.call.progress = { ...life.call.progress, withdrawn: true };
    life.made.push({ reason, status, startedAt, endedAt: now, around });
    life.call = settled(life.call, attempt, { status, at: iso(now), reason: null }, (progress) =>
      ask({ ...life, call: { ...life.call, progress } }, around, now),
    );
  }
  return { made: life.made, end };
}

test('law: at every moment of a call’s life the plan says what the reference says', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(stories, (story) => {
      const { made, end } = live(story);
      for (const { reason, status } of made) seen.add(reason).add(status);
      if (end) seen.add(end.status);
    }),
    { numRuns: 3 * RUNS },
  );
  const all = ['first', 'retry', 'callback', 'asked', ...DISAPPOINTMENTS, 'completed', 'unknown', 'void', 'blocked'];
  if (RUNS >= 60)
    assert.deepEqual(
      all.filter((one) => !seen.has(one)),
      [],
      'every kind of life was lived',
    );
});

test('law: whatever the mix of ends, wishes and rules, nobody is called more often than the budget, nor outside the window', () => {
  let attempts = 0;
  fc.assert(
    fc.property(stories, (story) => {
      const { made } = live(story);
      attempts += made.length;
      const budgets = made.map(({ around }) => 1 + around.policy.retrySchedule.length);
      const paid = made.filter(({ reason, status }) => status !== 'void' && isBudgeted(reason));
      assert.ok(paid.length <= Math.max(0, ...budgets), 'all reasons share one budget');
      assert.ok(paid.filter(({ reason }) => reason === 'first').length <= 1);
      for (const { startedAt, around } of made) {
        const { allowedDays: days, window, holidays } = around.policy;
        assert.ok(isOpen(zones, { days, ...window, holidays }, around.zones, startedAt), 'within the window');
        assert.ok(mayBeCalled(around, startedAt), 'never whom nobody may call');
      }
    }),
    HOLDS,
  );
  assert.ok(attempts > RUNS, 'there was something to look at');
});

test('law: a retry comes after one that did not reach anybody, and its pause counts from the end of that', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const made = live(story).made.filter(({ status }) => status !== 'void');
      let paid = 0;
      for (const [i, { reason, startedAt, around }] of made.entries()) {
        const before = made[i - 1];
        if (reason === 'first') assert.equal(before, undefined);
        if (before && startedAt < before.endedAt) assert.fail('two at the same time');
        if (isBudgeted(reason)) paid += 1;
        if (reason !== 'retry') continue;
        assert.ok(before && (DISAPPOINTMENTS as readonly string[]).includes(before.status));
        assert.ok(around.policy.autoRetry);
        // Only where a person asked before the first attempt was due is a retry the first of its budget.
        const pause = around.policy.retrySchedule[Math.max(paid - 2, 0)]!;
        assert.ok(startedAt >= before.endedAt + pause * MINUTE);
      }
    }),
    HOLDS,
  );
});
