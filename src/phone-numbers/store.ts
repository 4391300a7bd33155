/** Phone numbers as rows. An update names the `updatedAt` that was read; if that has changed, nothing is written. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow } from '../db/engine.ts';
import { guardsHeld, inList, type Page, sqlFor, totalOf } from '../db/sql.ts';
import type { PhoneNumber } from './phone-number.ts';

export interface PhoneNumberStore {
  /** Throws `AlreadyThere` where the workspace has the number already. */
  create(number: PhoneNumber, entry: Entry): Promise<void>;
  /** Newest first. */
  list(workspaceId: string, page: Page): Promise<{ items: PhoneNumber[]; total: number }>;
  getMany(workspaceId: string, ids: readonly string[]): Promise<PhoneNumber[]>;
  /** All numbers of a workspace, oldest first. */
  all(workspaceId: string): Promise<PhoneNumber[]>;
  /** In any workspace; of several with the same number, the oldest. */
  findByNumber(number: string): Promise<PhoneNumber | undefined>;
  /** Answers false where the number has changed since `since`. */
  update(number: PhoneNumber, entry: Entry, since: string): Promise<boolean>;
  /** Answers false where there is none. */
  remove(workspaceId: string, id: string, entry: Entry): Promise<boolean>;
}

export function phoneNumberStore(engine: Engine): PhoneNumberStore {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const selectNumbers = (workspaceId: string) =>
    db.selectFrom('phone_numbers').selectAll().where('workspace_id', '=', workspaceId);

  return {
    async create(number, entry) {
      const insert = db.insertInto('phone_numbers').values({
        workspace_id: number.workspaceId,
        id: number.id,
        ...numberColumns(number),
        created_at: number.createdAt,
      });
      await engine.write({ statements: [insert.compile(), record(number.workspaceId, entry)] });
    },

    async list(workspaceId, page) {
      const query = db.selectFrom('phone_numbers').where('workspace_id', '=', workspaceId);
      const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const [rows, counted] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
      ]);
      return { items: rows.map(numberOf), total: totalOf(counted) };
    },

    async getMany(workspaceId, ids) {
      const query = selectNumbers(workspaceId).where('id', 'in', inList(ids));
      return (await engine.read(query.compile())).map(numberOf);
    },

    async all(workspaceId) {
      const query = selectNumbers(workspaceId).orderBy('created_at').orderBy('id');
      return (await engine.read(query.compile())).map(numberOf);
    },

    async findByNumber(number) {
      const query = db.selectFrom('phone_numbers').selectAll().where('number', '=', number);
      const [row] = await engine.read(query.orderBy('created_at').orderBy('id').limit(1).compile());
      return row && numberOf(row);
    },

    async update(number, entry, since) {
      const update = db
        .updateTable('phone_numbers')
        .set(numberColumns(number))
        .where('workspace_id', '=', number.workspaceId)
        .where('id', '=', number.id)
        .where('updated_at', '=', since);
      return guardsHeld(
        await engine.write({ statements: [update.compile(), record(number.workspaceId, entry)], guards: 1 }),
      );
    },

    async remove(workspaceId, id, entry) {
      const remove = db.deleteFrom('phone_numbers').where('workspace_id', '=', workspaceId).where('id', '=', id);
      return guardsHeld(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
    },
  };
}

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
