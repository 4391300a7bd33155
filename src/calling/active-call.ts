/** The state of one call that this node carries, and what follows from it. Pure. */

import type { Profile } from '../agents/profile.ts';
import type { Conversation, ConversationFacts, EndReason, Message } from '../conversations/conversation.ts';
import type { Overrides, StartRequest } from '../conversations/start.ts';
import { type Caller, systemCaller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Call, CallAttempt } from './call.ts';
import type { AttemptOutcome } from './call-steps.ts';
import type { CarrierEventOf, EndCause } from './carrier.ts';
import type { CallCase } from './circumstances.ts';

export interface ActiveCall {
  call: Call;
  attempt: CallAttempt;
  callCase: CallCase;
  /** The end of the queue: the events of a call are handled one at a time. */
  queue: Promise<void>;
  timers: Map<TimerName, () => void>;
  /** When a person or a machine answered, ISO 8601. */
  connectedAt?: string;
  conversationId?: string;
  /** The agent's profile in the conversation. */
  profile?: Profile | undefined;
  /** An answering machine has the line. */
  isMachine?: boolean;
  /** Set when this server ends the call. */
  hangUp?: HangUp | undefined;
  transferredTo?: string | undefined;
  /** Set on an incoming call that the agent does not take. */
  decline?: Decline;
  /** The carrier did not answer the order, and no event has arrived since. */
  isUnconfirmed?: boolean;
}

/** `dial-timeout` ends an order without an answer; `notice` ends a call after its one message was spoken. */
export type TimerName = 'dial-timeout' | 'silence' | 'max-duration' | 'notice';

/** Why this server ends a call. `reason` is a sentence; `status` counts only if there was no conversation. */
export interface HangUp {
  status?: 'failed' | 'cancelled' | 'no_answer';
  reason: string;
  end: EndReason;
}

/** How an incoming call is handled that the agent does not take. */
export interface Decline {
  outcome: string;
  /** A sentence. */
  why: string;
  /** The number that the caller is transferred to, if it answers. */
  transferTo?: string;
  /** The message that the caller hears otherwise. */
  notice: string;
}

/** The author of writes about a call: the client that placed it, in its dialect. */
export const callerOf = (call: Pick<Call, 'workspaceId' | 'dialect' | 'by'>): Caller => ({
  ...systemCaller({ id: call.workspaceId, number: 0 }),
  dialect: call.dialect as KeyDialect,
  author: call.by,
});

/** How an attempt ended, by the carrier's event and by what this server did. */
export function attemptOutcomeOf(active: ActiveCall, event: CarrierEventOf<'ended'>): AttemptOutcome {
  const { attempt, conversationId, hangUp, isMachine, transferredTo, decline } = active;
  const { at } = event;
  const reason = hangUp?.reason ?? event.detail ?? CAUSE_REASONS[event.cause];
  if (isMachine)
    return {
      status: 'voicemail',
      at,
      reason: MACHINE_ANSWERED,
      ...(conversationId !== undefined && { conversationId }),
    };
  if (attempt.answeredAt !== null && conversationId !== undefined) {
    const durationSeconds = (Date.parse(at) - Date.parse(attempt.answeredAt)) / 1000;
    const transfer = transferredTo === undefined ? {} : { transferredTo, outcome: 'transferred' };
    return { status: 'completed', at, reason, durationSeconds, conversationId, ...transfer };
  }
  if (hangUp?.status) return { status: hangUp.status, at, reason };
  if (decline) return { status: 'cancelled', at, reason: decline.why };
  if (event.cause === 'hung_up') return { status: 'completed', at, reason, durationSeconds: 0 };
  return { status: event.cause, at, reason };
}

/** The request that starts the conversation of a call. */
export function startRequestOf({ call, attempt, callCase }: ActiveCall): StartRequest {
  const { options, contactId } = call;
  const { campaign, contact } = callCase;
  const profileId = options.profileId ?? campaign?.profileId ?? undefined;
  const { consent: _, ...facts } = contact;
  return {
    agent: { id: call.agentId },
    channel: 'phone',
    contact: contactId !== null && call.contact === null ? { id: contactId } : facts,
    variables: { ...campaign?.variables, ...options.variables },
    ...(options.revision !== undefined && { revision: options.revision }),
    ...(options.label !== undefined && { label: options.label }),
    ...(options.locale !== undefined && { locale: options.locale }),
    ...(options.outlivesAgent && { outlivesAgent: true }),
    ...(profileId !== undefined && { profileId }),
    ...(options.overrides && { overrides: options.overrides as Overrides }),
    ...(campaign && { campaign: campaign.callSettings }),
    metadata: call.metadata,
    // Dialects that have calls and no conversations find the conversation by its call.
    extras: { ...call.extras, callId: call.id },
    call: { callId: call.id, direction: call.direction, own: attempt.from, theirs: attempt.to },
  };
}

/** The agent's profile in the conversation's snapshot, with the overrides of this call. */
export const profileIn = ({ snapshot }: Pick<Conversation, 'snapshot'>): Profile | undefined =>
  snapshot.personas[snapshot.firstAgentId]?.profile;

/** The fields of a declined call that differ from those of any other ended call. */
export const declinedFields = ({ decline, transferredTo }: ActiveCall): Partial<Call> =>
  decline
    ? { status: 'declined', outcome: decline.outcome, why: decline.why, transferredTo: transferredTo ?? null }
    : {};

const CAUSE_REASONS: Record<EndCause, string> = {
  hung_up: 'The other party hung up',
  no_answer: 'The call was not answered',
  busy: 'The line was busy',
  failed: 'The carrier could not place the call',
  cancelled: 'The call was cancelled',
};

export const MACHINE_ANSWERED = 'An answering machine answered';

export const isSpoken = ({ role }: Message): boolean => role === 'assistant' || role === 'note';

/** Why a call ends whose conversation has ended. */
export const hangUpAfter = ({ state }: ConversationFacts): HangUp => ({
  reason: state.endReason === 'agent' ? 'The agent hung up' : 'The conversation was ended',
  end: state.endReason ?? 'ended',
});

/** The message for an answering machine, from the agent's voicemail tool; undefined where the agent leaves none. */
export function voicemailMessageOf({ callCase }: ActiveCall): string | undefined {
  const tools = callCase.agent?.document.tools ?? [];
  const tool = tools.find(({ name }) => name === 'leave_voicemail' || name === 'leaveVoicemail');
  const message = tool?.config['message'];
  return typeof message === 'string' && message.trim() !== '' ? message : undefined;
}

/** The call, without its pending attempt if the call was cancelled: a cancelled call is not tried again. */
export function withoutCancelledAttempt({ call, hangUp }: ActiveCall): Call {
  if (hangUp?.status !== 'cancelled') return call;
  const { pending: _, ...progress } = call.progress;
  return { ...call, progress };
}
