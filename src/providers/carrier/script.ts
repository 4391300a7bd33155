/** What the other side of a simulated telephone does, and what it does unless it is told otherwise. */

export interface PickUp {
  answers: 'human' | 'machine';
  /** Counted from the first ring; whoever is slower than the order's `ringSeconds` does not answer. */
  afterSeconds: number;
  /** The first line a second after the answer, each later one when we have spoken, or when we have not for a while. */
  says?: readonly string[];
  /** How long it listens after its last line before it hangs up. */
  talksSeconds?: number;
  /** Never hangs up. */
  staysOnLine?: boolean;
}

/** What a telephone may do that an order has reached. */
export type Ringing = PickUp | { answers: 'nobody' } | { answers: 'busy' } | { answers: 'failure'; detail: string };

export type Play =
  | Ringing
  /** The carrier does not take the order. */
  | { answers: 'refusal'; detail: string }
  /** The carrier says nothing to the order; it is lost, unless the telephone `rings` all the same. */
  | { answers: 'silence'; rings?: Ringing };

export interface Dialed {
  attemptId: string;
  from: string | null;
  to: string;
  /** How often this carrier has been told to dial that number, this time among them. */
  nth: number;
}

export type Script = (order: Dialed) => Play;

const ANSWERS: PickUp = { answers: 'human', afterSeconds: 4, says: ['Hello?'], talksSeconds: 20 };

export interface Ending {
  /** The last two digits of a number; null for all the other numbers. */
  digits: string | null;
  /** As the guide says it. */
  does: string;
  play: (nth: number) => Play;
}

/** The script by number; `docs/guides/calls.md` is written from this table. */
export const ENDINGS: readonly Ending[] = [
  {
    digits: '00',
    does: 'Answers after 4 seconds, says “Hello?” and stays on the line until somebody else hangs up',
    play: () => ({ ...ANSWERS, staysOnLine: true }),
  },
  { digits: '01', does: 'Is busy', play: () => ({ answers: 'busy' }) },
  { digits: '02', does: 'Rings and is not answered', play: () => ({ answers: 'nobody' }) },
  {
    digits: '03',
    does: 'After 4 seconds an answering machine answers; it records for a minute and hangs up',
    play: () => ({ answers: 'machine', afterSeconds: 4, talksSeconds: 60 }),
  },
  {
    digits: '04',
    does: 'The carrier takes the order and fails',
    play: () => ({ answers: 'failure', detail: 'The network could not be reached.' }),
  },
  {
    digits: '05',
    does: 'The carrier refuses the order',
    play: () => ({ answers: 'refusal', detail: 'This number is not served.' }),
  },
  { digits: '06', does: 'The carrier says nothing, and nothing rings', play: () => ({ answers: 'silence' }) },
  {
    digits: '07',
    does: 'Is busy the first time; from then on like any other number',
    play: (nth) => (nth === 1 ? { answers: 'busy' } : ANSWERS),
  },
  {
    digits: '08',
    does: 'Is not answered the first time; from then on like any other number',
    play: (nth) => (nth === 1 ? { answers: 'nobody' } : ANSWERS),
  },
  {
    digits: '09',
    does: 'The carrier says nothing, and the telephone rings all the same: like any other number',
    play: () => ({ answers: 'silence', rings: ANSWERS }),
  },
  {
    digits: null,
    does: 'Answers after 4 seconds, says “Hello?”, listens for 20 seconds and hangs up',
    play: () => ANSWERS,
  },
];

const BY_DIGITS: ReadonlyMap<string | null, Ending> = new Map(ENDINGS.map((ending) => [ending.digits, ending]));

export const byNumber: Script = ({ to, nth }) => (BY_DIGITS.get(to.slice(-2)) ?? BY_DIGITS.get(null)!).play(nth);
