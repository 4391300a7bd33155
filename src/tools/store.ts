/** The rows of tools. An update names the `updatedAt` that it read, and writes nothing if the row has changed since. */
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow } from '../db/engine.ts';
import { contains, folded, guardsHeld, inList, type Page, sqlFor, totalOf } from '../db/sql.ts';
import type { Tool, ToolSpec } from './tool.ts';

export type ToolStore = ReturnType<typeof toolStore>;

export function toolStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  return {
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
      if (filter.search) query = query.where(contains('folded_name', filter.search));
      if (filter.kind) query = query.where('kind', '=', filter.kind);
      const items = query.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
      const [rows, counted] = await Promise.all([
        engine.read(items.limit(page.limit).offset(page.offset).compile()),
        engine.read(query.select((eb) => eb.fn.countAll().as('total')).compile()),
      ]);
      return { items: rows.map(toolOf), total: totalOf(counted) };
    },

    async get(workspaceId: string, id: string): Promise<Tool | undefined> {
      return (await this.getMany(workspaceId, [id]))[0];
    },

    async getMany(workspaceId: string, ids: readonly string[]): Promise<Tool[]> {
      const query = db
        .selectFrom('tools')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', 'in', inList(ids));
      return (await engine.read(query.compile())).map(toolOf);
    },

    async findByNames(workspaceId: string, names: readonly string[]): Promise<Tool[]> {
      const query = db
        .selectFrom('tools')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('name', 'in', inList(names));
      return (await engine.read(query.compile())).map(toolOf);
    },

    /** Answers false, and writes nothing, when the tool has changed since. */
    async update(tool: Tool, entry: Entry, since: string): Promise<boolean> {
      const update = db
        .updateTable('tools')
        .set(toolColumns(tool))
        .where('workspace_id', '=', tool.workspaceId)
        .where('id', '=', tool.id)
        .where('updated_at', '=', since);
      return guardsHeld(
        await engine.write({ statements: [update.compile(), record(tool.workspaceId, entry)], guards: 1 }),
      );
    },

    async remove(workspaceId: string, id: string, entry: Entry): Promise<boolean> {
      const remove = db.deleteFrom('tools').where('workspace_id', '=', workspaceId).where('id', '=', id);
      return guardsHeld(await engine.write({ statements: [remove.compile(), record(workspaceId, entry)], guards: 1 }));
    },
  };
}

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
