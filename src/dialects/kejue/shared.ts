/** Helpers that the Kejue folders share. */

import type { Edit } from '../../agents/change/edit.ts';
import { Fault, type FaultCode, type Issue, invalid } from '../../faults.ts';
import { issuesOf } from '../../lib/check.ts';
import * as s from '../../lib/schema.ts';
import { isUuid } from '../../lib/text.ts';
import type { JsonObject } from '../../lib/values.ts';

/** A field of a request that may be omitted or null. */
export const nullish = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
/** A field of an answer that may be null. */
export const textOrNull = s.nullable(s.string());

export interface ById {
  Params: { id: string };
}

export const PageQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
export type PageQuery = s.Static<typeof PageQuery>;

/** Kejue's documents set 100 as the default limit of every list. */
export const pageOf = ({ limit = 100, offset = 0 }: PageQuery) => ({ limit, offset });

/** Ids are stored in lower case; clients may send them in either case. */
export const normalizeId = (id: unknown): string => String(id).toLowerCase();

/** The id in a path. A path whose id is not a UUID answers 404, as if the record did not exist. */
export function pathId(id: string, missing: FaultCode): string {
  if (!isUuid(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
}

/** The agent that a path names. */
export const agentRef = (id: string) => ({ id: pathId(id, 'agent_missing') });

/** Refuses a body that does not match its schema, with every issue. */
export function checkShape(schema: s.Schema, body: unknown, prefix = ''): void {
  refuse(issuesOf(schema, body, prefix));
}

export function refuse(issues: Issue[]): void {
  if (issues.length > 0) throw invalid(issues);
}

/** The issues that a thrown error carries. An error without issues is thrown again. */
export function issuesIn(error: unknown): [Issue, ...Issue[]] {
  const [first, ...others] = error instanceof Fault ? error.issues : [];
  if (!first) throw error;
  return [first, ...others];
}

/** Runs one part of a larger check. Its issues join those found so far, and its result is `undefined`. */
export function attempt<T>(issues: Issue[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    issues.push(...issuesIn(error));
    return undefined;
  }
}

/** Parses the parts of a body, so that one refusal lists the issues of all parts. */
export function collectEdits(...parts: (() => Edit[])[]): Edit[] {
  const issues: Issue[] = [];
  const edits = parts.flatMap((part) => attempt(issues, part) ?? []);
  refuse(issues);
  return edits;
}

/** Refuses a new record that lacks a required field. Null counts as missing. */
export function requireFields(body: JsonObject, fields: readonly string[], prefix: string): Edit[] {
  const missing = fields.filter((field) => body[field] == null);
  refuse(
    missing.map((field) => ({ path: prefix ? `${prefix}.${field}` : field, message: 'is required', rule: 'required' })),
  );
  return [];
}

/** Rewrites the paths of a service's issues to the names of the fields that the client sent. */
export async function withFieldNames<T>(names: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.issues.length === 0) throw error;
    const issues = error.issues.map((issue) => {
      const own = Object.keys(names).find((path) => issue.path === path || issue.path.startsWith(`${path}.`));
      return own === undefined ? issue : { ...issue, path: names[own] + issue.path.slice(own.length) };
    });
    if (error.code === 'invalid_value') throw invalid(issues);
    throw new Fault(error.code, { ...error.details, issues });
  }
}

/** Reports a missing agent as a wrong value of the body's field at `path`, not as a missing resource. */
export async function withPersonaAt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'agent_missing' && error.code !== 'agent_foreign')) throw error;
    const issues = [{ path, message: 'refers to a persona that does not exist', rule: 'reference' }];
    throw new Fault('unknown_reference', { issues });
  }
}
