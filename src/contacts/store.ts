/** The people that a workspace's agents talk to. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { done, folded, holds, type Page, someOf, sqlFor, totalOf } from '../db/sql.ts';
import type { Contact, ContactInput } from './contact.ts';

export interface ContactFilter {
  search?: string;
  /** With one of these. */
  tags?: readonly string[];
  country?: string;
  language?: string;
  hasPhone?: boolean;
}

/** By what two may be taken for the same person. */
export type UniqueField = 'phone' | 'email' | 'whatsappNumber';

/** Rows that one insert carries: both engines count parameters. */
const ROWS = 1000;

export type ContactStore = ReturnType<typeof contactStore>;

export function contactStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const { contactField, contactTags } = ENGINE_FACTS[engine.name];

  return {
    async create(contact: Contact, entry: Entry): Promise<void> {
      await engine.write({ statements: this.creation(contact, entry) });
    },

    /** What puts a new one in and tells the journal of it. */
    creation(contact: Contact, entry: Entry): Statement[] {
      return [...this.insertions([contact]), record(contact.workspaceId, entry)];
    },

    /** All of them, and one row of the journal, or none. */
    async createMany(workspaceId: string, contacts: readonly Contact[], entry: Entry): Promise<void> {
      await engine.write({ statements: [...this.insertions(contacts), record(workspaceId, entry)] });
    },

    /** Who is called so in the caller's own system: of several the one who was there first. */
    async getByExternalId(workspaceId: string, externalId: string): Promise<Contact | undefined> {
      const query = db
        .selectFrom('contacts')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where(sql<boolean>`${sql.raw(contactField('externalId'))} = ${externalId}`)
        .orderBy('created_at')
        .orderBy('id')
        .limit(1);
      const [row] = await engine.read(query.compile());
      return row && contactOf(row);
    },

    /** Which of these values somebody has already. */
    async taken(workspaceId: string, field: UniqueField, values: readonly string[]): Promise<Set<string>> {
      const column = field === 'phone' ? sql.ref<string>('phone') : sql.raw<string>(contactField(field));
      const query = db
        .selectFrom('contacts')
        .select(sql<string>`${column}`.as('value'))
        .where('workspace_id', '=', workspaceId)
        .where(sql<boolean>`${column} in (${sql.join(someOf(values))})`);
      return new Set((await engine.read(query.compile())).map((row) => String(row['value'])));
    },

    async list(workspaceId: string, filter: ContactFilter, page: Page) {
      let query = db.selectFrom('contacts').where('workspace_id', '=', workspaceId);
      if (filter.search) query = query.where(holds('search', filter.search));
      for (const field of ['country', 'language'] as const) {
        const wanted = filter[field];
        if (wanted) query = query.where(sql<boolean>`lower(${sql.raw(contactField(field))}) = ${wanted.toLowerCase()}`);
      }
      if (filter.hasPhone !== undefined) query = query.where('phone', filter.hasPhone ? 'is not' : 'is', null);
      if (filter.tags)
        query = query.where(
          sql<boolean>`exists (${sql.raw(contactTags)} where value in (${sql.join(someOf(filter.tags))}))`,
        );
      const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const [rows, counted] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
      ]);
      return { items: rows.map(contactOf), total: totalOf(counted) };
    },

    async get(workspaceId: string, id: string): Promise<Contact | undefined> {
      const query = db.selectFrom('contacts').selectAll().where('workspace_id', '=', workspaceId).where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && contactOf(row);
    },

    async getMany(workspaceId: string, ids: readonly string[]): Promise<Contact[]> {
      const query = db
        .selectFrom('contacts')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', 'in', someOf(ids));
      return (await engine.read(query.compile())).map(contactOf);
    },

    /** Those who have one of these numbers; of several who share one, each. */
    async withPhones(workspaceId: string, phones: readonly string[]): Promise<Contact[]> {
      const query = db
        .selectFrom('contacts')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('phone', 'in', someOf(phones));
      return (await engine.read(query.orderBy('created_at').orderBy('id').compile())).map(contactOf);
    },

    /** What puts new ones in, for the transaction that they belong to. */
    insertions(contacts: readonly Contact[]): Statement[] {
      const statements: Statement[] = [];
      for (let i = 0; i < contacts.length; i += ROWS)
        statements.push(
          db
            .insertInto('contacts')
            .values(
              contacts.slice(i, i + ROWS).map((contact) => ({
                workspace_id: contact.workspaceId,
                id: contact.id,
                ...contactColumns(contact),
                created_at: contact.createdAt,
              })),
            )
            .compile(),
        );
      return statements;
    },

    async update(contact: Contact, entry: Entry, since: string): Promise<boolean> {
      const update = db
        .updateTable('contacts')
        .set(contactColumns(contact))
        .where('workspace_id', '=', contact.workspaceId)
        .where('id', '=', contact.id)
        .where('updated_at', '=', since);
      return done(
        await engine.write({ statements: [update.compile(), record(contact.workspaceId, entry)], guards: 1 }),
      );
    },

    /** What is remembered of it goes with it. */
    async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db.deleteFrom('contacts').where('workspace_id', '=', workspaceId).where('id', '=', id);
      const memory = db.deleteFrom('memories').where('workspace_id', '=', workspaceId).where('contact_id', '=', id);
      const statements = [remove.compile(), memory.compile(), record(workspaceId, entry)];
      return done(await engine.write({ statements, guards: 1 }));
    },
  };
}

const contactColumns = ({ fields, updatedAt }: Contact) => ({
  phone: fields.phone ?? null,
  search: folded(
    [fields.firstName, fields.lastName, fields.phone, fields.email, fields.company].filter((part) => part).join(' '),
  ),
  fields: JSON.stringify(fields),
  updated_at: updatedAt,
});

const contactOf = (row: ResultRow): Contact => ({
  workspaceId: String(row['workspace_id']),
  id: String(row['id']),
  fields: JSON.parse(String(row['fields'])) as ContactInput,
  createdAt: String(row['created_at']),
  updatedAt: String(row['updated_at']),
});
