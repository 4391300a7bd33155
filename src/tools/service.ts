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

export type ToolService = ReturnType<typeof toolService>;

export function toolService(ctx: Context, agents: Pick<AgentService, 'removeReferences'>) {
  const { store, now, newId } = ctx;
  const kept = (caller: Caller) => storesFor(ctx, caller).tools;
  const at = () => now().toISOString();

  return {
    list: ({ workspaceId }: Caller, filter: { search?: string; kind?: string }, page: Page) =>
      store.tools.list(workspaceId, filter, page),

    async get({ workspaceId }: Caller, id: string): Promise<Tool> {
      const tool = await store.tools.get(workspaceId, id);
      if (!tool) throw new Fault('tool_missing', { id });
      return tool;
    },
    async create(caller: Caller, spec: ToolSpec): Promise<Tool> {
      const issues = issuesOf(ToolSpec, spec);
      if (issues.length > 0) throw invalid(issues);
      const tool = { workspaceId: caller.workspaceId, id: newId(), spec, createdAt: at(), updatedAt: at() };
      const entry = auditEntry(ctx, caller, 'tool.created', tool.id);
      await refuseTaken('name', () => kept(caller).create(tool, entry));
      return tool;
    },
    update(caller: Caller, id: string, change: (spec: ToolSpec) => ToolSpec): Promise<Tool> {
      const changed = (before: Tool): Tool => {
        const spec = change(before.spec);
        const issues = issuesOf(ToolSpec, spec);
        if (issues.length > 0) throw invalid(issues);
        return { ...before, spec };
      };
      return updateGuarded(
        now,
        () => this.get(caller, id),
        changed,
        (tool, since) =>
          refuseTaken('name', () => kept(caller).update(tool, auditEntry(ctx, caller, 'tool.updated', id), since)),
      );
    },
    /** Detached from every agent. */
    async remove(caller: Caller, id: string): Promise<void> {
      const entry = auditEntry(ctx, caller, 'tool.deleted', id);
      if (!(await kept(caller).remove(caller.workspaceId, id, entry))) throw new Fault('tool_missing', { id });
      await agents.removeReferences(caller, id);
    },
  };
}
