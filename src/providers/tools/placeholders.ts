/** Placeholders such as `{{order.id}}` in a tool's URL, headers and body. A value can never change the structure. */
import { isObject, type JsonObject } from '../../lib/values.ts';

/** The tool cannot be called like this. The message is a sentence for the model. */
export class Unusable extends Error {
  override name = 'Unusable';
}

export interface Values {
  /** A value from the configuration, the model's arguments, or the conversation. */
  find(name: string): unknown;
  /** A value from the configuration. Only these may decide which server is called. */
  fixed(name: string): unknown;
}

const DOUBLE = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g;
const ANY = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}|\{([A-Za-z_][\w.-]*)\}/g;
const ONLY = /^\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}$/;

/** A key with exactly this name wins; else `a.b` is the key `b` of the object `a`. */
export function lookUp(values: JsonObject, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  return name
    .split('.')
    .reduce<unknown>((node, key) => (isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined), values);
}

/** The value as text; JSON for objects and lists. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Fills a URL. The part before the path decides which server is called, so the model's arguments cannot fill it. */
export function fillUrl(template: string, values: Values): string {
  const [, origin = '', rest = ''] = /^((?:[a-z]+:\/\/|\{)[^/?#]*)(.*)$/is.exec(template) ?? ['', '', template];
  const cut = rest.search(/[?#]/);
  const [path, query] = cut < 0 ? [rest, ''] : [rest.slice(0, cut), rest.slice(cut)];
  return fillOrigin(origin, values) + fillPath(path, values) + fillQuery(query, values);
}

function fillOrigin(origin: string, values: Values): string {
  return origin.replace(ANY, (placeholder, double: string | undefined, single: string, at: number) => {
    const name = double ?? single;
    const fixed = textOf(values.fixed(name));
    if (fixed !== '') return fixed;
    // One label in front of a fixed domain stays within that domain.
    const label = textOf(values.find(name));
    const after = origin.slice(at + placeholder.length);
    if (/^[a-z0-9-]+$/i.test(label) && /^\.[^.{}]+\.[^{}]+$/.test(after)) return label;
    throw new Unusable(`The argument ${name} must not decide which server is called.`);
  });
}

function fillPath(path: string, values: Values): string {
  return path.replace(ANY, (_placeholder, double: string | undefined, single: string) => {
    const name = double ?? single;
    return pathSegment(name, values.find(name));
  });
}

/** One encoded path segment. An empty one, or one of dots, would change the path. */
export function pathSegment(name: string, value: unknown): string {
  const text = textOf(value);
  if (text === '') throw new Unusable(`The argument ${name} is needed for the URL of the tool.`);
  if (/^\.+$/.test(text)) throw new Unusable(`The argument ${name} is not valid in a URL.`);
  return encoded(text);
}

const fillQuery = (query: string, values: Values): string =>
  query.replace(ANY, (_placeholder, double: string | undefined, single: string) =>
    encoded(textOf(values.find(double ?? single))),
  );

/** Percent-encodes a text. `encodeURIComponent` throws on half a surrogate pair, so those are replaced first. */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

export function fillHeader(name: string, template: string, values: Values): string {
  const value = template.replace(DOUBLE, (_placeholder, key: string) => textOf(values.find(key))).trim();
  // A line end would start another header; characters beyond Latin-1 cannot be sent.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new Unusable(`The value of the header ${name} has characters that cannot be sent.`);
  return value;
}

/** A text that is one placeholder becomes the value with its type, and is removed where there is none. */
export function fillJson(template: unknown, values: Values): unknown {
  if (typeof template === 'string') {
    const name = ONLY.exec(template)?.[1];
    if (name !== undefined) return values.find(name);
    return template.replace(DOUBLE, (_placeholder, name: string) => textOf(values.find(name)));
  }
  if (Array.isArray(template)) return template.map((item) => fillJson(item, values)).filter((x) => x !== undefined);
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template)
      .map(([key, item]) => [key, fillJson(item, values)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** The names of the placeholders in a template; with `single`, `{name}` counts too. */
export function namesIn(template: unknown, single: boolean): string[] {
  if (typeof template === 'string')
    return [...template.matchAll(single ? ANY : DOUBLE)].map(([, double, one]) => (double ?? one)!);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap((item) => namesIn(item, single));
}
