/**
 * Calls follow their rules: when the journal says that an agent or a workspace has changed how it calls, those that wait
 * are thought about again, and the numbers that agents answer are kept. Written in the transaction that seals the entry.
 */

import type { ExtraStatements } from '../audit/chain-writer.ts';
import type { Context } from '../context.ts';
import type { Statement } from '../db/engine.ts';
import { isObject } from '../lib/values.ts';

const GROUPS = ['callSettings', 'telephony', 'status', 'voiceEnabled'];

export function callRules({ store, now }: Context): ExtraStatements {
  return async (workspaceId, entries) => {
    const agents = entries.filter(({ action }) => action.startsWith('agent.'));
    const changed = agents.filter(({ action, detail }) => {
      const places = detail['changed'];
      if (!Array.isArray(places)) return action === 'agent.created' || action === 'agent.deleted';
      return places.some((place) => GROUPS.includes(String(place).split('.')[0]!));
    });
    const everybody = entries.some(
      ({ action, detail }) => action === 'workspace.settings_updated' && isObject(detail) && saysHow(detail['changed']),
    );
    if (changed.length === 0 && !everybody) return [];
    const statements: Statement[] = [];
    const at = now().toISOString();
    const ids = [...new Set(changed.map(({ target }) => target))];
    if (everybody) statements.push(store.calls.reconsider(workspaceId, at));
    const known = changed.filter(({ action }) => action !== 'agent.created').map(({ target }) => target);
    if (!everybody && known.length > 0) statements.push(store.calls.reconsider(workspaceId, at, [...new Set(known)]));
    if (ids.length > 0) {
      const order = { by: 'createdAt', direction: 'asc' } as const;
      const heads = await store.agents.list(workspaceId, { ids }, order, { limit: ids.length });
      const numbers = heads.flatMap(({ id, document }) =>
        document.telephony.phoneNumber === undefined ? [] : [[id, document.telephony.phoneNumber] as const],
      );
      statements.push(...store.calls.follow(workspaceId, ids, new Map(numbers), at));
    }
    return statements;
  };
}

const saysHow = (changed: unknown): boolean =>
  Array.isArray(changed) && changed.some((key) => key === 'callSettings' || key === 'calling');
