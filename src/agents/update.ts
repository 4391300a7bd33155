/**
 * The write path of an agent: read the head, apply and check the edits (pure), then one guarded write. A write that
 * loses to another one reads the new head and tries again.
 */
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { Agent, AgentDocument } from './agent.ts';
import { apply } from './change/apply.ts';
import type { Edit } from './change/edit.ts';
import { refuseMissing } from './find.ts';
import { requireFresh } from './precondition.ts';
import { receiptOf } from './receipt.ts';
import { viewOf } from './references.ts';
import type { Retention } from './retention.ts';
import type { AgentRef } from './store.ts';
import type { ReferenceIds, View } from './view.ts';
import { refuseTakenName, requireValid } from './write-checks.ts';

/** What a caller means to change, as the mapping of a dialect reads it from a request. */
export interface AgentChange {
  /** The references that the mapping needs to read the request; loaded again at every attempt. */
  lookups?: (agent: Agent) => ReferenceIds;
  /** The edits on the head that the view shows. */
  edits: (view: View) => Edit[];
  /** The exact document that the agent must have afterwards. The edits lead there, and none are added. */
  exactDocument?: AgentDocument;
  /** Whether the dialect keeps names unique. */
  uniqueName?: boolean;
  /** The action in the audit log; `agent.updated` by default. */
  action?: string;
}

export interface Updated {
  view: View;
  /** The edits that changed something. Empty when nothing changed: then no revision was written. */
  edits: Edit[];
}

/** What every update needs besides its own arguments. */
export interface UpdateContext {
  ctx: Context;
  settings: Pick<SettingsService, 'demandPrecondition'>;
  pruneRevisions: Retention;
}

/** Attempts of one guarded write before it answers `write_conflict`. */
export const MAX_WRITE_ATTEMPTS = 100;

/** Updates an agent and adds a receipt to the caller. An update that changes nothing writes nothing. */
export async function updateAgent(
  { ctx, settings, pruneRevisions }: UpdateContext,
  caller: Caller,
  ref: AgentRef,
  change: AgentChange,
): Promise<Updated> {
  const { workspaceId } = caller;
  await settings.demandPrecondition(caller);
  for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt += 1) {
    const found = await ctx.store.agents.head(workspaceId, ref);
    const { agent, openConversations } = found ?? (await refuseMissing(ctx, ref));
    const view = await viewOf(ctx, agent, change.lookups);
    const at = ctx.now().toISOString();
    const requested = change.edits(view);
    const { document, edits } = change.exactDocument
      ? { document: change.exactDocument, edits: requested }
      : apply(agent.document, requested, { at, newId: ctx.newId });
    await requireFresh(ctx, agent, edits, caller.writeOptions);
    const receipt = receiptOf(agent, document, requested, edits);
    if (edits.length === 0) {
      caller.receipts.push(receipt);
      return { view, edits };
    }
    await requireValid(ctx, workspaceId, agent.id, agent.document, document);
    const claimsName = (change.uniqueName ?? false) && document.name !== agent.document.name;
    if (claimsName) await refuseTakenName(ctx, workspaceId, document.name, agent.id);
    const detail = { changed: receipt.changed };
    const entry = { ...auditEntry(ctx, caller, change.action ?? 'agent.updated', agent.id, detail), at };
    if (!(await storesFor(ctx, caller).agents.revise(agent, { document, edits, claimsName }, entry))) continue;
    caller.receipts.push({ ...receipt, revision: agent.revision + 1, liveConversations: openConversations });
    if (!caller.writeOptions.dryRun) pruneRevisions(agent, agent.revision + 1);
    const next = { ...agent, document, revision: agent.revision + 1, updatedAt: at };
    return { view: await viewOf(ctx, next, change.lookups), edits };
  }
  throw new Fault('write_conflict');
}
