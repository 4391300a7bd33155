/**
 * Changes of calling rules reach waiting calls. When an audit entry changes the rules of an agent or a workspace, its
 * waiting calls become due again, and the numbers that agents answer are stored, in the transaction of that entry.
 */

import type { ExtraStatements } from '../audit/chain-writer.ts';
import type { Entry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { Statement } from '../db/engine.ts';

const AGENT_FIELDS = ['callSettings', 'telephony', 'status', 'voiceEnabled'];
const WORKSPACE_FIELDS = ['callSettings', 'calling'];
const BY_AGE = { by: 'createdAt', direction: 'asc' } as const;

export function callingRuleChanges({ store, now }: Context): ExtraStatements {
  return async (workspaceId, entries) => {
    const changedAgents = entries.filter(changesAgent);
    const workspaceChanged = entries.some(changesWorkspace);
    if (changedAgents.length === 0 && !workspaceChanged) return [];
    const statements: Statement[] = [];
    const at = now().toISOString();
    if (workspaceChanged) statements.push(store.calls.makeDue(workspaceId, at));
    const existing = distinctTargets(changedAgents.filter(({ action }) => action !== 'agent.created'));
    if (!workspaceChanged && existing.length > 0) statements.push(store.calls.makeDue(workspaceId, at, existing));
    const ids = distinctTargets(changedAgents);
    if (ids.length > 0) {
      const agents = await store.agents.list(workspaceId, { ids }, BY_AGE, { limit: ids.length });
      const numbers = agents.flatMap(({ id, document }) =>
        document.telephony.phoneNumber === undefined ? [] : [[id, document.telephony.phoneNumber] as const],
      );
      statements.push(...store.calls.setAgentNumbers(workspaceId, ids, new Map(numbers), at));
    }
    return statements;
  };
}

/** An agent was created, deleted, or changed in a field that decides about calls. */
function changesAgent({ action, detail }: Entry): boolean {
  if (!action.startsWith('agent.')) return false;
  const { changed } = detail;
  if (!Array.isArray(changed)) return action === 'agent.created' || action === 'agent.deleted';
  return changed.some((path) => AGENT_FIELDS.includes(String(path).split('.')[0] ?? ''));
}

/** The workspace's settings were changed in a field that decides about calls. */
function changesWorkspace({ action, detail }: Entry): boolean {
  if (action !== 'workspace.settings_updated') return false;
  const { changed } = detail;
  return Array.isArray(changed) && changed.some((key) => WORKSPACE_FIELDS.includes(key));
}

const distinctTargets = (entries: readonly Entry[]): string[] => [...new Set(entries.map(({ target }) => target))];
