/** What happens when a call is answered: a conversation, a voicemail message, or a notice to a declined caller. */

import { auditEntry, type Entry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { ConversationService } from '../conversations/service.ts';
import { Fault } from '../faults.ts';
import {
  type ActiveCall,
  callerOf,
  type Decline,
  type HangUp,
  isSpoken,
  MACHINE_ANSWERED,
  profileIn,
  startRequestOf,
  voicemailMessageOf,
} from './active-call.ts';
import type { Call } from './call.ts';
import type { CallControls } from './call-controls.ts';
import { transferCall } from './call-transfer.ts';
import type { Carrier, CarrierEventOf } from './carrier.ts';

export interface AnsweringParts {
  ctx: Context;
  carrier: Carrier;
  conversations: Pick<ConversationService, 'create'>;
  controls: CallControls;
  /** Makes the call known by its conversation. */
  onConversation(conversationId: string, active: ActiveCall): void;
  report(error: unknown): void;
}

const MAX_WRITE_ATTEMPTS = 20;

export async function answerCall(
  parts: AnsweringParts,
  active: ActiveCall,
  event: CarrierEventOf<'answered'>,
): Promise<void> {
  if (event.answeredBy === 'machine') return leaveVoicemail(parts, active);
  active.attempt = { ...active.attempt, answeredAt: event.at };
  if (active.decline) return declineCall(parts, active, active.decline);
  let started: Awaited<ReturnType<ConversationService['create']>>;
  try {
    started = await parts.conversations.create(callerOf(active.call), startRequestOf(active));
  } catch (error) {
    if (!(error instanceof Fault)) parts.report(error);
    const reason = error instanceof Fault ? error.message : 'The conversation could not be started: internal error';
    parts.controls.hangUp(active, { status: 'failed', reason, end: 'failed' });
    return;
  }
  const { conversation, messages } = started;
  const { id } = conversation;
  active.conversationId = id;
  active.profile = profileIn(conversation);
  active.attempt = { ...active.attempt, status: 'in_progress', conversationId: id };
  parts.onConversation(id, active);
  if (!(await storeAnswer(parts, active, startEntry(parts.ctx, active, id)))) {
    // Meanwhile a client cancelled the call, or another node recovered it as lost.
    parts.controls.hangUp(active, { status: 'cancelled', reason: 'The call was cancelled', end: 'ended' });
    return;
  }
  for (const message of messages) if (isSpoken(message)) parts.controls.speak(active, message);
  parts.controls.restartSilenceTimer(active);
  parts.controls.startMaxDurationTimer(active);
}

function leaveVoicemail({ controls }: AnsweringParts, active: ActiveCall): void {
  active.isMachine = true;
  const hangUp: HangUp = { reason: MACHINE_ANSWERED, end: 'ended' };
  const message = voicemailMessageOf(active);
  if (message === undefined) controls.hangUp(active, hangUp);
  else controls.speakNotice(active, message, hangUp);
}

async function declineCall(
  { carrier, controls }: AnsweringParts,
  active: ActiveCall,
  { transferTo, notice, why }: Decline,
): Promise<void> {
  if (transferTo !== undefined && (await transferCall(carrier, active, transferTo, why))) return;
  controls.speakNotice(active, notice, { reason: why, end: 'ended' });
}

function startEntry(ctx: Context, { call, attempt }: ActiveCall, conversationId: string): Entry {
  const { agentId, campaignId } = call;
  const detail = { attempt: attempt.number, attemptId: attempt.id, agentId, campaignId, conversationId };
  return auditEntry(ctx, callerOf(call), 'call.started', call.id, detail);
}

/**
 * Stores that the call is connected; resolves with false if the attempt is over for the store. Other writers may change
 * the call meanwhile; the write is repeated on their version as long as this attempt is the current one.
 */
async function storeAnswer({ ctx }: AnsweringParts, active: ActiveCall, entry: Entry): Promise<boolean> {
  const { store, now } = ctx;
  for (let attempts = 0; attempts < MAX_WRITE_ATTEMPTS; attempts += 1) {
    const before = active.call;
    const { answeredAt, conversationId, number } = active.attempt;
    const updatedAt = now().toISOString();
    const after: Call = { ...before, status: 'in_progress', conversationId, answeredAt, updatedAt };
    if (await store.dialQueue.markAnswered(before, after, active.attempt, entry)) {
      active.call = { ...after, version: before.version + 1 };
      return true;
    }
    const current = await store.calls.get(before.workspaceId, before.id);
    if (current?.status !== 'dialing' || current.attempts !== number || current.progress.cancelReason) return false;
    active.call = { ...current, options: before.options };
  }
  return false;
}
