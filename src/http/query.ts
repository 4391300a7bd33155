/** Query strings are text; a schema says what they stand for. Nothing is guessed: text that does not fit stays text. */
import { Fault, type Issue } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import type { Schema } from '../lib/schema.ts';
import { isObject } from '../lib/values.ts';

export function readQuery(schema: Schema, query: unknown): Record<string, unknown> {
  const sent = isObject(query) ? query : {};
  const read: Record<string, unknown> = {};
  const harm: Issue[] = [];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const text = sent[name];
    // An empty parameter says nothing: `?search=` is how forms leave a field out.
    if (text === undefined || text === '') continue;
    // PostgreSQL takes no such text, not even to look for it.
    if (String(text).includes('\u0000'))
      harm.push({ path: name, message: 'must not contain the character U+0000', rule: 'pattern' });
    read[name] = meaning(property, text);
  }
  const issues = [...harm, ...issuesOf(schema, read)];
  const first = issues[0];
  if (first) throw new Fault('invalid_query', { issues, message: `${first.path} ${first.message}` });
  return read;
}

function meaning(schema: Schema, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  if (schema.type === 'integer' || schema.type === 'number') return numberIn(text) ?? text;
  // In any case: `True` is how Python's clients write it.
  if (schema.type === 'boolean' && /^(true|false|1|0)$/i.test(text)) return /^(true|1)$/i.test(text);
  return text;
}

/** Numbers beyond what can be counted exactly are no numbers here: no database would take them for an offset. */
function numberIn(text: string): number | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
