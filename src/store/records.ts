/** What a workspace keeps beside its agents: avatars, tools, phone numbers, contacts. */

import type { Entry } from '../model/journal.ts';
import type { Avatar, PhoneNumber, Tool, ToolSpec } from '../model/records.ts';
import { contactRecords, type Page } from './contacts.ts';
import type { Engine, ResultRow } from './engine.ts';
import { recorder } from './journal.ts';
import { sql } from './kysely.ts';
import { folded, holds, someOf, sqlFor } from './sql.ts';

export type { Page } from './contacts.ts';

export type RecordStore = ReturnType<typeof recordStore>;

const total = (rows: ResultRow[]): number => Number(rows[0]?.['total'] ?? 0);

export function recordStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const done = (rows: ResultRow[][] | null): boolean => rows !== null;

  /** Every update says since when what it changes has stood; if that is no longer so, nothing is done. */
  return {
    avatars: {
      async create(avatar: Omit<Avatar, 'number'>, entry: Entry): Promise<Avatar> {
        const insert = db
          .insertInto('avatars')
          .values({
            workspace_id: avatar.workspaceId,
            id: avatar.id,
            ...avatarColumns(avatar),
            created_at: avatar.createdAt,
          })
          .returningAll();
        const rows = await engine.write({ statements: [insert.compile(), record(avatar.workspaceId, entry)] });
        return avatarOf(rows![0]![0]!);
      },

      async list(workspaceId: string): Promise<Avatar[]> {
        const query = db
          .selectFrom('avatars')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .orderBy('created_at', 'desc')
          .orderBy('number', 'desc');
        return (await engine.read(query.compile())).map(avatarOf);
      },

      async listPublic(limit: number): Promise<Avatar[]> {
        const query = db
          .selectFrom('avatars')
          .selectAll()
          .where('public', '=', 1)
          .orderBy('created_at', 'desc')
          .orderBy('number', 'desc')
          .limit(limit);
        return (await engine.read(query.compile())).map(avatarOf);
      },

      /** The workspace's own. */
      async getByNumber(workspaceId: string, number: number): Promise<Avatar | undefined> {
        const query = db
          .selectFrom('avatars')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('number', '=', number);
        const [row] = await engine.read(query.compile());
        return row && avatarOf(row);
      },

      /** Those of the named ones that the workspace may wear: its own and the public ones. */
      async wearable(workspaceId: string, ids: readonly string[], numbers: readonly number[]): Promise<Avatar[]> {
        const query = db
          .selectFrom('avatars')
          .selectAll()
          .where((eb) => eb.or([eb('id', 'in', someOf(ids)), eb('number', 'in', numbers.length > 0 ? numbers : [-1])]))
          .where((eb) => eb.or([eb('workspace_id', '=', workspaceId), eb('public', '=', 1)]));
        return (await engine.read(query.compile())).map(avatarOf);
      },

      async update(avatar: Avatar, entry: Entry, since: string): Promise<boolean> {
        const update = db
          .updateTable('avatars')
          .set(avatarColumns(avatar))
          .where('workspace_id', '=', avatar.workspaceId)
          .where('id', '=', avatar.id)
          .where('updated_at', '=', since);
        return done(
          await engine.write({ statements: [update.compile(), record(avatar.workspaceId, entry)], guards: 1 }),
        );
      },

      async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
        const remove = db.deleteFrom('avatars').where('workspace_id', '=', workspaceId).where('id', '=', id);
        return done(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
      },
    },

    tools: {
      async create(tool: Tool, entry: Entry): Promise<void> {
        const insert = db.insertInto('tools').values({
          workspace_id: tool.workspaceId,
          id: tool.id,
          ...toolColumns(tool),
          created_at: tool.createdAt,
        });
        await engine.write({ statements: [insert.compile(), record(tool.workspaceId, entry)] });
      },

      async list(workspaceId: string, filter: { search?: string; kind?: string }, page: Page) {
        let query = db.selectFrom('tools').where('workspace_id', '=', workspaceId);
        if (filter.search) query = query.where(holds('folded_name', filter.search));
        if (filter.kind) query = query.where('kind', '=', filter.kind);
        const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
        const [rows, counted] = await Promise.all([
          engine.read(items.limit(page.limit).offset(page.offset).compile()),
          engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
        ]);
        return { items: rows.map(toolOf), total: total(counted) };
      },

      async get(workspaceId: string, id: string): Promise<Tool | undefined> {
        return (await this.some(workspaceId, [id]))[0];
      },

      async some(workspaceId: string, ids: readonly string[]): Promise<Tool[]> {
        const query = db
          .selectFrom('tools')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('id', 'in', someOf(ids));
        return (await engine.read(query.compile())).map(toolOf);
      },

      async named(workspaceId: string, names: readonly string[]): Promise<Tool[]> {
        const query = db
          .selectFrom('tools')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('name', 'in', someOf(names));
        return (await engine.read(query.compile())).map(toolOf);
      },

      async update(tool: Tool, entry: Entry, since: string): Promise<boolean> {
        const update = db
          .updateTable('tools')
          .set(toolColumns(tool))
          .where('workspace_id', '=', tool.workspaceId)
          .where('id', '=', tool.id)
          .where('updated_at', '=', since);
        return done(await engine.write({ statements: [update.compile(), record(tool.workspaceId, entry)], guards: 1 }));
      },

      async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
        const remove = db.deleteFrom('tools').where('workspace_id', '=', workspaceId).where('id', '=', id);
        return done(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
      },
    },

    phoneNumbers: {
      async create(number: PhoneNumber, entry: Entry): Promise<void> {
        const insert = db.insertInto('phone_numbers').values({
          workspace_id: number.workspaceId,
          id: number.id,
          ...numberColumns(number),
          created_at: number.createdAt,
        });
        await engine.write({ statements: [insert.compile(), record(number.workspaceId, entry)] });
      },

      async list(workspaceId: string, page: Page) {
        const query = db.selectFrom('phone_numbers').where('workspace_id', '=', workspaceId);
        const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
        const [rows, counted] = await Promise.all([
          engine.read(items.limit(page.limit).offset(page.offset).compile()),
          engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
        ]);
        return { items: rows.map(numberOf), total: total(counted) };
      },

      async some(workspaceId: string, ids: readonly string[]): Promise<PhoneNumber[]> {
        const query = db
          .selectFrom('phone_numbers')
          .selectAll()
          .where('workspace_id', '=', workspaceId)
          .where('id', 'in', someOf(ids));
        return (await engine.read(query.compile())).map(numberOf);
      },

      /** Everything that a workspace may call from, oldest first. */
      async all(workspaceId: string): Promise<PhoneNumber[]> {
        const query = db.selectFrom('phone_numbers').selectAll().where('workspace_id', '=', workspaceId);
        return (await engine.read(query.orderBy('created_at').orderBy('id').compile())).map(numberOf);
      },

      /** Whose it is: of several workspaces that name the same number, the first. */
      async named(number: string): Promise<PhoneNumber | undefined> {
        const query = db.selectFrom('phone_numbers').selectAll().where('number', '=', number);
        const [row] = await engine.read(query.orderBy('created_at').orderBy('id').limit(1).compile());
        return row && numberOf(row);
      },

      async update(number: PhoneNumber, entry: Entry, since: string): Promise<boolean> {
        const update = db
          .updateTable('phone_numbers')
          .set(numberColumns(number))
          .where('workspace_id', '=', number.workspaceId)
          .where('id', '=', number.id)
          .where('updated_at', '=', since);
        return done(
          await engine.write({ statements: [update.compile(), record(number.workspaceId, entry)], guards: 1 }),
        );
      },

      async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
        const remove = db.deleteFrom('phone_numbers').where('workspace_id', '=', workspaceId).where('id', '=', id);
        return done(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
      },
    },

    contacts: contactRecords(engine),

    /** The cheapest question there is: can the database answer? */
    async ping(): Promise<void> {
      await engine.read(sql`select 1 as one`.compile(db));
    },
  };
}

const avatarColumns = (avatar: Omit<Avatar, 'number'>) => ({
  name: avatar.name,
  url: avatar.url,
  voice_id: avatar.voiceId,
  favorite: avatar.favorite ? 1 : 0,
  public: avatar.public ? 1 : 0,
  updated_at: avatar.updatedAt,
});

const avatarOf = (row: ResultRow): Avatar => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  number: Number(row['number']),
  name: String(row['name']),
  url: String(row['url']),
  voiceId: row['voice_id'] as string | null,
  favorite: Number(row['favorite']) === 1,
  public: Number(row['public']) === 1,
  createdAt: String(row['created_at']),
  updatedAt: String(row['updated_at']),
});

const toolColumns = ({ spec, updatedAt }: Tool) => ({
  name: spec.name,
  folded_name: folded(spec.name),
  kind: spec.kind ?? null,
  spec: JSON.stringify(spec),
  updated_at: updatedAt,
});

const toolOf = (row: ResultRow): Tool => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  spec: JSON.parse(String(row['spec'])) as ToolSpec,
  createdAt: String(row['created_at']),
  updatedAt: String(row['updated_at']),
});

const numberColumns = (number: PhoneNumber) => ({
  number: number.number,
  provider: number.provider,
  label: number.label,
  agent_id: number.agentId,
  profile_id: number.profileId,
  outbound_agent_id: number.outboundAgentId,
  daily_cap: number.dailyCap,
  updated_at: number.updatedAt,
});

const numberOf = (row: ResultRow): PhoneNumber => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  number: String(row['number']),
  provider: String(row['provider']),
  label: row['label'] as string | null,
  agentId: row['agent_id'] as string | null,
  profileId: row['profile_id'] as string | null,
  outboundAgentId: row['outbound_agent_id'] as string | null,
  dailyCap: row['daily_cap'] === null ? null : Number(row['daily_cap']),
  createdAt: String(row['created_at']),
  updatedAt: String(row['updated_at']),
});
