/** Transfers of active calls to another number. */

import type { ActiveCall } from './active-call.ts';
import type { Carrier } from './carrier.ts';

/** Resolves with whether the other number answered. If it did not, the call goes on as before. */
export async function transferCall(
  carrier: Pick<Carrier, 'transfer'>,
  active: ActiveCall,
  to: string,
  reason: string,
): Promise<boolean> {
  const { transferredTo, hangUp, attempt } = active;
  // Set before the carrier is asked: it may report the end of our leg before it answers.
  active.transferredTo = to;
  active.hangUp = { reason, end: 'transferred' };
  if (await carrier.transfer(attempt.id, to)) return true;
  active.transferredTo = transferredTo;
  active.hangUp = hangUp;
  return false;
}
