/** Passes what the contact says on the line to the conversation of the call. */

import type { ConversationService } from '../conversations/service.ts';
import { Fault } from '../faults.ts';
import { type ActiveCall, callerOf } from './active-call.ts';
import type { CallControls } from './call-controls.ts';

export interface TranscriptParts {
  conversations: Pick<ConversationService, 'say'>;
  controls: CallControls;
}

const MAX_WRITE_ATTEMPTS = 20;

export async function addTranscript(
  { conversations, controls }: TranscriptParts,
  active: ActiveCall,
  text: string,
): Promise<void> {
  const { conversationId } = active;
  if (conversationId === undefined || active.hangUp) return;
  controls.cancelTimer(active, 'silence');
  for (let attempts = 0; attempts < MAX_WRITE_ATTEMPTS; attempts += 1) {
    try {
      await conversations.say(callerOf(active.call), conversationId, () => text);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // Another node added a message at the same time.
      if (error.code === 'write_conflict') continue;
      if (error.code === 'conversation_closed') controls.hangUp(active, { reason: error.message, end: 'ended' });
    }
    break;
  }
  controls.restartSilenceTimer(active);
}
