/** What may be done with phone numbers. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { refuseTaken } from '../db/conflicts.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalidAt } from '../faults.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { PhoneNumber } from './phone-number.ts';

export type NumberChanges = Partial<
  Pick<PhoneNumber, 'label' | 'agentId' | 'profileId' | 'outboundAgentId' | 'dailyCap'>
>;

export type PhoneNumberService = ReturnType<typeof phoneNumberService>;

export function phoneNumberService(ctx: Context) {
  const { store, now, newId } = ctx;
  const kept = (caller: Caller) => storesFor(ctx, caller).phoneNumbers;
  const at = () => now().toISOString();

  const inUse = async (workspaceId: string, id: string): Promise<void> => {
    const holders = await store.agents.findReferring(workspaceId, id);
    if (holders.length > 0)
      throw new Fault('in_use', {
        id,
        count: holders.length,
        message: `It is still in use by ${holders.length} agents.`,
      });
  };

  /** Who answers a number must be there, and be able to speak as it is asked to. */
  const judgeNumber = async (
    workspaceId: string,
    { agentId, profileId, outboundAgentId }: NumberChanges,
  ): Promise<void> => {
    const agent = agentId ? await store.agents.get(workspaceId, agentId) : undefined;
    if (agentId && !agent) throw invalidAt('agentId', 'refers to an agent that does not exist', 'reference');
    if (agent && profileId && !Object.hasOwn(agent.document.profiles, profileId))
      throw invalidAt('profileId', 'is not a profile of that agent', 'reference');
    if (outboundAgentId && !(await store.agents.get(workspaceId, outboundAgentId)))
      throw invalidAt('outboundAgentId', 'refers to an agent that does not exist', 'reference');
  };

  return {
    list: ({ workspaceId }: Caller, page: Page) => store.phoneNumbers.list(workspaceId, page),

    async get({ workspaceId }: Caller, id: string): Promise<PhoneNumber> {
      const [number] = await store.phoneNumbers.getMany(workspaceId, [id]);
      if (!number) throw new Fault('number_missing', { id });
      return number;
    },
    async create(
      caller: Caller,
      input: Pick<PhoneNumber, 'number' | 'provider'> & NumberChanges,
    ): Promise<PhoneNumber> {
      const { workspaceId } = caller;
      const { number, provider, ...rest } = input;
      await judgeNumber(workspaceId, rest);
      const said = { label: null, agentId: null, profileId: null, outboundAgentId: null, dailyCap: null, ...rest };
      const fresh = { workspaceId, id: newId(), number, provider, ...said, createdAt: at(), updatedAt: at() };
      const entry = auditEntry(ctx, caller, 'phone_number.created', fresh.id);
      await refuseTaken('number', () => kept(caller).create(fresh, entry));
      return fresh;
    },
    async update(caller: Caller, id: string, changes: NumberChanges) {
      const { agentId, profileId } = changes;
      // Half of the pair may be said: it must fit the other half as it stands.
      const whole = agentId || profileId ? { ...(await this.get(caller, id)), ...changes } : changes;
      await judgeNumber(caller.workspaceId, whole);
      return updateGuarded(
        now,
        () => this.get(caller, id),
        (before) => ({ ...before, ...changes }),
        (number, since) => kept(caller).update(number, auditEntry(ctx, caller, 'phone_number.updated', id), since),
      );
    },
    /** Refused while an agent calls from it. */
    async remove(caller: Caller, id: string): Promise<void> {
      await inUse(caller.workspaceId, id);
      const entry = auditEntry(ctx, caller, 'phone_number.deleted', id);
      if (!(await kept(caller).remove(caller.workspaceId, id, entry))) throw new Fault('number_missing', { id });
    },
  };
}
