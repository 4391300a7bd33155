/** Contacts as rows. An update names the `updatedAt` that was read; if that has changed, nothing is written. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import { ENGINE_FACTS, type Engine, type ResultRow, type Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { contains, folded, guardsHeld, inList, type Page, type Sql, sqlFor, totalOf } from '../db/sql.ts';
import type { Contact, ContactInput } from './contact.ts';

export interface ContactFilter {
  /** A part of name, phone, email or company. */
  search?: string;
  /** At least one of these tags. */
  tags?: readonly string[];
  country?: string;
  language?: string;
  hasPhone?: boolean;
}

/** A field whose value identifies a contact. */
export type UniqueField = 'phone' | 'email' | 'whatsappNumber';

export interface ContactStore {
  create(contact: Contact, entry: Entry): Promise<void>;
  /** The statements that insert a contact and its audit entry. */
  creation(contact: Contact, entry: Entry): Statement[];
  /** The statements that insert contacts, for the transaction that creates what they belong to. */
  insertions(contacts: readonly Contact[]): Statement[];
  /** Inserts all contacts with one audit entry, or none. */
  createMany(workspaceId: string, contacts: readonly Contact[], entry: Entry): Promise<void>;
  /** By the id in the client's own system; of several contacts, the oldest. */
  getByExternalId(workspaceId: string, externalId: string): Promise<Contact | undefined>;
  /** The values among these that a contact already has. */
  taken(workspaceId: string, field: UniqueField, values: readonly string[]): Promise<Set<string>>;
  /** Newest first. */
  list(workspaceId: string, filter: ContactFilter, page: Page): Promise<{ items: Contact[]; total: number }>;
  get(workspaceId: string, id: string): Promise<Contact | undefined>;
  getMany(workspaceId: string, ids: readonly string[]): Promise<Contact[]>;
  /** All contacts with one of these numbers, oldest first; a number may have several. */
  withPhones(workspaceId: string, phones: readonly string[]): Promise<Contact[]>;
  /** Answers false where the contact has changed since `since`. */
  update(contact: Contact, entry: Entry, since: string): Promise<boolean>;
  /** Deletes a contact with its memories; answers false where there is none. */
  remove(workspaceId: string, id: string, entry: Entry): Promise<boolean>;
}

/** Rows per insert: both engines limit the parameters of a statement. */
const INSERT_BATCH_SIZE = 1000;

export function contactStore(engine: Engine): ContactStore {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const facts = ENGINE_FACTS[engine.name];
  const selectContacts = (workspaceId: string) =>
    db.selectFrom('contacts').selectAll().where('workspace_id', '=', workspaceId);
  const insertions = (contacts: readonly Contact[]): Statement[] => insertContacts(db, contacts);
  const creation = (contact: Contact, entry: Entry): Statement[] => [
    ...insertions([contact]),
    record(contact.workspaceId, entry),
  ];

  return {
    insertions,
    creation,

    async create(contact, entry) {
      await engine.write({ statements: creation(contact, entry) });
    },

    async createMany(workspaceId, contacts, entry) {
      await engine.write({ statements: [...insertions(contacts), record(workspaceId, entry)] });
    },

    async getByExternalId(workspaceId, externalId) {
      const query = selectContacts(workspaceId)
        .where(sql<boolean>`${sql.raw(facts.contactField('externalId'))} = ${externalId}`)
        .orderBy('created_at')
        .orderBy('id')
        .limit(1);
      const [row] = await engine.read(query.compile());
      return row && contactOf(row);
    },

    async taken(workspaceId, field, values) {
      const column = field === 'phone' ? sql.ref<string>('phone') : sql.raw<string>(facts.contactField(field));
      const query = db
        .selectFrom('contacts')
        .select(sql<string>`${column}`.as('value'))
        .where('workspace_id', '=', workspaceId)
        .where(sql<boolean>`${column} in (${sql.join(inList(values))})`);
      return new Set((await engine.read(query.compile())).map((row) => String(row['value'])));
    },

    async list(workspaceId, filter, page) {
      const query = filtered(db, facts, workspaceId, filter);
      const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const [rows, counted] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
      ]);
      return { items: rows.map(contactOf), total: totalOf(counted) };
    },

    async get(workspaceId, id) {
      const [row] = await engine.read(selectContacts(workspaceId).where('id', '=', id).compile());
      return row && contactOf(row);
    },

    async getMany(workspaceId, ids) {
      const query = selectContacts(workspaceId).where('id', 'in', inList(ids));
      return (await engine.read(query.compile())).map(contactOf);
    },

    async withPhones(workspaceId, phones) {
      const query = selectContacts(workspaceId).where('phone', 'in', inList(phones));
      return (await engine.read(query.orderBy('created_at').orderBy('id').compile())).map(contactOf);
    },

    async update(contact, entry, since) {
      const { workspaceId, id } = contact;
      const update = db
        .updateTable('contacts')
        .set(contactColumns(contact))
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .where('updated_at', '=', since);
      return guardsHeld(await engine.write({ statements: [update.compile(), record(workspaceId, entry)], guards: 1 }));
    },

    async remove(workspaceId, id, entry) {
      const remove = db.deleteFrom('contacts').where('workspace_id', '=', workspaceId).where('id', '=', id);
      const memory = db.deleteFrom('memories').where('workspace_id', '=', workspaceId).where('contact_id', '=', id);
      const statements = [remove.compile(), memory.compile(), record(workspaceId, entry)];
      return guardsHeld(await engine.write({ statements, guards: 1 }));
    },
  };
}

type ContactFacts = Pick<(typeof ENGINE_FACTS)[Engine['name']], 'contactField' | 'contactTags'>;

function filtered(db: Sql, { contactField, contactTags }: ContactFacts, workspaceId: string, filter: ContactFilter) {
  let query = db.selectFrom('contacts').where('workspace_id', '=', workspaceId);
  if (filter.search) query = query.where(contains('search', filter.search));
  for (const field of ['country', 'language'] as const) {
    const value = filter[field];
    if (value) query = query.where(sql<boolean>`lower(${sql.raw(contactField(field))}) = ${value.toLowerCase()}`);
  }
  if (filter.hasPhone !== undefined) query = query.where('phone', filter.hasPhone ? 'is not' : 'is', null);
  if (filter.tags)
    query = query.where(
      sql<boolean>`exists (${sql.raw(contactTags)} where value in (${sql.join(inList(filter.tags))}))`,
    );
  return query;
}

function insertContacts(db: Sql, contacts: readonly Contact[]): Statement[] {
  const statements: Statement[] = [];
  for (let i = 0; i < contacts.length; i += INSERT_BATCH_SIZE) {
    const rows = contacts.slice(i, i + INSERT_BATCH_SIZE).map((contact) => ({
      workspace_id: contact.workspaceId,
      id: contact.id,
      ...contactColumns(contact),
      created_at: contact.createdAt,
    }));
    statements.push(db.insertInto('contacts').values(rows).compile());
  }
  return statements;
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
