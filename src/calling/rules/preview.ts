/**
 * Simulates a campaign on virtual time: when each contact would be called, and why then. It asks the dialer's own plan at
 * the moments when the dialer would ask it. Only the results of the attempts are assumed.
 */
import { type AttemptEnd, type AttemptReason, type CallProgress, endProgress, startProgress } from '../call.ts';
import { clockOf, type Zones } from './hours.ts';
import { type CallFacts, nextStep, type PlannedCall, type Step } from './plan.ts';

export interface PreviewCandidate {
  /** The call's id. */
  id: string;
  priority: number;
  /** Attempts before the preview. */
  attempts: number;
  call: PlannedCall;
  facts: CallFacts;
}

export interface PreviewRules {
  /** Epoch milliseconds. */
  from: number;
  /** Epoch milliseconds, exclusive. */
  until: number;
  /** The most calls at the same time. */
  concurrent: number;
  /** Duration of an answered attempt. */
  talkMs: number;
  /** Duration of an unanswered attempt. */
  ringMs: number;
  /** The result of every attempt. */
  assume: Extract<AttemptEnd, 'completed' | 'no_answer'>;
}

export interface PreviewedCall {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** Local time in `zone`, the first of the contact's possible zones. */
  local: string;
  zone: string;
  attempt: number;
  reason: AttemptReason;
  why: string;
}

export interface Preview {
  calls: PreviewedCall[];
  /** The calls without an attempt in the preview, and why. */
  uncalled: { id: string; why: string }[];
  /** Attempts per local hour of the contact: seven rows from Monday, each with 24 hours. */
  heat: number[][];
  /** The most calls at the same time in the preview. */
  peak: number;
}

const STEPS_BATCH_SIZE = 500;
const NO_LINE = 'No line is free before the end of the preview';

/** A candidate with what the preview has done to it. */
interface Progress {
  candidate: PreviewCandidate;
  progress: CallProgress;
  /** Attempts in the preview. */
  attempts: number;
}

/** A candidate that is due and waits for a line. */
interface Ready {
  one: Progress;
  turn: number;
}

/** Yields after each batch of steps, so that the caller can do other work in between. */
export function* previewCampaign(
  zones: Zones,
  candidates: readonly PreviewCandidate[],
  rules: PreviewRules,
): Generator<void, Preview> {
  const { from, until, concurrent, assume, talkMs, ringMs } = rules;
  const duration = assume === 'completed' ? talkMs : ringMs;
  const preview: Preview = {
    calls: [],
    uncalled: [],
    heat: Array.from({ length: 7 }, () => new Array<number>(24).fill(0)),
    peak: 0,
  };
  const agenda = createAgenda();
  // The highest priority first, then the longest wait.
  const ready = createHeap<Ready>((a, b) => {
    const [left, right] = [a.one.candidate.priority, b.one.candidate.priority];
    return left === right ? a.turn < b.turn : left > right;
  });
  let turn = 0;
  let underWay = 0;
  let steps = 0;

  for (const candidate of candidates) agenda.add(from, { candidate, progress: candidate.call.progress, attempts: 0 });

  const dial = (one: Progress, { reason, why }: DialStep, at: number): void => {
    underWay += 1;
    preview.peak = Math.max(preview.peak, underWay);
    one.attempts += 1;
    one.progress = startProgress(one.progress, reason);
    record(preview, zones, one, { at, reason, why });
    const endedAt = new Date(at + duration).toISOString();
    const progress = endProgress(one.progress, { status: assume, endedAt, reason });
    agenda.add(at + duration, { ...one, progress }, true);
  };

  /** Answers the step where it is to dial now. Otherwise notes when, or that, the call is not made. */
  const consider = (one: Progress, at: number): DialStep | undefined => {
    const { candidate, progress } = one;
    steps += 1;
    const step = nextStep(zones, { ...candidate.call, progress }, candidate.facts, at);
    if (step.do === 'dial') return step;
    if (step.do === 'wait' && step.until < until) agenda.add(step.until, one);
    else if (one.attempts === 0) preview.uncalled.push({ id: candidate.id, why: step.why });
    return undefined;
  };

  for (let now = agenda.next(); now !== undefined && now < until; now = agenda.next()) {
    for (const { one, ends } of agenda.take(now)) {
      if (ends) underWay -= 1;
      if (consider(one, now)) ready.add({ one, turn: turn++ });
      if (steps % STEPS_BATCH_SIZE === 0) yield;
    }
    // The plan is asked again when a line is free: the window may have closed during the wait.
    while (underWay < concurrent) {
      const first = ready.take();
      if (!first) break;
      const step = consider(first.one, now);
      if (step) dial(first.one, step, now);
      if (steps % STEPS_BATCH_SIZE === 0) yield;
    }
  }
  for (let left = ready.take(); left; left = ready.take())
    if (left.one.attempts === 0) preview.uncalled.push({ id: left.one.candidate.id, why: NO_LINE });
  return preview;
}

type DialStep = Extract<Step, { do: 'dial' }>;

/** Adds an attempt to the preview and to its heat map. */
function record(
  { calls, heat }: Preview,
  zones: Zones,
  { candidate, attempts }: Progress,
  { at, reason, why }: Pick<PreviewedCall, 'at' | 'reason' | 'why'>,
): void {
  const [zone = 'UTC'] = candidate.facts.zones;
  const local = clockOf(zones, zone, at);
  heat[(new Date(`${local}Z`).getUTCDay() + 6) % 7]![Number(local.slice(11, 13))]! += 1;
  calls.push({ id: candidate.id, at, local, zone, attempt: candidate.attempts + attempts, reason, why });
}

interface Entry {
  one: Progress;
  /** An attempt of the candidate ends at this moment. */
  ends: boolean;
}

/** A queue of moments, each with the candidates that are due then. */
function createAgenda() {
  const moments = createHeap<number>((a, b) => a < b);
  const entries = new Map<number, Entry[]>();
  return {
    add(at: number, one: Progress, ends = false): void {
      const existing = entries.get(at);
      if (existing) {
        existing.push({ one, ends });
        return;
      }
      entries.set(at, [{ one, ends }]);
      moments.add(at);
    },
    next: moments.first,
    /** Removes and answers the entries of the next moment. */
    take(at: number): Entry[] {
      const due = entries.get(at) ?? [];
      entries.delete(at);
      moments.take();
      return due;
    },
  };
}

/** A binary heap: `take` removes and answers the first item of the order. */
function createHeap<T>(isBefore: (a: T, b: T) => boolean) {
  const all: T[] = [];
  const swap = (a: number, b: number) => {
    [all[a], all[b]] = [all[b]!, all[a]!];
  };
  const siftUp = (index: number): void => {
    for (let i = index; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(all[i]!, all[parent]!)) return;
      swap(i, parent);
      i = parent;
    }
  };
  const siftDown = (): void => {
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
      siftUp(all.length - 1);
    },
    first: (): T | undefined => all[0],
    take(): T | undefined {
      const first = all[0];
      const last = all.pop();
      if (all.length > 0) {
        all[0] = last!;
        siftDown();
      }
      return first;
    },
  };
}
