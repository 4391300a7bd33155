/** What this server does to the line of an active call: speaking, hanging up, and the timers that hang up later. */

import type { Message } from '../conversations/conversation.ts';
import type { SetTimer } from '../lib/poller.ts';
import type { ActiveCall, HangUp, TimerName } from './active-call.ts';
import type { Carrier } from './carrier.ts';

export interface CallControlsOptions {
  carrier: Carrier;
  setTimer: SetTimer;
  report(error: unknown): void;
}

const DEFAULT_MAX_DURATION_SECONDS = 3600;
/** How long a notice takes to speak. */
const NOTICE_MS = 5000;

export class CallControls {
  readonly #options: CallControlsOptions;

  constructor(options: CallControlsOptions) {
    this.#options = options;
  }

  /** Speaks a message of the conversation, and restarts the silence timer. */
  speak(active: ActiveCall, { text }: Message): void {
    if (text.trim() === '') return;
    this.#options.carrier.say(active.attempt.id, text);
    this.restartSilenceTimer(active);
  }

  /** Speaks one message outside any conversation, then hangs up. */
  speakNotice(active: ActiveCall, notice: string, hangUp: HangUp): void {
    this.#options.carrier.say(active.attempt.id, notice);
    this.startTimer(active, 'notice', NOTICE_MS, () => this.hangUp(active, hangUp));
  }

  /** Ends the call. The first reason counts. */
  hangUp(active: ActiveCall, hangUp: HangUp): void {
    active.hangUp ??= hangUp;
    this.#options.carrier.hangUp(active.attempt.id).catch(this.#options.report);
  }

  /** Hangs up when neither side has spoken for the profile's `silenceTimeoutSeconds`. */
  restartSilenceTimer(active: ActiveCall): void {
    const seconds = active.profile?.silenceTimeoutSeconds;
    if (seconds === undefined) return;
    const hangUp: HangUp = { reason: `Neither side spoke for ${seconds} seconds`, end: 'idle' };
    this.startTimer(active, 'silence', seconds * 1000, () => this.hangUp(active, hangUp));
  }

  /** Hangs up after the call's `maxDurationSeconds`, the profile's, or an hour. */
  startMaxDurationTimer(active: ActiveCall): void {
    const seconds =
      active.call.options.maxDurationSeconds ?? active.profile?.maxDurationSeconds ?? DEFAULT_MAX_DURATION_SECONDS;
    const hangUp: HangUp = { reason: `The call reached its maximum of ${seconds} seconds`, end: 'timed-out' };
    this.startTimer(active, 'max-duration', seconds * 1000, () => this.hangUp(active, hangUp));
  }

  /** Starts a timer of the call, and cancels an earlier one of the same name. */
  startTimer(active: ActiveCall, name: TimerName, ms: number, work: () => void): void {
    active.timers.get(name)?.();
    active.timers.set(name, this.#options.setTimer(ms, work));
  }

  cancelTimer(active: ActiveCall, name: TimerName): void {
    active.timers.get(name)?.();
  }

  cancelTimers(active: ActiveCall): void {
    for (const cancel of active.timers.values()) cancel();
  }
}
