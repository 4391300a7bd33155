/** What happens when the simulated carrier dials a number: scripts, and the default script by the number's last digits. */

export interface PickUp {
  answers: 'human' | 'machine';
  /** Seconds from the first ring to the answer. From the order's `ringSeconds` on, the call is not answered. */
  afterSeconds: number;
  /** The first line follows the answer after a second, each later one our reply or five seconds of silence. */
  says?: readonly string[];
  /** Seconds from the last line until the contact hangs up; default 20. */
  talksSeconds?: number;
  /** The contact never hangs up. */
  staysOnLine?: boolean;
}

/** What happens at a number that the carrier has dialed. */
export type RingOutcome =
  | PickUp
  | { answers: 'no_answer' }
  | { answers: 'busy' }
  | { answers: 'failure'; detail: string };

export type DialOutcome =
  | RingOutcome
  /** The carrier refuses the order. */
  | { answers: 'rejection'; detail: string }
  /** The carrier does not answer the order. Nothing is dialed unless `rings` is present. */
  | { answers: 'silence'; rings?: RingOutcome };

export interface ScriptInput {
  attemptId: string;
  from: string | null;
  to: string;
  /** How many times this carrier has dialed the number, counted from 1. */
  nth: number;
}

export type Script = (order: ScriptInput) => DialOutcome;

const ANSWERS: PickUp = { answers: 'human', afterSeconds: 4, says: ['Hello?'], talksSeconds: 20 };

export interface NumberEnding {
  /** The last two digits of a number; null stands for all other numbers. */
  digits: string | null;
  /** The description in the guide. */
  does: string;
  outcome: (nth: number) => DialOutcome;
}

const DEFAULT_ENDING: NumberEnding = {
  digits: null,
  does: 'Answers after 4 seconds, says “Hello?”, listens for 20 seconds and hangs up',
  outcome: () => ANSWERS,
};

/** The default script. `docs/guides/calls.md` holds the same table. */
export const NUMBER_ENDINGS: readonly NumberEnding[] = [
  {
    digits: '00',
    does: 'Answers after 4 seconds, says “Hello?” and stays on the line until the server hangs up',
    outcome: () => ({ ...ANSWERS, staysOnLine: true }),
  },
  { digits: '01', does: 'Is busy', outcome: () => ({ answers: 'busy' }) },
  { digits: '02', does: 'Rings and is not answered', outcome: () => ({ answers: 'no_answer' }) },
  {
    digits: '03',
    does: 'After 4 seconds an answering machine answers; it records for a minute and hangs up',
    outcome: () => ({ answers: 'machine', afterSeconds: 4, talksSeconds: 60 }),
  },
  {
    digits: '04',
    does: 'The carrier accepts the order and fails',
    outcome: () => ({ answers: 'failure', detail: 'The network could not be reached.' }),
  },
  {
    digits: '05',
    does: 'The carrier refuses the order',
    outcome: () => ({ answers: 'rejection', detail: 'This number is not served.' }),
  },
  {
    digits: '06',
    does: 'The carrier does not answer the order, and the phone does not ring',
    outcome: () => ({ answers: 'silence' }),
  },
  {
    digits: '07',
    does: 'Is busy the first time; from then on like any other number',
    outcome: (nth) => (nth === 1 ? { answers: 'busy' } : ANSWERS),
  },
  {
    digits: '08',
    does: 'Is not answered the first time; from then on like any other number',
    outcome: (nth) => (nth === 1 ? { answers: 'no_answer' } : ANSWERS),
  },
  {
    digits: '09',
    does: 'The carrier does not answer the order, but the phone rings: then like any other number',
    outcome: () => ({ answers: 'silence', rings: ANSWERS }),
  },
  DEFAULT_ENDING,
];

const BY_DIGITS: ReadonlyMap<string | null, NumberEnding> = new Map(
  NUMBER_ENDINGS.map((ending) => [ending.digits, ending]),
);

/** The default script: the last two digits of the number decide. */
export const byNumber: Script = ({ to, nth }) => (BY_DIGITS.get(to.slice(-2)) ?? DEFAULT_ENDING).outcome(nth);
