/** The port behind which telephone networks stand. A carrier rings numbers and tells what becomes of that. */

export interface DialOrder {
  /** What the carrier knows the attempt by: to be dialled with it twice is to be dialled once. */
  attemptId: string;
  workspaceId: string;
  /** E.164; null where there is no number to show. */
  from: string | null;
  to: string;
  /** How long it rings before nobody has answered. */
  ringSeconds: number;
}

export type EndCause = 'hung_up' | 'no_answer' | 'busy' | 'failed' | 'cancelled';

export type CarrierEvent =
  | { type: 'ringing'; attemptId: string; at: string }
  | { type: 'answered'; attemptId: string; at: string; by: 'human' | 'machine' }
  /** What the other side said, where the carrier hands over words and not sound. */
  | { type: 'heard'; attemptId: string; at: string; text: string }
  /** `by` is who ended it: the other side, us, or the network. */
  | { type: 'ended'; attemptId: string; at: string; cause: EndCause; by: 'them' | 'us' | 'carrier'; detail?: string }
  /** Somebody calls one of our numbers. The carrier has made up the attempt's id. */
  | { type: 'incoming'; attemptId: string; at: string; from: string; to: string };

export type DialAnswer = { accepted: true } | { accepted: false; detail: string };

/** What a carrier knows of an attempt. `never`: it was not dialled, for certain. `unknown`: nobody can say. */
export type CarrierStatus =
  | { state: 'never' }
  | { state: 'unknown' }
  | { state: 'live'; answeredAt: string | null }
  | { state: 'ended'; cause: EndCause; at: string; answeredAt: string | null; by: 'human' | 'machine' | null };

/** The order was sent and no answer came: the telephone may be ringing. */
export class CarrierTimeout extends Error {
  override name = 'CarrierSilent';
}

export interface Carrier {
  readonly name: string;
  /** Takes the order or refuses it; throws `CarrierSilent` where nobody knows. */
  dial(order: DialOrder): Promise<DialAnswer>;
  lookup(attemptId: string): Promise<CarrierStatus>;
  /** Takes or turns away a call that came in. */
  answer(attemptId: string): Promise<void>;
  /** Says words to the other side, where the carrier takes words. */
  say(attemptId: string, text: string): void;
  /** Keys, as if they were pressed. */
  sendDtmf(attemptId: string, digits: string): void;
  hangUp(attemptId: string): Promise<void>;
  /** Answers whether the other number took the call; it is no longer ours then. */
  transfer(attemptId: string, to: string): Promise<boolean>;
  /** Plays a call that comes in, where there is no network that could bring one; answers what it is known by. */
  incoming?(call: { from: string; to: string; says?: readonly string[]; staysOnLine?: boolean }): string;
  /** The one who is told of everything. */
  listen(listener: (event: CarrierEvent) => void): void;
  close(): void;
}
