/** A schema as rows of a table: the path, the type and the limits of each field. */
import type { Schema } from '../../lib/schema.ts';
import type { OpenApi } from '../openapi/document.ts';
import { typesOf } from '../openapi/shapes.ts';
import { type Html, html, inline } from './html.ts';

export interface Field {
  path: string;
  type: string;
  required: boolean;
  readOnly?: boolean;
  notes: string;
}

/** The table shows so many levels of nested objects. The OpenAPI document has all of them. */
const MAX_DEPTH = 4;

const PLURALS: Record<string, string> = {
  string: 'strings',
  integer: 'integers',
  number: 'numbers',
  boolean: 'booleans',
  object: 'objects',
};

export function fieldsOf(schema: Schema, document: OpenApi, prefix = '', depth = 0): Field[] {
  const shape = resolved(schema, document);
  const own = Object.entries(shape.properties ?? {}).flatMap(([name, inner]) =>
    fieldAt(name, inner, document, prefix, depth, shape.required?.includes(name) ?? false),
  );
  const dictionary = shape['additionalProperties'] as Schema | boolean | undefined;
  if (typeof dictionary !== 'object' || Object.keys(dictionary).length === 0 || depth >= MAX_DEPTH) return own;
  return [...own, ...fieldAt('{key}', dictionary, document, prefix, depth, false)];
}

function fieldAt(
  name: string,
  schema: Schema,
  document: OpenApi,
  prefix: string,
  depth: number,
  required: boolean,
): Field[] {
  const path = prefix === '' ? name : `${prefix}.${name}`;
  const shape = resolved(schema, document);
  const readOnly = shape['readOnly'] === true;
  const field = { path, type: typeText(shape, document), required, readOnly, notes: notesOf(shape) };
  if (depth >= MAX_DEPTH) return [field];
  const items = shape.items && resolved(shape.items, document);
  const inner = items ? fieldsOf(items, document, `${path}[]`, depth + 1) : fieldsOf(shape, document, path, depth + 1);
  return [field, ...inner];
}

export function resolved(schema: Schema, document: OpenApi): Schema {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref'] ?? ''))?.[1];
  if (name !== undefined) return document.components.schemas[name] ?? {};
  const notNull = ((schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined)?.filter(({ type }) => type !== 'null');
  const [only] = notNull ?? [];
  if (notNull?.length !== 1 || !only) return schema;
  // "This schema, or null" is shown as the schema with null among its types.
  const inner = resolved(only, document);
  return { ...inner, type: [...typesOf(inner), 'null'] };
}

export function typeText(schema: Schema, document: OpenApi): string {
  const alternatives = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  if (alternatives) return alternatives.map((one) => typeText(resolved(one, document), document)).join(' or ');
  const types = typesOf(schema).map((type) => {
    if (type !== 'array') return type === 'string' && schema['format'] ? `string (${schema['format']})` : type;
    const item = schema.items ? typesOf(resolved(schema.items, document)) : [];
    return item.length === 1 ? `list of ${PLURALS[item[0]!] ?? 'lists'}` : 'list';
  });
  if (types.length === 0) return schema.type === 'null' ? 'null' : 'anything';
  const nullable = Array.isArray(schema.type) && schema.type.includes('null');
  return [...types, ...(nullable ? ['null'] : [])].join(' or ');
}

export function notesOf(schema: Schema): string {
  const note = (keyword: string, sentence: (value: string) => string): string =>
    schema[keyword] === undefined ? '' : sentence(String(schema[keyword]));
  const description = String(schema['description'] ?? '');
  const values = schema.enum
    ?.filter((value) => value !== null)
    .map((value) => `\`${value}\``)
    .join(', ');
  return [
    description,
    values && `One of ${values}.`,
    'const' in schema && `Always \`${schema['const']}\`.`,
    range(schema, 'minLength', 'maxLength', 'characters'),
    range(schema, 'minItems', 'maxItems', 'items'),
    range(schema, 'minimum', 'maximum', ''),
    note('exclusiveMinimum', (value) => `Above ${value}.`),
    note('exclusiveMaximum', (value) => `Below ${value}.`),
    schema['uniqueItems'] === true && 'No item twice.',
    /Must be|Not blank/.test(description) ? '' : note('pattern', (value) => `Matches \`${value}\`.`),
    schema['default'] !== undefined && `Default: \`${JSON.stringify(schema['default'])}\`.`,
    schema['readOnly'] === true && 'Read only.',
    itemNotes(schema),
  ]
    .filter((sentence) => sentence)
    .join(' ');
}

function itemNotes({ items }: Schema): string {
  if (!items || items.properties) return '';
  const notes = notesOf(items);
  return notes && `Each item: ${notes.charAt(0).toLowerCase()}${notes.slice(1)}`;
}

function range(schema: Schema, least: string, most: string, unit: string): string {
  const [from, to] = [schema[least], schema[most]].map((figure) =>
    (figure as number | undefined)?.toLocaleString('en'),
  );
  const units = unit && ` ${unit}`;
  if (from !== undefined && to !== undefined)
    return from === to ? `Exactly ${to}${units}.` : `${from} to ${to}${units}.`;
  if (to !== undefined) return `At most ${to}${units}.`;
  if (from === '1') return 'Not empty.';
  return from === undefined ? '' : `At least ${from}${units}.`;
}

/** The last name of the path stands out; a long path may break before a dot. */
function pathText(path: string): Html {
  const parts = path.split(/(?=\.)/);
  const parents = parts.slice(0, -1).map((part) => html`${part}<wbr>`);
  const dot = parents.length > 0 ? '.' : '';
  return html`<code>${parents.length > 0 && html`<span>${parents}${dot}</span>`}${parts.at(-1)!.replace(/^\./, '')}</code>`;
}

export function fieldTable(fields: readonly Field[], caption: string): Html {
  const row = ({ path, type, required, notes }: Field) => html`<tr>
<td>${pathText(path)}${required && html` <span class="must">required</span>`}</td><td>${type}</td><td>${inline(notes)}</td>
</tr>`;
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning and limits</th></tr></thead>
<tbody>${fields.map(row)}</tbody></table></div>`;
}
