/** For a body of several parts: each is heard, and what is wrong in all of them is reported at once. */
import { type Issue, invalid } from '../../faults.ts';
import type { Edit } from '../../model/edit.ts';
import type { JsonObject } from '../../model/values.ts';

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
