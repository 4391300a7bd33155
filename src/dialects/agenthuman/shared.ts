/** Helpers that the AgentHuman folders share. */

import { Fault, type FaultCode, invalid } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { issuesOf } from '../../lib/check.ts';
import * as s from '../../lib/schema.ts';
import type { JsonObject } from '../../lib/values.ts';

/** A field of a request that may be omitted or null. */
export const nullish = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));
export const success = s.boolean({ const: true });
export const Success = s.object({ success });
export const displayName = () => s.string({ maxLength: 255, pattern: '\\S', 'x-pattern-is': 'text that is not blank' });

export interface ById {
  Params: { id: string };
}

/** The documents have no pages. Lists are complete unless a client sends `limit`. */
export interface Page {
  limit?: number;
  offset?: number;
}

/** A request without a body counts as an empty object. */
export const bodyOf = (body: unknown): JsonObject => (body === undefined ? {} : asObject(body));

export function checkShape(schema: s.Schema, body: unknown): void {
  const issues = issuesOf(schema, body);
  if (issues.length > 0) throw invalid(issues);
}

export const isRecordNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

/** The number in a path, or `undefined` if the text is not a positive integer. */
export function numberIn(text: string): number | undefined {
  const number = /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  return isRecordNumber(number) ? number : undefined;
}

/** The number in a path. A path without one answers 404, as if the record did not exist. */
export function pathNumber(id: string, missing: FaultCode): number {
  const number = numberIn(id);
  if (number === undefined) throw new Fault(missing, { id });
  return number;
}
