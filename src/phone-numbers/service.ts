/** Phone numbers of a workspace. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { refuseTaken } from '../db/conflicts.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalidAt } from '../faults.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { PhoneNumber } from './phone-number.ts';

export type NumberChanges = Partial<
  Pick<PhoneNumber, 'label' | 'agentId' | 'profileId' | 'outboundAgentId' | 'dailyCap'>
>;

export interface PhoneNumberService {
  /** Newest first. */
  list(caller: Caller, page: Page): Promise<{ items: PhoneNumber[]; total: number }>;
  /** Throws `number_missing`. */
  get(caller: Caller, id: string): Promise<PhoneNumber>;
  /** Throws `already_exists` where the workspace has the number, and `invalid_value` for unknown agents or profiles. */
  create(caller: Caller, input: Pick<PhoneNumber, 'number' | 'provider'> & NumberChanges): Promise<PhoneNumber>;
  update(caller: Caller, id: string, changes: NumberChanges): Promise<PhoneNumber>;
  /** Throws `in_use` while an agent refers to the number, and `number_missing`. */
  remove(caller: Caller, id: string): Promise<void>;
}

const DEFAULTS = { label: null, agentId: null, profileId: null, outboundAgentId: null, dailyCap: null };

export function phoneNumberService(ctx: Context): PhoneNumberService {
  const { store, now, newId } = ctx;
  const numbersFor = (caller: Caller) => storesFor(ctx, caller).phoneNumbers;
  const get = async ({ workspaceId }: Caller, id: string): Promise<PhoneNumber> => {
    const [number] = await store.phoneNumbers.getMany(workspaceId, [id]);
    if (!number) throw new Fault('number_missing', { id });
    return number;
  };

  return {
    get,
    list: ({ workspaceId }, page) => store.phoneNumbers.list(workspaceId, page),

    async create(caller, { number, provider, ...changes }) {
      const { workspaceId } = caller;
      await checkReferences(ctx, workspaceId, changes);
      const at = now().toISOString();
      const fields = { ...DEFAULTS, ...changes };
      const created = { workspaceId, id: newId(), number, provider, ...fields, createdAt: at, updatedAt: at };
      const entry = auditEntry(ctx, caller, 'phone_number.created', created.id);
      await refuseTaken('number', () => numbersFor(caller).create(created, entry));
      return created;
    },

    async update(caller, id, changes) {
      // A change of the agent or of the profile alone must fit the stored value of the other.
      const fields = changes.agentId || changes.profileId ? { ...(await get(caller, id)), ...changes } : changes;
      await checkReferences(ctx, caller.workspaceId, fields);
      return updateGuarded(
        now,
        () => get(caller, id),
        (before) => ({ ...before, ...changes }),
        (number, since) =>
          numbersFor(caller).update(number, auditEntry(ctx, caller, 'phone_number.updated', id), since),
      );
    },

    async remove(caller, id) {
      await requireUnused(ctx, caller.workspaceId, id);
      const entry = auditEntry(ctx, caller, 'phone_number.deleted', id);
      if (!(await numbersFor(caller).remove(caller.workspaceId, id, entry))) throw new Fault('number_missing', { id });
    },
  };
}

async function requireUnused({ store }: Context, workspaceId: string, id: string): Promise<void> {
  const { length: count } = await store.agents.findReferring(workspaceId, id);
  if (count === 0) return;
  const agents = count === 1 ? '1 agent' : `${count} agents`;
  const message = `The phone number is still used by ${agents}; remove it from them first.`;
  throw new Fault('in_use', { id, count, message });
}

async function checkReferences(
  { store }: Context,
  workspaceId: string,
  { agentId, profileId, outboundAgentId }: NumberChanges,
): Promise<void> {
  const agent = agentId ? await store.agents.get(workspaceId, agentId) : undefined;
  if (agentId && !agent) throw invalidAt('agentId', 'refers to an agent that does not exist', 'reference');
  if (agent && profileId && !Object.hasOwn(agent.document.profiles, profileId))
    throw invalidAt('profileId', 'is not a profile of that agent', 'reference');
  if (outboundAgentId && !(await store.agents.get(workspaceId, outboundAgentId)))
    throw invalidAt('outboundAgentId', 'refers to an agent that does not exist', 'reference');
}
