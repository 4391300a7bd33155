/** Campaigns on virtual time, held against a reference that looks at everybody again at every moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CallPolicy, type CallProgress, isBudgeted } from '../call.ts';
import { clockOf, createZones, isOpen } from './hours.ts';
import { type CallFacts, nextStep } from './plan.ts';
import { type Preview, type PreviewedPerson, type PreviewRules, previewing } from './preview.ts';

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
const world: CallFacts = {
  policy,
  zones: ['Europe/London'],
  refused: false,
  consent: undefined,
  consentRequired: false,
};
const person = (id: string, said: Partial<PreviewedPerson> = {}): PreviewedPerson => ({
  id,
  priority: 50,
  attempts: 0,
  planned: { notBefore: null, localStart: null, progress: { spent: 0, last: null } },
  around: world,
  ...said,
});
const rulesWith = (said: Partial<PreviewRules> = {}): PreviewRules => ({
  from: MONDAY,
  until: MONDAY + 7 * DAY,
  concurrent: 1,
  talkMs: 10 * MINUTE,
  ringMs: MINUTE,
  assume: 'no_answer',
  ...said,
});
function previewOf(people: readonly PreviewedPerson[], rules: PreviewRules): Preview & { pieces: number } {
  const work = previewing(zones, people, rules);
  for (let pieces = 1; ; pieces++) {
    const piece = work.next();
    if (piece.done) return { ...piece.value, pieces };
  }
}
const briefly = ({ calls }: Preview): string[] => calls.map(({ id, local }) => `${id} ${local.slice(8)}`);

test('everybody is called in turn, and again when the schedule says', () => {
  const preview = previewOf([person('a'), person('b')], rulesWith());
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
  const reached = previewOf([person('a'), person('b')], rulesWith({ assume: 'completed' }));
  assert.deepEqual(briefly(reached), ['a 02T10:00', 'b 02T10:10']);
});

test('priority goes first when lines are short, and who has waited longest among equals', () => {
  const people = [person('late'), person('low', { priority: 1 }), person('high', { priority: 99 }), person('later')];
  const once = rulesWith({ assume: 'completed' });
  assert.deepEqual(
    previewOf(people, once).calls.map(({ id }) => id),
    ['high', 'late', 'later', 'low'],
  );
  // One who becomes due while others wait goes before them if it is more urgent, and after its equals.
  const due = { notBefore: iso(MONDAY + 5 * MINUTE), localStart: null, progress: { spent: 0, last: null } };
  const more = [...people, person('urgent', { priority: 98, planned: due }), person('equal', { planned: due })];
  assert.deepEqual(
    previewOf(more, once).calls.map(({ id }) => id),
    ['high', 'urgent', 'late', 'later', 'equal', 'low'],
  );
});

test('what has been spent before is spent, and attempts are counted on', () => {
  const last = { status: 'busy', endedAt: iso(MONDAY - HOUR), reason: 'retry' } as const;
  const planned = { notBefore: null, localStart: null, progress: { spent: 2, last } };
  const { calls } = previewOf([person('a', { planned, attempts: 3 })], rulesWith());
  assert.deepEqual(
    calls.map(({ attempt, reason, at }) => [attempt, reason, iso(at)]),
    [[4, 'retry', '2026-03-02T13:00:00.000Z']],
  );
});

test('a callback is shown once, besides the budget', () => {
  const wanted = { at: iso(MONDAY + HOUR), reason: 'callback' } as const;
  const last = { status: 'completed', endedAt: iso(MONDAY), reason: 'first' } as const;
  const planned = { notBefore: null, localStart: null, progress: { spent: 1, last, wanted } };
  const off = { ...world, policy: { ...policy, autoRetry: false } };
  const { calls } = previewOf([person('a', { planned, around: off })], rulesWith());
  assert.deepEqual(
    calls.map(({ reason, at }) => [reason, iso(at)]),
    [['callback', '2026-03-02T11:00:00.000Z']],
  );
});

test('who is not called is told why: never allowed, too late, or no line', () => {
  const people = [
    person('a', { priority: 60 }),
    person('waits'),
    person('refused', { around: { ...world, refused: true } }),
    person('asleep', { around: { ...world, zones: ['Asia/Tokyo'] } }),
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

test('the work grows with the calls, not with the calls times those who wait for a line', () => {
  const many = Array.from({ length: 3000 }, (_, i) => person(String(i)));
  const once = rulesWith({ assume: 'completed', talkMs: MINUTE, until: MONDAY + 30 * DAY });
  const { calls, pieces } = previewOf(many, once);
  assert.equal(calls.length, many.length);
  // A piece is some hundreds of steps; each day everybody who is left is put down for the next.
  assert.ok(pieces > 10 && pieces < 200, `${pieces} pieces`);
});

/** Everybody is looked at again at every moment at which anything may have changed. */
function reference(people: readonly PreviewedPerson[], rules: PreviewRules): string[] {
  const { from, until, concurrent, assume, talkMs, ringMs } = rules;
  const lasts = assume === 'completed' ? talkMs : ringMs;
  const urgent = people.toSorted((a, b) => b.priority - a.priority);
  const progress = new Map(people.map(({ id, planned }): [string, CallProgress] => [id, planned.progress]));
  const busyUntil = new Map<string, number>();
  const made: string[] = [];
  for (let now = from; now < until; ) {
    let next = until;
    for (const { id, planned, around } of urgent) {
      const underWay = [...busyUntil.values()].filter((end) => end > now);
      const mine = busyUntil.get(id) ?? 0;
      const { wanted, ...plain } = progress.get(id)!;
      const step = nextStep(zones, { ...planned, progress: progress.get(id)! }, around, now);
      if (mine > now) next = Math.min(next, mine);
      else if (step.do === 'wait') next = Math.min(next, step.until);
      else if (step.do === 'dial' && underWay.length < concurrent) {
        const { reason } = step;
        const last = { status: assume, endedAt: iso(now + lasts), reason };
        progress.set(id, { ...plain, spent: plain.spent + (isBudgeted(reason) ? 1 : 0), last });
        busyUntil.set(id, now + lasts);
        next = Math.min(next, now + lasts);
        made.push(`${id} ${reason} ${iso(now)}`);
      }
    }
    now = next;
  }
  return made;
}

const soon = fc.integer({ min: -HOUR, max: 2 * DAY }).map((ms) => iso(MONDAY + ms));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, value);
const progresses: fc.Arbitrary<CallProgress> = fc.record(
  {
    spent: fc.integer({ min: 0, max: 2 }),
    last: maybe(
      fc.record({
        status: fc.constantFrom('busy', 'no_answer', 'unknown', 'completed'),
        endedAt: fc.constant(iso(MONDAY - HOUR)),
        reason: fc.constantFrom('first', 'retry'),
      }),
    ),
    wanted: fc.record({ at: soon, reason: fc.constantFrom('callback', 'asked') }),
  },
  { requiredKeys: ['spent', 'last'] },
);
const worlds: fc.Arbitrary<CallFacts> = fc.record({
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
const crowds = fc
  .array(
    fc.record({
      around: worlds,
      attempts: fc.integer({ min: 0, max: 3 }),
      planned: fc.record({
        notBefore: maybe(soon),
        localStart: maybe(soon.map((at) => at.slice(0, 16))),
        progress: progresses,
      }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  // No two are equally urgent, so that there is one right order; and they do not come in it.
  .map((all) => all.map((one, i): PreviewedPerson => ({ ...one, id: `p${i}`, priority: (i * 37) % 101 })));
const ruleBooks: fc.Arbitrary<PreviewRules> = fc.record({
  from: fc.integer({ min: 0, max: DAY }).map((ms) => MONDAY + ms),
  until: fc.integer({ min: 1, max: 4 * DAY }).map((ms) => MONDAY + DAY + ms),
  concurrent: fc.integer({ min: 1, max: 3 }),
  talkMs: fc.integer({ min: 1, max: 3 * HOUR }),
  ringMs: fc.integer({ min: 1, max: 20 * MINUTE }),
  assume: fc.constantFrom('completed', 'no_answer'),
});

test('law: a preview is what a reference comes to that looks at everybody again at every moment', () => {
  let calls = 0;
  fc.assert(
    fc.property(crowds, ruleBooks, (people, rules) => {
      const expected = reference(people, rules);
      const preview = previewOf(people, rules);
      calls += expected.length;
      assert.deepEqual(
        preview.calls.map(({ id, reason, at }) => `${id} ${reason} ${iso(at)}`),
        expected,
      );
    }),
    { numRuns: RUNS },
  );
  assert.ok(calls > RUNS, 'there was something to look at');
});

test('law: every call is within the window, the lines, the budget and the time looked at; everybody is accounted for', () => {
  fc.assert(
    fc.property(crowds, ruleBooks, (people, rules) => {
      const { calls, uncalled, heat, peak } = previewOf(people, rules);
      const lasts = rules.assume === 'completed' ? rules.talkMs : rules.ringMs;
      const byId = new Map(people.map((one) => [one.id, one]));
      const recount = heat.map((row) => row.map(() => 0));
      let most = 0;
      for (const { id, at, local, zone } of calls) {
        const { around } = byId.get(id)!;
        const { allowedDays: days, window, holidays } = around.policy;
        assert.ok(isOpen(zones, { days, ...window, holidays }, around.zones, at));
        assert.ok(at >= rules.from && at < rules.until);
        assert.ok(!around.refused);
        assert.deepEqual([zone, local], [around.zones[0], clockOf(zones, zone, at)]);
        recount[(new Date(`${local}Z`).getUTCDay() + 6) % 7]![Number(local.slice(11, 13))]! += 1;
        const together = calls.filter((other) => other.at <= at && other.at + lasts > at);
        most = Math.max(most, together.length);
        assert.equal(new Set(together.map((other) => other.id)).size, together.length, 'nobody twice at once');
      }
      assert.ok(most <= rules.concurrent);
      assert.deepEqual([peak, heat], [most, recount]);
      for (const { id, attempts, planned, around } of people) {
        const mine = calls.filter((call) => call.id === id);
        const budget = 1 + around.policy.retrySchedule.length - planned.progress.spent;
        assert.ok(
          mine.filter(({ reason }) => isBudgeted(reason)).length <= Math.max(budget, planned.progress.last ? 0 : 1),
        );
        assert.deepEqual(
          mine.map(({ attempt }) => attempt),
          mine.map((_, i) => attempts + i + 1),
        );
        const told = uncalled.filter((one) => one.id === id);
        assert.equal(told.length, mine.length === 0 ? 1 : 0, 'called, or told why not');
        assert.ok(told.every(({ why }) => why.length > 0));
      }
    }),
    { numRuns: RUNS },
  );
});
