/** What may be done with avatars, tools, phone numbers and contacts. */
import { Fault, invalid, invalidAt } from '../faults.ts';
import { issuesOf } from '../model/check.ts';
import { type Avatar, type Contact, ContactInput, type PhoneNumber, type Tool, ToolSpec } from '../model/records.ts';
import { isTimeZone } from '../model/text.ts';
import { same } from '../model/values.ts';
import type { ContactFilter, UniqueField } from '../store/contacts.ts';
import { AlreadyThere } from '../store/engine.ts';
import type { Page } from '../store/records.ts';
import type { AgentService } from './agents.ts';
import type { Caller } from './caller.ts';
import { entryOf, type House, keeping } from './house.ts';
import { phonebook } from './phonebook.ts';

const ATTEMPTS = 50;

export type NumberChanges = Partial<
  Pick<PhoneNumber, 'label' | 'agentId' | 'profileId' | 'outboundAgentId' | 'dailyCap'>
>;

export type RecordServices = ReturnType<typeof recordServices>;

export function recordServices(house: House, agents: AgentService) {
  const { store, now, newId } = house;
  const { records } = store;
  const kept = (caller: Caller) => keeping(house, caller).records;
  const at = () => now().toISOString();

  const unlessThere = async <T>(field: string, write: () => Promise<T>): Promise<T> => {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error;
      throw new Fault('already_exists', { issues: [{ path: field, message: 'is already taken', rule: 'unique' }] });
    }
  };
  const inUse = async (workspaceId: string, id: string): Promise<void> => {
    const holders = await store.agents.mentioning(workspaceId, id);
    if (holders.length > 0)
      throw new Fault('in_use', {
        id,
        count: holders.length,
        message: `It is still in use by ${holders.length} agents.`,
      });
  };

  /**
   * Two who change the same thing at once both get their way: whoever was slower looks again. Times only ever move
   * forward, so that the time of the last change tells one state from another.
   */
  const revised = async <T extends { updatedAt: string }>(
    get: () => Promise<T>,
    change: (before: T) => T,
    keep: (after: T, since: string) => Promise<boolean>,
  ): Promise<T> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await get();
      const changed = change(before);
      if (same(before, changed)) return before;
      const time = Math.max(now().getTime(), Date.parse(before.updatedAt) + 1);
      const after = { ...changed, updatedAt: new Date(time).toISOString() };
      if (await keep(after, before.updatedAt)) return after;
    }
    throw new Fault('write_conflict');
  };

  const avatars = {
    list: ({ workspaceId }: Caller) => records.avatars.list(workspaceId),
    listPublic: () => records.avatars.listPublic(100),

    async get({ workspaceId }: Caller, number: number): Promise<Avatar> {
      const avatar = await records.avatars.getByNumber(workspaceId, number);
      if (!avatar) throw new Fault('avatar_missing', { id: String(number) });
      return avatar;
    },
    create(
      caller: Caller,
      input: { name: string; url: string; voiceId?: string | null; favorite?: boolean; public?: boolean },
    ) {
      const id = newId();
      const avatar = {
        workspaceId: caller.workspaceId,
        id,
        name: input.name,
        url: input.url,
        voiceId: input.voiceId ?? null,
        favorite: input.favorite ?? false,
        public: input.public ?? false,
        createdAt: at(),
        updatedAt: at(),
      };
      return kept(caller).avatars.create(avatar, entryOf(house, caller, 'avatar.created', id));
    },
    /** In force at once for every agent that wears it. */
    update(
      caller: Caller,
      number: number,
      changes: Partial<Pick<Avatar, 'name' | 'url' | 'voiceId' | 'favorite' | 'public'>>,
    ): Promise<Avatar> {
      return revised(
        () => this.get(caller, number),
        (before) => ({ ...before, ...changes }),
        (avatar, since) =>
          kept(caller).avatars.update(avatar, entryOf(house, caller, 'avatar.updated', avatar.id), since),
      );
    },
    /** Agents that wear it lose it. */
    async remove(caller: Caller, number: number): Promise<void> {
      const avatar = await this.get(caller, number);
      const entry = entryOf(house, caller, 'avatar.deleted', avatar.id);
      if (!(await kept(caller).avatars.remove(caller.workspaceId, avatar.id, entry)))
        throw new Fault('avatar_missing', { id: String(number) });
      await agents.forget(caller, avatar.id);
    },
  };

  const tools = {
    list: ({ workspaceId }: Caller, filter: { search?: string; kind?: string }, page: Page) =>
      records.tools.list(workspaceId, filter, page),

    async get({ workspaceId }: Caller, id: string): Promise<Tool> {
      const tool = await records.tools.get(workspaceId, id);
      if (!tool) throw new Fault('tool_missing', { id });
      return tool;
    },
    async create(caller: Caller, spec: ToolSpec): Promise<Tool> {
      const issues = issuesOf(ToolSpec, spec);
      if (issues.length > 0) throw invalid(issues);
      const tool = { workspaceId: caller.workspaceId, id: newId(), spec, createdAt: at(), updatedAt: at() };
      const entry = entryOf(house, caller, 'tool.created', tool.id);
      await unlessThere('name', () => kept(caller).tools.create(tool, entry));
      return tool;
    },
    update(caller: Caller, id: string, change: (spec: ToolSpec) => ToolSpec): Promise<Tool> {
      const changed = (before: Tool): Tool => {
        const spec = change(before.spec);
        const issues = issuesOf(ToolSpec, spec);
        if (issues.length > 0) throw invalid(issues);
        return { ...before, spec };
      };
      return revised(
        () => this.get(caller, id),
        changed,
        (tool, since) =>
          unlessThere('name', () => kept(caller).tools.update(tool, entryOf(house, caller, 'tool.updated', id), since)),
      );
    },
    /** Detached from every agent. */
    async remove(caller: Caller, id: string): Promise<void> {
      const entry = entryOf(house, caller, 'tool.deleted', id);
      if (!(await kept(caller).tools.remove(caller.workspaceId, id, entry))) throw new Fault('tool_missing', { id });
      await agents.forget(caller, id);
    },
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

  const phoneNumbers = {
    list: ({ workspaceId }: Caller, page: Page) => records.phoneNumbers.list(workspaceId, page),

    async get({ workspaceId }: Caller, id: string): Promise<PhoneNumber> {
      const [number] = await records.phoneNumbers.some(workspaceId, [id]);
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
      const entry = entryOf(house, caller, 'phone_number.created', fresh.id);
      await unlessThere('number', () => kept(caller).phoneNumbers.create(fresh, entry));
      return fresh;
    },
    async update(caller: Caller, id: string, changes: NumberChanges) {
      const { agentId, profileId } = changes;
      // Half of the pair may be said: it must fit the other half as it stands.
      const whole = agentId || profileId ? { ...(await this.get(caller, id)), ...changes } : changes;
      await judgeNumber(caller.workspaceId, whole);
      return revised(
        () => this.get(caller, id),
        (before) => ({ ...before, ...changes }),
        (number, since) =>
          kept(caller).phoneNumbers.update(number, entryOf(house, caller, 'phone_number.updated', id), since),
      );
    },
    /** Refused while an agent calls from it. */
    async remove(caller: Caller, id: string): Promise<void> {
      await inUse(caller.workspaceId, id);
      const entry = entryOf(house, caller, 'phone_number.deleted', id);
      if (!(await kept(caller).phoneNumbers.remove(caller.workspaceId, id, entry)))
        throw new Fault('number_missing', { id });
    },
  };

  const checkContact = (fields: ContactInput): void => {
    const issues = issuesOf(ContactInput, fields);
    if (fields.timezone && !isTimeZone(fields.timezone))
      issues.push({ path: 'timezone', message: 'must be an IANA time zone', rule: 'format' });
    if (issues.length > 0) throw invalid(issues);
  };

  const contacts = {
    list: ({ workspaceId }: Caller, filter: ContactFilter, page: Page) =>
      records.contacts.list(workspaceId, filter, page),

    async get({ workspaceId }: Caller, id: string): Promise<Contact> {
      const contact = await records.contacts.get(workspaceId, id);
      if (!contact) throw new Fault('contact_missing', { id });
      return contact;
    },
    async create(caller: Caller, fields: ContactInput): Promise<Contact> {
      checkContact(fields);
      const contact = { workspaceId: caller.workspaceId, id: newId(), fields, createdAt: at(), updatedAt: at() };
      await kept(caller).contacts.create(contact, entryOf(house, caller, 'contact.created', contact.id));
      return contact;
    },
    /** With numbers that can be dialled, and what they tell of where somebody is. */
    complete: phonebook(),
    /** Which of these values somebody has already. */
    taken: ({ workspaceId }: Caller, field: UniqueField, values: readonly string[]): Promise<Set<string>> =>
      records.contacts.taken(workspaceId, field, values),
    /** All of them or none. */
    async createMany(caller: Caller, people: readonly ContactInput[]): Promise<void> {
      for (const fields of people) checkContact(fields);
      if (people.length === 0) return;
      const { workspaceId } = caller;
      const time = at();
      const fresh = people.map((fields) => ({ workspaceId, id: newId(), fields, createdAt: time, updatedAt: time }));
      const entry = entryOf(house, caller, 'contacts.created', workspaceId, { count: fresh.length });
      await kept(caller).contacts.createMany(workspaceId, fresh, entry);
    },
    update(caller: Caller, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact> {
      const changed = (before: Contact): Contact => {
        const fields = change(before.fields);
        checkContact(fields);
        return { ...before, fields };
      };
      return revised(
        () => this.get(caller, id),
        changed,
        (contact, since) => kept(caller).contacts.update(contact, entryOf(house, caller, 'contact.updated', id), since),
      );
    },
    async remove(caller: Caller, id: string): Promise<void> {
      const entry = entryOf(house, caller, 'contact.deleted', id);
      if (!(await kept(caller).contacts.remove(caller.workspaceId, id, entry)))
        throw new Fault('contact_missing', { id });
    },
  };

  return { avatars, tools, phoneNumbers, contacts };
}
