/** What may be done with avatars, tools, phone numbers and contacts. */
import { Fault, invalid, invalidAt } from '../faults.ts';
import { issuesOf } from '../model/check.ts';
import { type Avatar, type Contact, ContactInput, type PhoneNumber, type Tool, ToolSpec } from '../model/records.ts';
import { isTimeZone } from '../model/text.ts';
import { same } from '../model/values.ts';
import { AlreadyThere } from '../store/engine.ts';
import type { Page } from '../store/records.ts';
import type { AgentService } from './agents.ts';
import type { Caller } from './caller.ts';
import type { House } from './house.ts';

export type RecordServices = ReturnType<typeof recordServices>;

export function recordServices({ store, now, newId }: House, agents: AgentService) {
  const { records } = store;
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

  const avatars = {
    list: ({ workspaceId }: Caller) => records.avatars.list(workspaceId),
    listPublic: () => records.avatars.listPublic(100),

    async get({ workspaceId }: Caller, number: number): Promise<Avatar> {
      const avatar = await records.avatars.getByNumber(workspaceId, number);
      if (!avatar) throw new Fault('avatar_missing', { id: String(number) });
      return avatar;
    },
    create(
      { workspaceId }: Caller,
      input: { name: string; url: string; voiceId?: string | null; favorite?: boolean; public?: boolean },
    ) {
      return records.avatars.create({
        workspaceId,
        id: newId(),
        name: input.name,
        url: input.url,
        voiceId: input.voiceId ?? null,
        favorite: input.favorite ?? false,
        public: input.public ?? false,
        createdAt: at(),
        updatedAt: at(),
      });
    },
    /** In force at once for every agent that wears it. */
    async update(
      caller: Caller,
      number: number,
      changes: Partial<Pick<Avatar, 'name' | 'url' | 'voiceId' | 'favorite' | 'public'>>,
    ): Promise<Avatar> {
      const before = await this.get(caller, number);
      const after = { ...before, ...changes };
      if (same(before, after)) return before;
      const avatar = { ...after, updatedAt: at() };
      if (!(await records.avatars.update(avatar))) throw new Fault('avatar_missing', { id: String(number) });
      return avatar;
    },
    /** Agents that wear it lose it. */
    async remove(caller: Caller, number: number): Promise<void> {
      const avatar = await this.get(caller, number);
      if (!(await records.avatars.remove(caller.workspaceId, avatar.id)))
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
    async create({ workspaceId }: Caller, spec: ToolSpec): Promise<Tool> {
      const issues = issuesOf(ToolSpec, spec);
      if (issues.length > 0) throw invalid(issues);
      const tool = { workspaceId, id: newId(), spec, createdAt: at(), updatedAt: at() };
      await unlessThere('name', () => records.tools.create(tool));
      return tool;
    },
    async update(caller: Caller, id: string, change: (spec: ToolSpec) => ToolSpec): Promise<Tool> {
      const before = await this.get(caller, id);
      const spec = change(before.spec);
      if (same(spec, before.spec)) return before;
      const issues = issuesOf(ToolSpec, spec);
      if (issues.length > 0) throw invalid(issues);
      const tool = { ...before, spec, updatedAt: at() };
      const kept = await unlessThere('name', () => records.tools.update(tool));
      if (!kept) throw new Fault('tool_missing', { id });
      return tool;
    },
    /** Detached from every agent. */
    async remove(caller: Caller, id: string): Promise<void> {
      if (!(await records.tools.remove(caller.workspaceId, id))) throw new Fault('tool_missing', { id });
      await agents.forget(caller, id);
    },
  };

  const phoneNumbers = {
    list: ({ workspaceId }: Caller, page: Page) => records.phoneNumbers.list(workspaceId, page),

    async get({ workspaceId }: Caller, id: string): Promise<PhoneNumber> {
      const [number] = await records.phoneNumbers.some(workspaceId, [id]);
      if (!number) throw new Fault('number_missing', { id });
      return number;
    },
    async create(
      { workspaceId }: Caller,
      input: { number: string; provider: string; label?: string | null; agentId?: string | null },
    ): Promise<PhoneNumber> {
      const { number, provider, label = null, agentId = null } = input;
      if (agentId && !(await store.agents.get(workspaceId, agentId)))
        throw invalidAt('agentId', 'refers to an agent that does not exist', 'reference');
      const kept = { workspaceId, id: newId(), number, provider, label, agentId, createdAt: at(), updatedAt: at() };
      await unlessThere('number', () => records.phoneNumbers.create(kept));
      return kept;
    },
    async update(caller: Caller, id: string, changes: Partial<Pick<PhoneNumber, 'label' | 'agentId'>>) {
      const before = await this.get(caller, id);
      const after = { ...before, ...changes };
      if (same(before, after)) return before;
      if (after.agentId && !(await store.agents.get(caller.workspaceId, after.agentId)))
        throw invalidAt('agentId', 'refers to an agent that does not exist', 'reference');
      const number = { ...after, updatedAt: at() };
      if (!(await records.phoneNumbers.update(number))) throw new Fault('number_missing', { id });
      return number;
    },
    /** Refused while an agent calls from it. */
    async remove({ workspaceId }: Caller, id: string): Promise<void> {
      await inUse(workspaceId, id);
      if (!(await records.phoneNumbers.remove(workspaceId, id))) throw new Fault('number_missing', { id });
    },
  };

  const checkContact = (fields: ContactInput): void => {
    const issues = issuesOf(ContactInput, fields);
    if (fields.timezone && !isTimeZone(fields.timezone))
      issues.push({ path: 'timezone', message: 'must be an IANA time zone', rule: 'format' });
    if (issues.length > 0) throw invalid(issues);
  };

  const contacts = {
    list: ({ workspaceId }: Caller, filter: { search?: string }, page: Page) =>
      records.contacts.list(workspaceId, filter, page),

    async get({ workspaceId }: Caller, id: string): Promise<Contact> {
      const contact = await records.contacts.get(workspaceId, id);
      if (!contact) throw new Fault('contact_missing', { id });
      return contact;
    },
    async create({ workspaceId }: Caller, fields: ContactInput): Promise<Contact> {
      checkContact(fields);
      const contact = { workspaceId, id: newId(), fields, createdAt: at(), updatedAt: at() };
      await records.contacts.create(contact);
      return contact;
    },
    async update(caller: Caller, id: string, change: (fields: ContactInput) => ContactInput): Promise<Contact> {
      const before = await this.get(caller, id);
      const fields = change(before.fields);
      if (same(fields, before.fields)) return before;
      checkContact(fields);
      const contact = { ...before, fields, updatedAt: at() };
      if (!(await records.contacts.update(contact))) throw new Fault('contact_missing', { id });
      return contact;
    },
    async remove({ workspaceId }: Caller, id: string): Promise<void> {
      if (!(await records.contacts.remove(workspaceId, id))) throw new Fault('contact_missing', { id });
    },
  };

  return { avatars, tools, phoneNumbers, contacts };
}
