/** Calls whose node has gone: what became of them, the carrier knows, or nobody. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { keepsWords } from '../conversations/conversation.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { Statement } from '../db/engine.ts';
import { callerOf } from './active-call.ts';
import type { AttemptEnd, CallAttempt } from './call.ts';
import { type AttemptOutcome, endDetail, endedAttempt, settled } from './call-steps.ts';
import type { Carrier, CarrierStatus } from './carrier.ts';
import type { CallCase } from './circumstances.ts';
import type { CallingRules } from './rule-book.ts';

export interface RecoveryOptions {
  carrier: Carrier;
  conversations: Pick<ConversationService, 'get' | 'end'>;
}

/** Settles one; answers how its attempt ended, if it has. An attempt that nobody knows of is never made again by itself. */
export function recovery(ctx: Context, { carrier, conversations }: RecoveryOptions) {
  const { store, now } = ctx;
  return async (callingRules: CallingRules, one: CallCase): Promise<AttemptEnd | undefined> => {
    const { call } = one;
    const attempts = (await store.calls.attempts(call.workspaceId, [call.id])).get(call.id) ?? [];
    const attempt = attempts.at(-1);
    if (!attempt) return undefined;
    const where = await carrier.lookup(attempt.id).catch((): CarrierStatus => ({ state: 'unknown' }));
    if (where.state === 'live') {
      // Nobody is there who could talk: what cannot be held is ended, and looked at again.
      await carrier.hangUp(attempt.id);
      return undefined;
    }
    const time = now();
    const { conversationId } = attempt;
    const extra: Statement[] = [];
    let hasTranscript = false;
    if (conversationId !== null) {
      const talk = await conversations.get(callerOf(call), conversationId);
      hasTranscript = keepsWords(talk) && !call.progress.withdrawn;
      if (!hasTranscript) extra.push(...store.dialQueue.deleteTranscript(call.workspaceId, conversationId));
      const unjudged = !hasTranscript;
      await conversations.end(callerOf(call), conversationId, 'failed', () => ({ unjudged }));
    }
    const outcome = { ...lost(attempt, where, time.toISOString()), hasTranscript };
    const ended = endedAttempt({ ...attempt, answeredAt: answeredAt(attempt, where) }, outcome);
    const after = settled(call, ended, outcome, (progress) =>
      call.direction === 'inbound'
        ? { do: 'end', status: outcome.status === 'void' ? 'failed' : outcome.status, why: outcome.reason ?? '' }
        : callingRules.nextStep(callingRules.zones, { ...call, progress }, one, time.getTime()),
    );
    const entry = auditEntry(ctx, callerOf(call), 'call.ended', call.id, endDetail(call, ended, after));
    return (await store.dialQueue.settle(call, after, ended, extra, entry)) ? outcome.status : undefined;
  };
}

const answeredAt = (attempt: CallAttempt, where: CarrierStatus): string | null =>
  attempt.answeredAt ?? (where.state === 'ended' ? where.answeredAt : null);

/** What an attempt was whose node is gone. */
function lost(attempt: CallAttempt, where: CarrierStatus, at: string): AttemptOutcome {
  const reason = 'The server that placed it went away';
  if (where.state === 'never') return { status: 'void', at, reason: `${reason} before it was dialled` };
  if (where.state !== 'ended') return { status: 'unknown', at, reason };
  const answered = answeredAt(attempt, where);
  const ended = { at: where.at, reason, conversationId: attempt.conversationId };
  if (answered === null) return { ...ended, status: where.cause === 'hung_up' ? 'failed' : statusOf(where.cause) };
  if (where.by === 'machine') return { ...ended, status: 'voicemail' };
  return { ...ended, status: 'completed', durationSeconds: (Date.parse(where.at) - Date.parse(answered)) / 1000 };
}

/** What was called off because the server stopped had rung, and nobody had answered. */
const statusOf = (cause: 'no_answer' | 'busy' | 'failed' | 'cancelled') =>
  cause === 'cancelled' ? 'no_answer' : cause;
