/** Who is asking: what every service is told first. */
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { StoreSet } from '../stores.ts';
import type { DialectName, Key } from './workspace.ts';

export interface Caller {
  workspaceId: string;
  /** What tongues that count owners with integers call the workspace. */
  workspaceNumber: number;
  /** The door it came in by. */
  dialect: DialectName;
  /** A stranger shows no key, and reaches public agents only. */
  kind: Key['kind'] | 'person' | 'stranger';
  /** `key:<id>`, `user:<id>` or `public`: the author of what this caller writes. */
  author: string;
  userId: string | null;
  /** null: everything. */
  scopes: ReadonlySet<string> | null;
  /** The workspaces a partner key may act for. */
  workspaceIds: readonly string[];
  /** What rate limits are counted by. */
  limitKey: string;
  /** On what terms this request writes. */
  writeOptions: WriteOptions;
  /** What this request has written so far. */
  receipts: Receipt[];
  /** The revision of the one agent it was shown. */
  seen?: number;
}

export interface WriteOptions {
  /** The revisions one of which must be the head; `*`: any. */
  ifMatch?: readonly number[] | '*';
  /** A stale revision is no obstacle where both sides touched different fields. */
  merge?: boolean;
  /** Everything but the keeping. */
  dryRun?: boolean;
}

/** What a write did to an agent. */
export interface Receipt {
  agentId: string;
  /** The revision it made; where nothing changed, the one that stays. */
  revision: number;
  /** Places in the hub that moved. */
  changed: string[];
  /** Places that were spoken of and did not move. */
  unchanged: string[];
  /** Conversations under way that keep the revision they began with. */
  liveConversations: number;
}

/** The house itself, where nobody asked. */
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

/** The stores that this caller writes to: a dry run's writes are rolled back. */
export const storesFor = (
  { store }: Pick<Context, 'store'>,
  { writeOptions }: Pick<Caller, 'writeOptions'>,
): StoreSet => (writeOptions.dryRun ? store.dryRun : store);
