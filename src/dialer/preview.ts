/**
 * A campaign on virtual time: when each of its people would be called, and why then. Nothing rings. It is the dialler's
 * own plan that is asked, at the moments at which the dialler would ask it; only how calls end is assumed.
 */
import type { AttemptEnd, AttemptReason, CallProgress } from '../model/calls.ts';
import { clockOf, type Zones } from './hours.ts';
import { type Circumstances, isBudgeted, nextStep, type Planned } from './plan.ts';

export interface PreviewedPerson {
  /** The call's id. */
  id: string;
  priority: number;
  planned: Planned;
  around: Circumstances;
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
  attempts: number;
}

const STEPS_TOGETHER = 500;

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
  const ready: Person[] = [];
  let underWay = 0;
  let peak = 0;
  let steps = 0;

  for (const person of people) agenda.add(from, { person, progress: person.planned.progress, attempts: 0 });

  const dial = (one: Person, reason: AttemptReason, why: string, at: number): void => {
    const { person, progress } = one;
    const { wanted: _, ...rest } = progress;
    const spent = progress.spent + (isBudgeted(reason) ? 1 : 0);
    underWay += 1;
    peak = Math.max(peak, underWay);
    one.attempts += 1;
    one.progress = isBudgeted(reason) ? { ...progress, spent } : { ...rest, spent };
    const [zone = 'UTC'] = person.around.zones;
    const local = clockOf(zones, zone, at);
    heat[(new Date(`${local}Z`).getUTCDay() + 6) % 7]![Number(local.slice(11, 13))]! += 1;
    calls.push({ id: person.id, at, local, zone, attempt: one.attempts, reason, why });
    const endedAt = new Date(at + lasts).toISOString();
    const after = { ...one.progress, last: { status: assume, endedAt, reason } };
    agenda.add(at + lasts, { ...one, progress: after }, true);
  };

  const consider = (one: Person, at: number): void => {
    const { person, progress } = one;
    const step = nextStep(zones, { ...person.planned, progress }, person.around, at);
    if (step.do === 'end') {
      if (one.attempts === 0) uncalled.push({ id: person.id, why: step.why });
    } else if (step.do === 'wait') {
      if (step.until < until) agenda.add(step.until, one);
      else if (one.attempts === 0) uncalled.push({ id: person.id, why: step.why });
    } else if (underWay < concurrent) dial(one, step.reason, step.why, at);
    else ready.push(one);
  };

  for (let now = agenda.next(); now !== undefined && now < until; now = agenda.next()) {
    const due = agenda.take(now);
    underWay -= due.filter(({ ends }) => ends).length;
    const all = [...ready.splice(0), ...due.map(({ one }) => one)];
    all.sort((a, b) => b.person.priority - a.person.priority);
    for (const one of all) {
      consider(one, now);
      steps += 1;
      if (steps % STEPS_TOGETHER === 0) yield;
    }
  }
  return { calls, uncalled, heat, peak };
}

interface Entry {
  one: Person;
  /** A call of theirs ends then. */
  ends: boolean;
}

/** Who is to be looked at when: a heap of moments, each with everybody who is due then. */
function createAgenda() {
  const moments: number[] = [];
  const entries = new Map<number, Entry[]>();
  const swap = (a: number, b: number) => {
    [moments[a], moments[b]] = [moments[b]!, moments[a]!];
  };
  const up = (place: number): void => {
    for (let i = place; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (moments[parent]! <= moments[i]!) return;
      swap(i, parent);
      i = parent;
    }
  };
  const down = (): void => {
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < moments.length && moments[left]! < moments[least]!) least = left;
      if (right < moments.length && moments[right]! < moments[least]!) least = right;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    add(at: number, one: Person, ends = false): void {
      const there = entries.get(at);
      if (there) {
        there.push({ one, ends });
        return;
      }
      entries.set(at, [{ one, ends }]);
      moments.push(at);
      up(moments.length - 1);
    },
    next: (): number | undefined => moments[0],
    /** Everybody who is due at the next moment. */
    take(at: number): Entry[] {
      const due = entries.get(at) ?? [];
      entries.delete(at);
      const last = moments.pop()!;
      if (moments.length > 0) {
        moments[0] = last;
        down();
      }
      return due;
    },
  };
}
