/** An entry of the audit log: one accepted write, and how its hash continues the chain. */
import { hash as digest } from 'node:crypto';
import type { Context } from '../context.ts';
import type { JsonObject } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';

export interface Entry {
  id: string;
  at: string;
  /** `key:<id>`, `user:<id>` or `system`. */
  by: string;
  /** The dialect of the request. */
  via: string;
  /** The kind of record and what was done to it: `agent.updated`. */
  action: string;
  /** The id of the record. */
  target: string;
  /** The revision that the write made; null for records without revisions. */
  revision: number | null;
  detail: JsonObject;
}

export interface ChainedEntry extends Entry {
  workspaceId: string;
  /** The place in the workspace's chain, from 1 on; null until the entry is chained. */
  seq: number | null;
  hash: string | null;
}

/** The SHA-256 of an entry, in hexadecimal digits: over all of its fields, its place, and the hash before it. */
export function chainHash(previous: string, seq: number, entry: Entry & { workspaceId: string }): string {
  const { workspaceId, id, at, by, via, action, target, revision, detail } = entry;
  const text = JSON.stringify([previous, seq, workspaceId, id, at, by, via, action, target, revision, detail]);
  return digest('sha256', text);
}

/** The entry for a write of a caller. */
export function auditEntry(
  { now, newId }: Pick<Context, 'now' | 'newId'>,
  caller: Pick<Caller, 'author' | 'dialect'>,
  action: string,
  target: string,
  detail: JsonObject = {},
  revision: number | null = null,
): Entry {
  return {
    id: newId(),
    at: now().toISOString(),
    by: caller.author,
    via: caller.dialect,
    action,
    target,
    revision,
    detail,
  };
}
