/** Reads query parameters as the types in their schema. Text that does not fit the type stays text, and is refused. */
import { Fault, type Issue } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import type { Schema } from '../lib/schema.ts';
import { isObject } from '../lib/values.ts';

/** @throws Fault `invalid_query` with every issue. */
export function readQuery(schema: Schema, query: unknown): Record<string, unknown> {
  const parameters = isObject(query) ? query : {};
  const values: Record<string, unknown> = {};
  const unstorable: Issue[] = [];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const text = parameters[name];
    // An empty parameter counts as omitted, because HTML forms send `?search=` for an empty field.
    if (text === undefined || text === '') continue;
    // PostgreSQL refuses this character even in a comparison.
    if (String(text).includes('\u0000'))
      unstorable.push({ path: name, message: 'must not contain the character U+0000', rule: 'pattern' });
    values[name] = typed(property, text);
  }
  const issues = [...unstorable, ...issuesOf(schema, values)];
  const first = issues[0];
  if (first) throw new Fault('invalid_query', { issues, message: `${first.path} ${first.message}` });
  return values;
}

function typed(schema: Schema, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (schema.type === 'integer' || schema.type === 'number') return numberIn(text) ?? text;
  // Upper case too, because Python clients write `True`.
  if (schema.type === 'boolean' && /^(true|false|1|0)$/i.test(text)) return /^(true|1)$/i.test(text);
  return text;
}

/** Undefined for numbers beyond the safe integers: no database accepts them as an offset. */
function numberIn(text: string): number | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
