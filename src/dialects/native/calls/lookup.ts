/** Reads calls with their attempts, for answers. */
import type { Call } from '../../../calling/call.ts';
import type { CallFilter } from '../../../calling/call-service.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ListQuery, newestFirst } from '../paging.ts';
import { formatCall } from './mapping.ts';

type Calls = Services['calls'];

/** One page of calls. One query reads the attempts of all of them. */
export async function listCalls(calls: Calls, caller: Caller, page: ListQuery, filter: CallFilter) {
  const list = (where: { limit: number; below?: number }) => calls.list(caller, filter, where);
  const { items, nextCursor } = await newestFirst(page, list, ({ counter }) => counter);
  return { data: await withAttempts(calls, caller, items), nextCursor };
}

export async function withAttempts(calls: Calls, caller: Caller, found: readonly Call[]) {
  const ids = found.filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  const attempts = ids.length > 0 ? await calls.attempts(caller, ids) : undefined;
  return found.map((call) => formatCall(call, attempts?.get(call.id)));
}
