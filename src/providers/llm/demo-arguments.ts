/** What the demo model hands to a tool: made from the user's words and the tool's schema alone. Pure. */
import { isObject, type JsonObject } from '../../lib/values.ts';
import { words } from './demo-reading.ts';

/** Every required argument, and those of the others that the user named. */
export function argumentsFrom(schema: JsonObject, text: string): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const quoted = [...text.matchAll(/["“„«]([^"”“»]+)["”“»]/g)].map(([, inside]) => inside!);
  const filled: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    const shape = isObject(property) ? property : {};
    const said = namedIn(text, name);
    if (said === undefined && !required.has(name)) continue;
    const plain = typeOf(shape) === 'string' && choices(shape).length === 0;
    // What stands in quotation marks is handed out in turn to the texts that were not named.
    const words = said ?? (plain && typeof shape['format'] !== 'string' ? quoted.shift() : undefined);
    filled[name] = made(shape, words ?? text, text);
  }
  return filled;
}

const typeOf = ({ type, properties }: JsonObject): string => {
  const [first] = Array.isArray(type) ? type.filter((one) => one !== 'null') : [type];
  return typeof first === 'string' ? first : properties === undefined ? 'string' : 'object';
};
const choices = (shape: JsonObject): unknown[] => (Array.isArray(shape['enum']) ? shape['enum'] : []);

/** `city: Berlin`, `city = Berlin`, `the city is "Berlin"`: to the end of the clause. */
function namedIn(text: string, name: string): string | undefined {
  const spelt = words(name).map((word) => `${word}s?`);
  const found = new RegExp(
    `(?<![\\p{L}\\p{N}])${spelt.join('[\\s_-]*')}\\s*(?:[:=]|\\bis\\b)\\s*(?:["“„«]([^"”“»]+)["”“»]|([^,;?!\\n]+))`,
    'iu',
  ).exec(text);
  const said = found?.[1] ?? found?.[2]?.split(/\s+and\s+|\.(?:\s|$)/)[0];
  return said?.trim() || undefined;
}

const FORMATS: Record<string, RegExp> = {
  email: /[^\s@<>"']+@[^\s@<>"']+\.[\p{L}\d]+/u,
  date: /\d{4}-\d{2}-\d{2}/,
  'date-time': /\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})/,
  time: /\d{1,2}:\d{2}(?::\d{2})?/,
  uri: /https?:\/\/\S+/,
  uuid: /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i,
};

function made(shape: JsonObject, said: string, text: string): unknown {
  if (shape['const'] !== undefined) return shape['const'];
  const options = choices(shape);
  if (options.length > 0) {
    const chosen = (among: string) =>
      options.find((option) => words(String(option)).every((word) => words(among).includes(word)));
    return chosen(said) ?? chosen(text) ?? shape['default'] ?? options[0];
  }
  const type = typeOf(shape);
  if (type === 'number' || type === 'integer') return numberFrom(shape, said, type === 'integer');
  if (type === 'boolean') return !/\b(no|not|false|off|never|without)\b/i.test(said);
  if (type === 'object') return argumentsFrom(shape, text);
  if (type === 'array') return [made(isObject(shape['items']) ? shape['items'] : {}, said, text)];
  if (type === 'null') return null;
  const format = FORMATS[String(shape['format'])];
  const formatted = format?.exec(said)?.[0] ?? format?.exec(text)?.[0];
  const most = typeof shape['maxLength'] === 'number' ? shape['maxLength'] : 1000;
  return (formatted ?? said).slice(0, most);
}

function numberFrom(shape: JsonObject, said: string, whole: boolean): number {
  const found = /-?\d+(?:[.,]\d+)?/.exec(said)?.[0].replace(',', '.');
  const given = Number(found ?? shape['default'] ?? shape['minimum'] ?? 0);
  const least = typeof shape['minimum'] === 'number' ? shape['minimum'] : Number.NEGATIVE_INFINITY;
  const most = typeof shape['maximum'] === 'number' ? shape['maximum'] : Number.POSITIVE_INFINITY;
  const inside = Math.min(Math.max(given, least), most);
  return whole ? Math.trunc(inside) : inside;
}
