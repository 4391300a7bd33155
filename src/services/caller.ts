/** Who is asking: what every service is told first. */
import { Fault } from '../faults.ts';
import type { DialectName, Key } from '../model/records.ts';

export interface Caller {
  workspaceId: string;
  /** What tongues that count owners with integers call the workspace. */
  workspaceNumber: number;
  dialect: DialectName;
  kind: Key['kind'] | 'person';
  /** `key:<id>` or `user:<id>`: the author of what this caller writes. */
  author: string;
  userId: string | null;
  /** null: everything. */
  scopes: ReadonlySet<string> | null;
  /** The workspaces a partner key may act for. */
  workspaceIds: readonly string[];
  /** What rate limits are counted by. */
  limitKey: string;
}

/** Scopes as the tongues write them, `agents:write` or `write:agents`, in one spelling. */
export function normalScope(scope: string): string {
  const [first = '', second = ''] = scope.split(':');
  return /^(read|write|delete|manage)$/.test(first) ? `${second}:${first}` : scope;
}

/** `agents:write`, or several of which one is enough: `agents:manage|agents:delete`. */
export function requireScope(caller: Caller, wanted: string): void {
  const { scopes } = caller;
  if (scopes === null) return;
  const choices = wanted.split('|');
  if (choices.some((choice) => scopes.has(choice) || scopes.has(`${choice.split(':')[0]}:*`))) return;
  throw new Fault('scope_missing', { scope: choices[0]! });
}
