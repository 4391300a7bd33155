/** What the journal says of an accepted write, and how its rows are chained. */
import { hash as digest } from 'node:crypto';
import type { Context } from '../context.ts';
import type { JsonObject } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';

export interface Entry {
  id: string;
  at: string;
  /** `key:<id>`, `user:<id>` or `system`. */
  by: string;
  /** The tongue it was said in. */
  via: string;
  /** What was done to what kind of thing: `agent.updated`. */
  action: string;
  /** The id of that thing. */
  target: string;
  /** The revision it made, where the thing has revisions. */
  revision: number | null;
  detail: JsonObject;
}

export interface ChainedEntry extends Entry {
  workspaceId: string;
  /** Its place in the workspace's chain; null until it is sealed. */
  seq: number | null;
  hash: string | null;
}

/** The seal of an entry: over all that it says, its place, and the seal before it. */
export function chainHash(previous: string, seq: number, entry: Entry & { workspaceId: string }): string {
  const { workspaceId, id, at, by, via, action, target, revision, detail } = entry;
  const text = JSON.stringify([previous, seq, workspaceId, id, at, by, via, action, target, revision, detail]);
  return digest('sha256', text);
}

/** The audit entry for what this caller does. */
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
