/**
 * A campaign on virtual time: when each of its people would be called, and why then. Nothing rings. It is the dialler's
 * own plan that is asked, at the moments at which the dialler would ask it; only how calls end is assumed.
 */
import { type AttemptEnd, type AttemptReason, begun, type CallProgress, ended } from '../call.ts';
import { clockOf, type Zones } from './hours.ts';
import { type CallFacts, nextStep, type Planned, type Step } from './plan.ts';

export interface PreviewedPerson {
  /** The call's id. */
  id: string;
  priority: number;
  /** How many attempts there were before. */
  attempts: number;
  planned: Planned;
  around: CallFacts;
}

export interface PreviewRules {
  /** Epoch milliseconds at which it begins; nobody looks further than `until`. */
  from: number;
  until: number;
  /** Calls at the same time. */
  concurrent: number;
  /** How long a call that is answered takes, and how long it rings where it is not. */
  talkMs: number;
  ringMs: number;
  /** How every attempt ends. */
  assume: Extract<AttemptEnd, 'completed' | 'no_answer'>;
}

export interface PreviewedCall {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** What their clock shows, in the first of the zones that they may be in. */
  local: string;
  zone: string;
  attempt: number;
  reason: AttemptReason;
  why: string;
}

export interface Preview {
  calls: PreviewedCall[];
  /** Who is not called at all, or not again before the end of what is looked at, and why. */
  uncalled: { id: string; why: string }[];
  /** How many calls begin in each hour of each day by the clocks of those who are called: seven rows from Monday, 24 hours. */
  heat: number[][];
  /** The most calls at the same time. */
  peak: number;
}

interface Person {
  person: PreviewedPerson;
  progress: CallProgress;
  /** Since the preview began. */
  attempts: number;
}

const STEPS_BATCH_SIZE = 500;
const NO_LINE = 'No line is free before the end of what is looked at';

/** Yields between pieces of the work, so that whoever runs it may do something else meanwhile. */
export function* previewing(
  zones: Zones,
  people: readonly PreviewedPerson[],
  rules: PreviewRules,
): Generator<void, Preview> {
  const { from, until, concurrent, assume, talkMs, ringMs } = rules;
  const lasts = assume === 'completed' ? talkMs : ringMs;
  const calls: PreviewedCall[] = [];
  const uncalled: Preview['uncalled'] = [];
  const heat = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  const agenda = createAgenda();
  // Whoever waits for a line: the most urgent first, then whoever has waited longest.
  const ready = createHeap<Ready>((a, b) =>
    a.one.person.priority === b.one.person.priority ? a.turn < b.turn : a.one.person.priority > b.one.person.priority,
  );
  let turn = 0;
  let underWay = 0;
  let peak = 0;
  let steps = 0;

  for (const person of people) agenda.add(from, { person, progress: person.planned.progress, attempts: 0 });

  const dial = (one: Person, reason: AttemptReason, why: string, at: number): void => {
    const { person, progress } = one;
    underWay += 1;
    peak = Math.max(peak, underWay);
    one.attempts += 1;
    one.progress = begun(progress, reason);
    const [zone = 'UTC'] = person.around.zones;
    const local = clockOf(zones, zone, at);
    heat[(new Date(`${local}Z`).getUTCDay() + 6) % 7]![Number(local.slice(11, 13))]! += 1;
    calls.push({ id: person.id, at, local, zone, attempt: person.attempts + one.attempts, reason, why });
    const endedAt = new Date(at + lasts).toISOString();
    agenda.add(at + lasts, { ...one, progress: ended(one.progress, { status: assume, endedAt, reason }) }, true);
  };

  /** Answers what is to be dialled; who is not to be called now is put down for then, or is not called at all. */
  const consider = (one: Person, at: number): Extract<Step, { do: 'dial' }> | undefined => {
    const { person, progress } = one;
    steps += 1;
    const step = nextStep(zones, { ...person.planned, progress }, person.around, at);
    if (step.do === 'dial') return step;
    if (step.do === 'wait' && step.until < until) agenda.add(step.until, one);
    else if (one.attempts === 0) uncalled.push({ id: person.id, why: step.why });
    return undefined;
  };

  for (let now = agenda.next(); now !== undefined && now < until; now = agenda.next()) {
    for (const { one, ends } of agenda.take(now)) {
      if (ends) underWay -= 1;
      if (consider(one, now)) ready.add({ one, turn: turn++ });
      if (steps % STEPS_BATCH_SIZE === 0) yield;
    }
    // Nobody else is thought about before a line is free, be there ever so many: by then it may be too late for them.
    while (underWay < concurrent) {
      const first = ready.take();
      if (!first) break;
      const step = consider(first.one, now);
      if (step) dial(first.one, step.reason, step.why, now);
      if (steps % STEPS_BATCH_SIZE === 0) yield;
    }
  }
  for (let left = ready.take(); left; left = ready.take())
    if (left.one.attempts === 0) uncalled.push({ id: left.one.person.id, why: NO_LINE });
  return { calls, uncalled, heat, peak };
}

interface Ready {
  one: Person;
  turn: number;
}

interface Entry {
  one: Person;
  /** A call of theirs ends then. */
  ends: boolean;
}

/** Who is to be looked at when: a heap of moments, each with everybody who is due then. */
function createAgenda() {
  const moments = createHeap<number>((a, b) => a < b);
  const entries = new Map<number, Entry[]>();
  return {
    add(at: number, one: Person, ends = false): void {
      const there = entries.get(at);
      if (there) {
        there.push({ one, ends });
        return;
      }
      entries.set(at, [{ one, ends }]);
      moments.add(at);
    },
    next: moments.first,
    /** Everybody who is due at the next moment. */
    take(at: number): Entry[] {
      const due = entries.get(at) ?? [];
      entries.delete(at);
      moments.take();
      return due;
    },
  };
}

/** Things of which the first by their order is taken at a time. */
function createHeap<T>(isBefore: (a: T, b: T) => boolean) {
  const all: T[] = [];
  const swap = (a: number, b: number) => {
    [all[a], all[b]] = [all[b]!, all[a]!];
  };
  const up = (place: number): void => {
    for (let i = place; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(all[i]!, all[parent]!)) return;
      swap(i, parent);
      i = parent;
    }
  };
  const down = (): void => {
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < all.length && isBefore(all[left]!, all[least]!)) least = left;
      if (right < all.length && isBefore(all[right]!, all[least]!)) least = right;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    add(one: T): void {
      all.push(one);
      up(all.length - 1);
    },
    first: (): T | undefined => all[0],
    take(): T | undefined {
      const first = all[0];
      const last = all.pop();
      if (all.length > 0) {
        all[0] = last!;
        down();
      }
      return first;
    },
  };
}
