/** The caller of a request: the first argument of most service methods. */
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { StoreSet } from '../stores.ts';
import type { DialectName, Key } from './workspace.ts';

export interface Caller {
  workspaceId: string;
  /** The number of the workspace, for dialects that count owners with integers. */
  workspaceNumber: number;
  /** The dialect of the request. */
  dialect: DialectName;
  /** A `person` has logged in. A `stranger` sends no key and reaches public agents only. */
  kind: Key['kind'] | 'person' | 'stranger';
  /** `key:<id>`, `user:<id>` or `public`: the author of the caller's writes in the audit log. */
  author: string;
  userId: string | null;
  /** What the caller may do; null means everything. */
  scopes: ReadonlySet<string> | null;
  /** The workspaces a partner key may act for. */
  workspaceIds: readonly string[];
  /** Requests with the same value share a rate limit. */
  limitKey: string;
  writeOptions: WriteOptions;
  /** The writes of this request so far. */
  receipts: Receipt[];
  /** The revision of the one agent that the answer holds, for its ETag. */
  shownRevision?: number;
}

/** The headers of a request that change how it writes. */
export interface WriteOptions {
  /** `If-Match`: the head must be one of these revisions; `*` allows any. */
  ifMatch?: readonly number[] | '*';
  /** `Prefer: merge`: a stale revision is allowed when both sides changed different fields. */
  merge?: boolean;
  /** `Parlance-Dry-Run`: do everything, then roll back. */
  dryRun?: boolean;
}

/** What a write did to an agent. All paths are paths of the agent document. */
export interface Receipt {
  agentId: string;
  /** The revision after the write; the same as before when nothing changed. */
  revision: number;
  /** Paths whose value changed. */
  changed: string[];
  /** Paths that the request named and whose value stayed. */
  unchanged: string[];
  /** Open conversations that continue on the revision they started with. */
  liveConversations: number;
}

/** The server itself as a caller, for work that no request asked for. */
export function systemCaller(workspace: { id: string; number: number }): Caller {
  return {
    workspaceId: workspace.id,
    workspaceNumber: workspace.number,
    dialect: 'native',
    kind: 'operator',
    author: 'system',
    userId: null,
    scopes: null,
    workspaceIds: [],
    limitKey: 'system',
    writeOptions: {},
    receipts: [],
  };
}

/** A scope in the order `agents:write`; some dialects write `write:agents`. */
export function normalizeScope(scope: string): string {
  const [first = '', second = ''] = scope.split(':');
  return /^(read|write|delete|manage)$/.test(first) ? `${second}:${first}` : scope;
}

/** Throws `scope_missing` unless the caller has the scope, or one of several: `agents:manage|agents:delete`. */
export function requireScope(caller: Caller, scope: string): void {
  const { scopes } = caller;
  if (scopes === null) return;
  const choices = scope.split('|');
  if (choices.some((choice) => scopes.has(choice) || scopes.has(`${choice.split(':')[0]}:*`))) return;
  throw new Fault('scope_missing', { scope: choices[0]! });
}

/** The stores for the caller's writes. Those of a dry run roll every write back. */
export const storesFor = (
  { store }: Pick<Context, 'store'>,
  { writeOptions }: Pick<Caller, 'writeOptions'>,
): StoreSet => (writeOptions.dryRun ? store.dryRun : store);
