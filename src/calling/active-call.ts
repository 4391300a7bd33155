/** One call under way, as the node that carries it knows it, and what can be read off it. Pure. */

import type { Profile } from '../agents/profile.ts';
import type { Conversation, ConversationFacts, EndReason, Message } from '../conversations/conversation.ts';
import type { Overrides, StartRequest } from '../conversations/start.ts';
import { type Caller, systemCaller } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import type { Call, CallAttempt } from './call.ts';
import type { AttemptOutcome } from './call-steps.ts';
import type { EndCause } from './carrier.ts';
import type { CallCase } from './circumstances.ts';

export interface ActiveCall {
  call: Call;
  attempt: CallAttempt;
  callCase: CallCase;
  /** Events are handled one after the other. */
  queue: Promise<void>;
  conversationId?: string;
  /** As whom the agent speaks. */
  profile?: Profile | undefined;
  machine?: boolean;
  /** Why we ended it, where we did. */
  ours?: { status?: 'failed' | 'cancelled' | 'no_answer'; reason: string; end: EndReason };
  transferredTo?: string;
  timers: Map<string, () => void>;
  /** It came in and is not talked to: what they hear instead, and where they are put through to. */
  instead?: Instead;
  /** The carrier does not know either: what is told within this time is believed. */
  doubtful?: boolean;
}

/** What becomes of a call that came in when nobody talks to it. */
export interface Instead {
  outcome: string;
  why: string;
  transferTo?: string;
  notice: string;
}

/** Whoever made the call speaks through it, in the words of the tongue it was made in. */
export const callerOf = (call: Pick<Call, 'workspaceId' | 'dialect' | 'by'>): Caller => ({
  ...systemCaller({ id: call.workspaceId, number: 0 }),
  dialect: call.dialect as KeyDialect,
  author: call.by,
});

/** What the end of an attempt was. */
export function outcomeOf(
  active: ActiveCall,
  event: { cause: EndCause; at: string; detail?: string; by?: string },
): AttemptOutcome {
  const { attempt, conversationId, ours, machine, transferredTo } = active;
  const reason = ours?.reason ?? event.detail ?? CAUSES[event.cause];
  if (machine)
    return {
      status: 'voicemail',
      at: event.at,
      reason: MACHINE,
      ...(conversationId !== undefined && { conversationId }),
    };
  if (attempt.answeredAt !== null && conversationId !== undefined) {
    const seconds = (Date.parse(event.at) - Date.parse(attempt.answeredAt)) / 1000;
    const outcome = transferredTo === undefined ? {} : { transferredTo, outcome: 'transferred' };
    return { status: 'completed', at: event.at, reason, durationSeconds: seconds, conversationId, ...outcome };
  }
  if (ours?.status) return { status: ours.status, at: event.at, reason };
  if (active.instead) return { status: 'cancelled', at: event.at, reason: active.instead.why };
  if (event.cause === 'hung_up') return { status: 'completed', at: event.at, reason, durationSeconds: 0 };
  return { status: event.cause, at: event.at, reason };
}

/** What the conversation of a call begins with. */
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
    // Tongues that know the call alone, and not what was said in it as a thing of its own, find it by this.
    extras: { ...call.extras, callId: call.id },
    telephone: { callId: call.id, direction: call.direction, own: attempt.from, theirs: attempt.to },
  };
}

/** As whom the agent speaks, as the conversation froze it: with what was said for this call alone. */
export const profileIn = ({ snapshot }: Pick<Conversation, 'snapshot'>): Profile | undefined =>
  snapshot.personas[snapshot.firstAgentId]?.profile;

/** A call that came in and was not talked to. */
export const declined = ({ instead, transferredTo }: ActiveCall): Partial<Call> =>
  instead
    ? { status: 'declined', outcome: instead.outcome, why: instead.why, transferredTo: transferredTo ?? null }
    : {};

const CAUSES: Record<EndCause, string> = {
  hung_up: 'They hung up',
  no_answer: 'Nobody answered',
  busy: 'The line was busy',
  failed: 'The carrier could not place the call',
  cancelled: 'The call was called off',
};

export const speaks = ({ role }: Message): boolean => role === 'assistant' || role === 'note';

export const endReasonOf = ({ state }: ConversationFacts): NonNullable<ActiveCall['ours']> => ({
  reason: state.endReason === 'agent' ? 'The agent hung up' : 'The conversation was ended',
  end: state.endReason ?? 'ended',
});

export const MACHINE = 'An answering machine answered';

/** What is said to a machine, where the agent has a tool for that with a message of its own. */
export function voicemailOf({ callCase }: ActiveCall): string | undefined {
  const tools = callCase.agent?.document.tools ?? [];
  const leaves = tools.find(({ name }) => name === 'leave_voicemail' || name === 'leaveVoicemail');
  const message = leaves?.config['message'];
  return typeof message === 'string' && message.trim() !== '' ? message : undefined;
}

/** The call without a callback that was agreed on, where somebody has called the whole of it off. */
export function stillWanted({ call, ours }: ActiveCall): Call {
  if (ours?.status !== 'cancelled') return call;
  const { wanted: _, ...progress } = call.progress;
  return { ...call, progress };
}
