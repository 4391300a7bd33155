/** The arguments that the demo model makes for a tool, from the contact's message and the schema alone. Pure. */
import { isObject, type JsonObject } from '../../lib/values.ts';
import { words } from './demo-reading.ts';

/** Every required argument, and each optional one that the text names. */
export function argumentsFrom(schema: JsonObject, text: string): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const quoted = [...text.matchAll(/["“„«]([^"”“»]+)["”“»]/g)].map(([, inside]) => inside!);
  const args: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    const shape = isObject(property) ? property : {};
    const given = namedIn(text, name);
    if (given === undefined && !required.has(name)) continue;
    const plain = typeOf(shape) === 'string' && choices(shape).length === 0;
    // Quoted texts go, in order, to the text arguments that the message does not name.
    const source = given ?? (plain && typeof shape['format'] !== 'string' ? quoted.shift() : undefined);
    args[name] = valueFor(shape, source ?? text, text);
  }
  return args;
}

const typeOf = ({ type, properties }: JsonObject): string => {
  const [first] = Array.isArray(type) ? type.filter((one) => one !== 'null') : [type];
  return typeof first === 'string' ? first : properties === undefined ? 'string' : 'object';
};
const choices = (shape: JsonObject): unknown[] => (Array.isArray(shape['enum']) ? shape['enum'] : []);

/** The value after `city:`, `city =` or `city is`: the quoted text, or the rest of the clause. */
function namedIn(text: string, name: string): string | undefined {
  const spelt = words(name).map((word) => `${word}s?`);
  const found = new RegExp(
    `(?<![\\p{L}\\p{N}])${spelt.join('[\\s_-]*')}\\s*(?:[:=]|\\bis\\b)\\s*(?:["“„«]([^"”“»]+)["”“»]|([^,;?!\\n]+))`,
    'iu',
  ).exec(text);
  const value = found?.[1] ?? found?.[2]?.split(/\s+and\s+|\.(?:\s|$)/)[0];
  return value?.trim() || undefined;
}

const FORMATS: Record<string, RegExp> = {
  email: /[^\s@<>"']+@[^\s@<>"']+\.[\p{L}\d]+/u,
  date: /\d{4}-\d{2}-\d{2}/,
  'date-time': /\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})/,
  time: /\d{1,2}:\d{2}(?::\d{2})?/,
  uri: /https?:\/\/\S+/,
  uuid: /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i,
};

/** A value that fits the schema, from the source text or else from the whole message. */
function valueFor(shape: JsonObject, source: string, text: string): unknown {
  if (shape['const'] !== undefined) return shape['const'];
  const options = choices(shape);
  if (options.length > 0) {
    const chosen = (among: string) =>
      options.find((option) => words(String(option)).every((word) => words(among).includes(word)));
    return chosen(source) ?? chosen(text) ?? shape['default'] ?? options[0];
  }
  const type = typeOf(shape);
  if (type === 'number' || type === 'integer') return numberFrom(shape, source, type === 'integer');
  if (type === 'boolean') return !/\b(no|not|false|off|never|without)\b/i.test(source);
  if (type === 'object') return argumentsFrom(shape, text);
  if (type === 'array') return [valueFor(isObject(shape['items']) ? shape['items'] : {}, source, text)];
  if (type === 'null') return null;
  const format = FORMATS[String(shape['format'])];
  const formatted = format?.exec(source)?.[0] ?? format?.exec(text)?.[0];
  const maxLength = typeof shape['maxLength'] === 'number' ? shape['maxLength'] : 1000;
  return (formatted ?? source).slice(0, maxLength);
}

function numberFrom(shape: JsonObject, source: string, isInteger: boolean): number {
  const found = /-?\d+(?:[.,]\d+)?/.exec(source)?.[0].replace(',', '.');
  const given = Number(found ?? shape['default'] ?? shape['minimum'] ?? 0);
  const minimum = typeof shape['minimum'] === 'number' ? shape['minimum'] : Number.NEGATIVE_INFINITY;
  const maximum = typeof shape['maximum'] === 'number' ? shape['maximum'] : Number.POSITIVE_INFINITY;
  const inside = Math.min(Math.max(given, minimum), maximum);
  return isInteger ? Math.trunc(inside) : inside;
}
