/** The do-not-call list of a workspace. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, invalidAt } from '../faults.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { DoNotCallEntry } from './call.ts';
import { E164 } from './call-drafts.ts';

export interface DoNotCallService {
  /** Sorted by number, starting after `after`. */
  list(caller: Caller, limit: number, after?: string): Promise<DoNotCallEntry[]>;
  /** Adds numbers in E.164; existing entries stay as they are. Throws `invalid_value` for any other number. */
  add(caller: Caller, phones: readonly string[], reason: string | null): Promise<void>;
  /** Throws `number_missing` where the number has no entry. */
  remove(caller: Caller, phone: string): Promise<void>;
}

export function doNotCallService(ctx: Context): DoNotCallService {
  return {
    list: ({ workspaceId }, limit, after) => ctx.store.doNotCall.list(workspaceId, limit, after),

    async add(caller, phones, reason) {
      const { workspaceId, author: by } = caller;
      const wrong = phones.findIndex((phone) => !E164.test(phone));
      if (wrong >= 0) throw invalidAt(`phones.${wrong}`, 'must be a phone number in E.164 form', 'format');
      const at = ctx.now().toISOString();
      const entries = [...new Set(phones)].map((phone): DoNotCallEntry => ({ workspaceId, phone, reason, at, by }));
      const entry = auditEntry(ctx, caller, 'do_not_call.added', workspaceId, { count: entries.length });
      await storesFor(ctx, caller).doNotCall.add(workspaceId, entries, entry);
    },

    async remove(caller, phone) {
      const { workspaceId } = caller;
      const entry = auditEntry(ctx, caller, 'do_not_call.removed', workspaceId, {});
      const removed = await storesFor(ctx, caller).doNotCall.remove(workspaceId, phone, entry);
      if (!removed) throw new Fault('number_missing', { id: phone });
    },
  };
}
