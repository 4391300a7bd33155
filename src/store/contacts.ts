/** The people that a workspace's agents talk to. */
import type { Entry } from '../model/journal.ts';
import type { Contact, ContactInput } from '../model/records.ts';
import type { Engine, ResultRow, Statement } from './engine.ts';
import { recorder } from './journal.ts';
import { folded, holds, someOf, sqlFor } from './sql.ts';

export interface Page {
  limit: number;
  offset: number;
}

/** Rows that one insert carries: both engines count parameters. */
const ROWS = 1000;

export function contactRecords(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const done = (rows: ResultRow[][] | null): boolean => rows !== null;
  const total = (rows: ResultRow[]): number => Number(rows[0]?.['total'] ?? 0);

  return {
    async create(contact: Contact, entry: Entry): Promise<void> {
      const insert = db.insertInto('contacts').values({
        workspace_id: contact.workspaceId,
        id: contact.id,
        ...contactColumns(contact),
        created_at: contact.createdAt,
      });
      await engine.write({ statements: [insert.compile(), record(contact.workspaceId, entry)] });
    },

    async list(workspaceId: string, filter: { search?: string }, page: Page) {
      let query = db.selectFrom('contacts').where('workspace_id', '=', workspaceId);
      if (filter.search) query = query.where(holds('search', filter.search));
      const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const [rows, counted] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
      ]);
      return { items: rows.map(contactOf), total: total(counted) };
    },

    async get(workspaceId: string, id: string): Promise<Contact | undefined> {
      const query = db.selectFrom('contacts').selectAll().where('workspace_id', '=', workspaceId).where('id', '=', id);
      const [row] = await engine.read(query.compile());
      return row && contactOf(row);
    },

    async some(workspaceId: string, ids: readonly string[]): Promise<Contact[]> {
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
