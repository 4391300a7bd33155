/** The port to telephone networks: a carrier dials numbers and reports what happens as events. */

export interface DialOrder {
  /** The carrier's idempotency key: a second order with the same id dials nothing. */
  attemptId: string;
  workspaceId: string;
  /** The caller number in E.164; null where none is shown. */
  from: string | null;
  /** The number to dial, in E.164. */
  to: string;
  /** How long the phone rings before the attempt ends with `no_answer`. */
  ringSeconds: number;
}

export type EndCause = 'hung_up' | 'no_answer' | 'busy' | 'failed' | 'cancelled';
export type AnsweredBy = 'human' | 'machine';
export type EndedBy = 'contact' | 'server' | 'carrier';

/** Moments (`at`) are ISO 8601. */
export type CarrierEvent =
  | { type: 'ringing'; attemptId: string; at: string }
  | { type: 'answered'; attemptId: string; at: string; answeredBy: AnsweredBy }
  /** What the contact said, from carriers that deliver text instead of audio. */
  | { type: 'transcript'; attemptId: string; at: string; text: string }
  | { type: 'ended'; attemptId: string; at: string; cause: EndCause; endedBy: EndedBy; detail?: string }
  /** A caller dialed one of our numbers. The carrier chose the attempt's id. */
  | { type: 'incoming'; attemptId: string; at: string; from: string; to: string };

export type CarrierEventOf<Type extends CarrierEvent['type']> = Extract<CarrierEvent, { type: Type }>;

/** `detail` is a sentence: why the carrier refused the order. */
export type DialAnswer = { accepted: true } | { accepted: false; detail: string };

/** `not_dialed`: the carrier is certain that it dialed nothing. `unknown`: the carrier has no record of the attempt. */
export type CarrierStatus =
  | { state: 'not_dialed' }
  | { state: 'unknown' }
  | { state: 'live'; answeredAt: string | null }
  | { state: 'ended'; cause: EndCause; at: string; answeredAt: string | null; answeredBy: AnsweredBy | null };

/** The carrier did not answer an order in time: the phone may be ringing. */
export class CarrierTimeout extends Error {
  override name = 'CarrierTimeout';
}

/** A call for the carrier to simulate. `says` are the caller's lines in order. */
export interface SimulatedCall {
  from: string;
  to: string;
  says?: readonly string[];
  staysOnLine?: boolean;
}

export interface Carrier {
  readonly name: string;
  /** Accepts or refuses the order; throws `CarrierTimeout` where the result is not known. */
  dial(order: DialOrder): Promise<DialAnswer>;
  /** What the carrier knows about an attempt. */
  lookup(attemptId: string): Promise<CarrierStatus>;
  /** Answers an incoming call. */
  answer(attemptId: string): Promise<void>;
  /** Speaks text to the contact, on carriers that take text instead of audio. */
  say(attemptId: string, text: string): void;
  /** Sends DTMF digits: `0-9`, `*` and `#`. */
  sendDtmf(attemptId: string, digits: string): void;
  /** Ends a call that rings or is connected, or rejects an incoming one. */
  hangUp(attemptId: string): Promise<void>;
  /** Transfers the call to another number; resolves with whether that number answered. Our leg ends then. */
  transfer(attemptId: string, to: string): Promise<boolean>;
  /** Simulates an incoming call, on carriers without a network; returns its attempt id. */
  simulateIncoming?(call: SimulatedCall): string;
  /** Sets the one listener that receives every event. */
  listen(listener: (event: CarrierEvent) => void): void;
  close(): void;
}
