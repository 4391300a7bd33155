/** What may be done with tools. */
import type { AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { refuseTaken } from '../db/conflicts.ts';
import type { Page } from '../db/sql.ts';
import { Fault, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { updateGuarded } from '../lib/guarded-update.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import { type Tool, ToolSpec } from './tool.ts';

export interface ToolService {
  /** A page of tools, newest first, with the number of all that the filter finds. */
  list(
    caller: Caller,
    filter: { search?: string; kind?: string },
    page: Page,
  ): Promise<{ items: Tool[]; total: number }>;
  /** A tool of the workspace. Throws `tool_missing`. */
  get(caller: Caller, id: string): Promise<Tool>;
  /** Creates a tool. Throws `invalid_value`, and `already_exists` when another tool has the name. */
  create(caller: Caller, spec: ToolSpec): Promise<Tool>;
  /** Changes a tool. `change` makes the new definition from the stored one and may run more than once. */
  update(caller: Caller, id: string, change: (spec: ToolSpec) => ToolSpec): Promise<Tool>;
  /** Deletes a tool and detaches it from every agent. Throws `tool_missing`. */
  remove(caller: Caller, id: string): Promise<void>;
}

export function toolService(ctx: Context, agents: Pick<AgentService, 'removeReferences'>): ToolService {
  const { store, now, newId } = ctx;
  const writable = (caller: Caller) => storesFor(ctx, caller).tools;
  const get: ToolService['get'] = async ({ workspaceId }, id) => {
    const tool = await store.tools.get(workspaceId, id);
    if (!tool) throw new Fault('tool_missing', { id });
    return tool;
  };

  return {
    list: ({ workspaceId }, filter, page) => store.tools.list(workspaceId, filter, page),
    get,
    async create(caller, spec) {
      requireValid(spec);
      const at = now().toISOString();
      const tool = { workspaceId: caller.workspaceId, id: newId(), spec, createdAt: at, updatedAt: at };
      const entry = auditEntry(ctx, caller, 'tool.created', tool.id);
      await refuseTaken('name', () => writable(caller).create(tool, entry));
      return tool;
    },
    update(caller, id, change) {
      const changed = (before: Tool): Tool => {
        const spec = change(before.spec);
        requireValid(spec);
        return { ...before, spec };
      };
      const save = (tool: Tool, since: string) =>
        refuseTaken('name', () => writable(caller).update(tool, auditEntry(ctx, caller, 'tool.updated', id), since));
      return updateGuarded(now, () => get(caller, id), changed, save);
    },
    async remove(caller, id) {
      const entry = auditEntry(ctx, caller, 'tool.deleted', id);
      if (!(await writable(caller).remove(caller.workspaceId, id, entry))) throw new Fault('tool_missing', { id });
      await agents.removeReferences(caller, id);
    },
  };
}

function requireValid(spec: ToolSpec): void {
  const issues = issuesOf(ToolSpec, spec);
  if (issues.length > 0) throw invalid(issues);
}
