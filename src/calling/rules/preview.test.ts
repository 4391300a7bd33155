/** Previews compared with a slow reference that plans every call again at every moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CallPolicy, type CallProgress, isBudgeted } from '../call.ts';
import { clockOf, createZones, isOpen } from './hours.ts';
import { type CallFacts, nextStep, type PlannedCall } from './plan.ts';
import { type Preview, type PreviewCandidate, type PreviewRules, previewCampaign } from './preview.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 100);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.parse('2026-03-02T10:00Z');
const zones = createZones();
const iso = (at: number): string => new Date(at).toISOString();

const policy: CallPolicy = {
  allowedDays: [0, 1, 2, 3, 4],
  window: { start: '09:00', end: '17:00' },
  autoRetry: true,
  retrySchedule: [60, 240],
  phoneAssignmentMode: 'all',
  holidays: [],
};
const FACTS: CallFacts = {
  policy,
  zones: ['Europe/London'],
  refused: false,
  consent: undefined,
  consentRequired: false,
};
const candidate = (id: string, fields: Partial<PreviewCandidate> = {}): PreviewCandidate => ({
  id,
  priority: 50,
  attempts: 0,
  call: { notBefore: null, localStart: null, progress: { spent: 0, last: null } },
  facts: FACTS,
  ...fields,
});
const rulesWith = (fields: Partial<PreviewRules> = {}): PreviewRules => ({
  from: MONDAY,
  until: MONDAY + 7 * DAY,
  concurrent: 1,
  talkMs: 10 * MINUTE,
  ringMs: MINUTE,
  assume: 'no_answer',
  ...fields,
});
function previewOf(candidates: readonly PreviewCandidate[], rules: PreviewRules): Preview & { batches: number } {
  const steps = previewCampaign(zones, candidates, rules);
  for (let batches = 1; ; batches++) {
    const step = steps.next();
    if (step.done) return { ...step.value, batches };
  }
}
const briefly = ({ calls }: Preview): string[] => calls.map(({ id, local }) => `${id} ${local.slice(8)}`);

test('all contacts are called in turn, and again by the retry schedule', () => {
  const preview = previewOf([candidate('a'), candidate('b')], rulesWith());
  assert.deepEqual(briefly(preview), [
    'a 02T10:00',
    'b 02T10:01',
    'a 02T11:01',
    'b 02T11:02',
    'a 02T15:02',
    'b 02T15:03',
  ]);
  assert.deepEqual(preview.uncalled, []);
  assert.deepEqual([preview.heat[0]![10], preview.heat[0]![11], preview.heat[0]![15]], [2, 2, 2]);
  const reached = previewOf([candidate('a'), candidate('b')], rulesWith({ assume: 'completed' }));
  assert.deepEqual(briefly(reached), ['a 02T10:00', 'b 02T10:10']);
});

test('the highest priority is dialed first, and among equals the longest wait', () => {
  const people = [
    candidate('late'),
    candidate('low', { priority: 1 }),
    candidate('high', { priority: 99 }),
    candidate('later'),
  ];
  const once = rulesWith({ assume: 'completed' });
  assert.deepEqual(
    previewOf(people, once).calls.map(({ id }) => id),
    ['high', 'late', 'later', 'low'],
  );
  // A call that becomes due while others wait goes before lower priorities and after its equals.
  const due = { notBefore: iso(MONDAY + 5 * MINUTE), localStart: null, progress: { spent: 0, last: null } };
  const more = [...people, candidate('urgent', { priority: 98, call: due }), candidate('equal', { call: due })];
  assert.deepEqual(
    previewOf(more, once).calls.map(({ id }) => id),
    ['high', 'urgent', 'late', 'later', 'equal', 'low'],
  );
});

test('attempts before the preview count toward the budget and the attempt number', () => {
  const last = { status: 'busy', endedAt: iso(MONDAY - HOUR), reason: 'retry' } as const;
  const planned = { notBefore: null, localStart: null, progress: { spent: 2, last } };
  const { calls } = previewOf([candidate('a', { call: planned, attempts: 3 })], rulesWith());
  assert.deepEqual(
    calls.map(({ attempt, reason, at }) => [attempt, reason, iso(at)]),
    [[4, 'retry', '2026-03-02T13:00:00.000Z']],
  );
});

test('a callback appears once, outside the budget', () => {
  const callback = { at: iso(MONDAY + HOUR), reason: 'callback' } as const;
  const last = { status: 'completed', endedAt: iso(MONDAY), reason: 'first' } as const;
  const planned: PlannedCall = { notBefore: null, localStart: null, progress: { spent: 1, last, pending: callback } };
  const off = { ...FACTS, policy: { ...policy, autoRetry: false } };
  const { calls } = previewOf([candidate('a', { call: planned, facts: off })], rulesWith());
  assert.deepEqual(
    calls.map(({ reason, at }) => [reason, iso(at)]),
    [['callback', '2026-03-02T11:00:00.000Z']],
  );
});

test('a call without an attempt says why: blocked, outside the window, or no free line', () => {
  const people = [
    candidate('a', { priority: 60 }),
    candidate('waits'),
    candidate('refused', { facts: { ...FACTS, refused: true } }),
    candidate('asleep', { facts: { ...FACTS, zones: ['Asia/Tokyo'] } }),
  ];
  const { calls, uncalled } = previewOf(
    people,
    rulesWith({ until: MONDAY + 5 * MINUTE, assume: 'completed', talkMs: HOUR }),
  );
  assert.deepEqual(
    calls.map(({ id }) => id),
    ['a'],
  );
  const why = Object.fromEntries(uncalled.map((one) => [one.id, one.why]));
  assert.deepEqual(Object.keys(why).sort(), ['asleep', 'refused', 'waits']);
  assert.match(why['waits']!, /No line is free/);
  assert.match(why['refused']!, /do-not-call/);
  assert.match(why['asleep']!, /09:00/);
});

test('the work grows with the calls, not with the calls times the waiting calls', () => {
  const many = Array.from({ length: 3000 }, (_, i) => candidate(String(i)));
  const once = rulesWith({ assume: 'completed', talkMs: MINUTE, until: MONDAY + 30 * DAY });
  const { calls, batches } = previewOf(many, once);
  assert.equal(calls.length, many.length);
  // A batch has 500 steps; each day the calls that are left are planned for the next day.
  assert.ok(batches > 10 && batches < 200, `${batches} batches`);
});

/** Plans every call again at every moment when anything may have changed. */
function reference(candidates: readonly PreviewCandidate[], rules: PreviewRules): string[] {
  const { from, until, concurrent, assume, talkMs, ringMs } = rules;
  const duration = assume === 'completed' ? talkMs : ringMs;
  const urgent = candidates.toSorted((a, b) => b.priority - a.priority);
  const progress = new Map(candidates.map(({ id, call }): [string, CallProgress] => [id, call.progress]));
  const busyUntil = new Map<string, number>();
  const attempts: string[] = [];
  for (let now = from; now < until; ) {
    let next = until;
    for (const { id, call, facts } of urgent) {
      const underWay = [...busyUntil.values()].filter((end) => end > now);
      const mine = busyUntil.get(id) ?? 0;
      const { pending: _, ...plain } = progress.get(id)!;
      const step = nextStep(zones, { ...call, progress: progress.get(id)! }, facts, now);
      if (mine > now) next = Math.min(next, mine);
      else if (step.do === 'wait') next = Math.min(next, step.until);
      else if (step.do === 'dial' && underWay.length < concurrent) {
        const { reason } = step;
        const last = { status: assume, endedAt: iso(now + duration), reason };
        progress.set(id, { ...plain, spent: plain.spent + (isBudgeted(reason) ? 1 : 0), last });
        busyUntil.set(id, now + duration);
        next = Math.min(next, now + duration);
        attempts.push(`${id} ${reason} ${iso(now)}`);
      }
    }
    now = next;
  }
  return attempts;
}

const soon = fc.integer({ min: -HOUR, max: 2 * DAY }).map((ms) => iso(MONDAY + ms));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, value);
const progresses: fc.Arbitrary<CallProgress> = fc
  .tuple(
    fc.record({
      spent: fc.integer({ min: 0, max: 2 }),
      last: maybe(
        fc.record({
          status: fc.constantFrom('busy', 'no_answer', 'unknown', 'completed'),
          endedAt: fc.constant(iso(MONDAY - HOUR)),
          reason: fc.constantFrom('first', 'retry'),
        }),
      ),
    }),
    fc.option(fc.record({ at: soon, reason: fc.constantFrom('callback', 'asked') }), { freq: 1 }),
  )
  .map(([before, pending]) => {
    const progress: CallProgress = { ...before };
    if (pending) progress.pending = pending;
    return progress;
  });
const allFacts: fc.Arbitrary<CallFacts> = fc.record({
  policy: fc.record({
    allowedDays: fc.constantFrom([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 6], [1, 5]),
    window: fc.record({ start: fc.constantFrom('09:00', '11', '22:00'), end: fc.constantFrom('17:00', '11:20', '03') }),
    autoRetry: fc.constantFrom(true, true, false),
    retrySchedule: fc.array(fc.constantFrom(1, 30, 60, 1440), { maxLength: 3 }),
    phoneAssignmentMode: fc.constant('all'),
    holidays: fc.constantFrom([], ['2026-03-03']),
  }),
  zones: fc.constantFrom(['Europe/London'], ['Europe/London'], ['America/New_York', 'America/Los_Angeles'], []),
  refused: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  consent: fc.constant(undefined),
  consentRequired: fc.constant(false),
});
const campaigns = fc
  .array(
    fc.record({
      facts: allFacts,
      attempts: fc.integer({ min: 0, max: 3 }),
      call: fc.record({
        notBefore: maybe(soon),
        localStart: maybe(soon.map((at) => at.slice(0, 16))),
        progress: progresses,
      }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  // All priorities differ, so there is one right order, and the candidates are not in it.
  .map((all) => all.map((one, i): PreviewCandidate => ({ ...one, id: `p${i}`, priority: (i * 37) % 101 })));
const allRules: fc.Arbitrary<PreviewRules> = fc.record({
  from: fc.integer({ min: 0, max: DAY }).map((ms) => MONDAY + ms),
  until: fc.integer({ min: 1, max: 4 * DAY }).map((ms) => MONDAY + DAY + ms),
  concurrent: fc.integer({ min: 1, max: 3 }),
  talkMs: fc.integer({ min: 1, max: 3 * HOUR }),
  ringMs: fc.integer({ min: 1, max: 20 * MINUTE }),
  assume: fc.constantFrom('completed', 'no_answer'),
});

test('law: a preview makes the calls that the reference makes', () => {
  let calls = 0;
  fc.assert(
    fc.property(campaigns, allRules, (candidates, rules) => {
      const expected = reference(candidates, rules);
      const preview = previewOf(candidates, rules);
      calls += expected.length;
      assert.deepEqual(
        preview.calls.map(({ id, reason, at }) => `${id} ${reason} ${iso(at)}`),
        expected,
      );
    }),
    { numRuns: RUNS },
  );
  assert.ok(calls > RUNS, 'enough calls were compared');
});

test('law: every attempt respects window, lines, budget and period; every candidate is in the answer', () => {
  fc.assert(
    fc.property(campaigns, allRules, (candidates, rules) => {
      const { calls, uncalled, heat, peak } = previewOf(candidates, rules);
      const duration = rules.assume === 'completed' ? rules.talkMs : rules.ringMs;
      const byId = new Map(candidates.map((one) => [one.id, one]));
      const recount = heat.map((row) => row.map(() => 0));
      let peakCount = 0;
      for (const { id, at, local, zone } of calls) {
        const { facts } = byId.get(id)!;
        const { allowedDays: days, window, holidays } = facts.policy;
        assert.ok(isOpen(zones, { days, ...window, holidays }, facts.zones, at));
        assert.ok(at >= rules.from && at < rules.until);
        assert.ok(!facts.refused);
        assert.deepEqual([zone, local], [facts.zones[0], clockOf(zones, zone, at)]);
        recount[(new Date(`${local}Z`).getUTCDay() + 6) % 7]![Number(local.slice(11, 13))]! += 1;
        const together = calls.filter((other) => other.at <= at && other.at + duration > at);
        peakCount = Math.max(peakCount, together.length);
        assert.equal(
          new Set(together.map((other) => other.id)).size,
          together.length,
          'one call per contact at a time',
        );
      }
      assert.ok(peakCount <= rules.concurrent);
      assert.deepEqual([peak, heat], [peakCount, recount]);
      for (const { id, attempts, call, facts } of candidates) {
        const mine = calls.filter((one) => one.id === id);
        const budget = 1 + facts.policy.retrySchedule.length - call.progress.spent;
        assert.ok(
          mine.filter(({ reason }) => isBudgeted(reason)).length <= Math.max(budget, call.progress.last ? 0 : 1),
        );
        assert.deepEqual(
          mine.map(({ attempt }) => attempt),
          mine.map((_, i) => attempts + i + 1),
        );
        const reasons = uncalled.filter((one) => one.id === id);
        assert.equal(reasons.length, mine.length === 0 ? 1 : 0, 'called, or a reason why not');
        assert.ok(reasons.every(({ why }) => why.length > 0));
      }
    }),
    { numRuns: RUNS },
  );
});
