/** Schemas as a document shows them, and example values that fit them. */
import { issuesOf } from '../../lib/check.ts';
import type { MapLimits, Schema } from '../../lib/schema.ts';

/** Keywords whose value is a schema, a list of schemas, or named schemas. */
const ONE = ['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains', 'propertyNames'];
const LIST = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const NAMED = ['properties', 'patternProperties', '$defs'];

export interface Reference {
  $ref: string;
}
/** Shapes that the document refers to by name. */
export type Names = ReadonlyMap<Schema, string>;
const NO_NAMES: Names = new Map();

/** The schema without the keywords that only this server reads. What they mean for a client moves into the description. */
export function plain(schema: Schema, names = NO_NAMES): Schema {
  const inner = (one: Schema): Schema | Reference => named(one, names);
  const out: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword.startsWith('x-') || keyword === 'description' || value === undefined) continue;
    if (ONE.includes(keyword) && isSchema(value)) out[keyword] = inner(value);
    else if (LIST.includes(keyword)) out[keyword] = (value as Schema[]).map(inner);
    else if (NAMED.includes(keyword)) out[keyword] = mapValues(value as Record<string, Schema>, inner);
    else out[keyword] = value;
  }
  const description = described(schema);
  return { ...out, ...(description && { description }) };
}

export function named(schema: Schema, names: Names): Schema | Reference {
  const name = names.get(schema);
  return name === undefined ? plain(schema, names) : { $ref: `#/components/schemas/${name}` };
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;
const mapValues = <T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

function described(schema: Schema): string {
  const sentences = [schema['description'] as string | undefined];
  const means = schema['x-pattern-is'];
  if (means) sentences.push(means === 'not blank' ? 'Not blank.' : `Must be ${means}.`);
  if (schema['x-limits']) sentences.push(limits(schema['x-limits'] as MapLimits));
  if (schema['x-fact'] === 'fixed') sentences.push('Set at creation only.');
  if (schema['x-fact'] === 'inherits') sentences.push('While it is absent, the settings of weaker levels apply.');
  return sentences.filter((sentence) => sentence).join(' ');
}

function limits({ keys, depth, bytes }: MapLimits): string {
  const parts = [
    keys !== undefined && `${figure(keys)} keys`,
    depth !== undefined && `${depth} levels`,
    bytes !== undefined && `${figure(bytes)} bytes of JSON`,
  ].filter((limit) => limit !== false);
  return parts.length > 0 ? `At most ${parts.join(', ')}.` : '';
}

const figure = (value: number): string => value.toLocaleString('en');

/** The types that a schema allows, without null. */
export const typesOf = (schema: Schema): string[] => [schema.type ?? []].flat().filter((type) => type !== 'null');

const TEXTS: readonly [name: RegExp, text: string][] = [
  [/greeting|welcome|first_?message/i, 'Hello! How may I help you?'],
  [/prompt|instructions|context/i, 'You answer questions about our opening hours. Be brief.'],
  [/role/i, 'You are the receptionist of a small clinic.'],
  [/description/i, 'Answers the phone during opening hours.'],
  [/first_?name/i, 'Ana'],
  [/last_?name/i, 'García'],
  [/label/i, 'Reception'],
  [/question/i, 'What are you looking for?'],
  [/e-?mail/i, 'ana@example.com'],
  [/password/i, 'correct horse battery'],
  [/locale/i, 'en-US'],
  [/language/i, 'en'],
  [/time_?zone/i, 'Europe/Madrid'],
  [/number|phone/i, '+15551234567'],
  [/url|avatar/i, 'https://example.com/front-desk'],
  [/scope/i, 'agents:write'],
  [/voice/i, 'emma'],
  [/tool_?name/i, 'send_email'],
  [/name/i, 'Front desk'],
];
const OTHER_TEXTS = [
  '018f3c9e-7a2b-7c4d-8e5f-0123456789ab',
  '2026-01-15T09:00:00Z',
  '09:00',
  'en-US',
  '+15551234567',
  'https://example.com/',
  'text',
  'a',
];

/** An example that fits the schema; undefined where none is found. The name of a field decides which text it gets. */
export function sample(schema: Schema, name = ''): unknown {
  if ('const' in schema) return schema['const'];
  const declared = (schema['examples'] as unknown[] | undefined)?.[0] ?? schema['example'] ?? schema['default'];
  if (declared !== undefined && declared !== null) return declared;
  if (schema.enum) return schema.enum.find((value) => value !== null && !/^UNDEFINED$|UNSPECIFIED/.test(String(value)));
  const alternatives = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  if (alternatives) return sample(alternatives.find((one) => one.type !== 'null') ?? {}, name);
  const [type] = typesOf(schema);
  if (type === 'object') return sampleObject(schema);
  if (type === 'array') return schema.items ? [sample(schema.items, name)] : [];
  const scalars = { boolean: [true], integer: figures(schema), number: figures(schema), string: texts(name) };
  const choices = type && type in scalars ? scalars[type as keyof typeof scalars] : ['text'];
  return (choices as unknown[]).find((value) => issuesOf(schema, value).length === 0);
}

const texts = (name: string): string[] => [
  ...TEXTS.filter(([pattern]) => pattern.test(name)).map(([, text]) => text),
  ...OTHER_TEXTS.slice(-2),
  ...OTHER_TEXTS,
];
const figures = (schema: Schema): number[] => [30, 1, 60, schema['minimum'] as number].filter(Number.isFinite);

/** How many fields an example has when none is required. */
const MAX_OPTIONAL_FIELDS = 3;

function sampleObject(schema: Schema): Record<string, unknown> {
  const writable = Object.entries(schema.properties ?? {}).filter(([, inner]) => !inner['readOnly']);
  const required = writable.filter(([key]) => schema.required?.includes(key));
  const chosen =
    required.length > 0 ? required : writable.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_OPTIONAL_FIELDS);
  const order = writable.filter((entry) => chosen.includes(entry));
  const entries = order.map(([key, inner]) => [key, sample(inner, key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The order in which optional fields are chosen: names and free text first, identifiers and structures last. */
function rank([name, schema]: [string, Schema]): number {
  const [type] = typesOf(schema);
  const free = !schema.enum && !schema['format'] && (schema['pattern'] ?? '\\S') === '\\S';
  if (schema['examples'] || /^(full_?)?name$/i.test(name)) return 0;
  if (type === 'string') return free && !/id$|url$|avatar/i.test(name) ? 1 : 3;
  if (type === 'boolean') return 2;
  return type === 'integer' || type === 'number' ? 3 : 4;
}
