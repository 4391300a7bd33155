/** For a body of several parts: each is heard, and what is wrong in all of them is reported at once. */

import type { Edit } from '../../agents/change/edit.ts';
import { Fault, type Issue, invalid } from '../../faults.ts';
import type { JsonObject } from '../../lib/values.ts';

export function together(...parts: (() => Edit[])[]): Edit[] {
  const issues: Issue[] = [];
  const edits: Edit[] = [];
  for (const part of parts) {
    try {
      edits.push(...part());
    } catch (error) {
      const found = (error as { issues?: Issue[] }).issues ?? [];
      if (found.length === 0) throw error;
      issues.push(...found);
    }
  }
  if (issues.length > 0) throw invalid(issues);
  return edits;
}

/** What must be said on creation; a null says nothing. */
export function required(body: JsonObject, fields: readonly string[], prefix: string): Edit[] {
  const missing = fields.filter((field) => body[field] == null);
  if (missing.length === 0) return [];
  throw invalid(
    missing.map((field) => ({ path: prefix ? `${prefix}.${field}` : field, message: 'is required', rule: 'required' })),
  );
}

/** What a service refuses, said of the fields that were sent. */
export async function inWords<T>(words: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.issues.length === 0) throw error;
    const issues = error.issues.map((issue) => {
      const ours = Object.keys(words).find((path) => issue.path === path || issue.path.startsWith(`${path}.`));
      return ours === undefined ? issue : { ...issue, path: words[ours] + issue.path.slice(ours.length) };
    });
    if (error.code === 'invalid_value') throw invalid(issues);
    throw new Fault(error.code, { ...error.details, issues });
  }
}

/** Something of the workspace that a body names by its id, in any case. */
export const named = (id: unknown): string => String(id).toLowerCase();
