/** `{{order.id}}` in a tool's address, headers and body, filled so that no value can become anything but a value. */
import { isObject, type JsonObject } from '../../lib/values.ts';

/** A sentence for the model: why a tool cannot be called like that. */
export class Unusable extends Error {
  override name = 'Unusable';
}

export interface Values {
  /** What the model made up, and what the conversation knows. */
  find(name: string): unknown;
  /** What the configuration says, which alone may decide whom to call. */
  fixed(name: string): unknown;
}

const DOUBLE = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}/g;
const ANY = /\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}|\{([A-Za-z_][\w.-]*)\}/g;
const WHOLE = /^\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}$/;

/** `contact.email` is a key of that name, else a key in an object. */
export function found(values: JsonObject, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  return name
    .split('.')
    .reduce<unknown>((node, key) => (isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined), values);
}

export function plain(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Everything up to the path says whom to call; what a model says must not lead there. */
export function filledUrl(template: string, values: Values): string {
  const [, origin = '', rest = ''] = /^((?:[a-z]+:\/\/|\{)[^/?#]*)(.*)$/is.exec(template) ?? ['', '', template];
  const cut = rest.search(/[?#]/);
  const [path, query] = cut < 0 ? [rest, ''] : [rest.slice(0, cut), rest.slice(cut)];
  return filledOrigin(origin, values) + filledPath(path, values) + filledQuery(query, values);
}

function filledOrigin(origin: string, values: Values): string {
  return origin.replace(ANY, (whole, double: string | undefined, single: string, at: number) => {
    const name = double ?? single;
    const fixed = plain(values.fixed(name));
    if (fixed !== '') return fixed;
    // One label before a domain that is written out stays within that domain.
    const label = plain(values.find(name));
    const after = origin.slice(at + whole.length);
    if (/^[a-z0-9-]+$/i.test(label) && /^\.[^.{}]+\.[^{}]+$/.test(after)) return label;
    throw new Unusable(`${name} may not decide which server is called.`);
  });
}

function filledPath(path: string, values: Values): string {
  return path.replace(ANY, (_whole, double: string | undefined, single: string) => {
    const name = double ?? single;
    return pathSegment(name, values.find(name));
  });
}

/** One segment and nothing else: empty, or dots alone, would be another address. */
export function pathSegment(name: string, value: unknown): string {
  const text = plain(value);
  if (text === '') throw new Unusable(`${name} is needed for the address.`);
  if (/^\.+$/.test(text)) throw new Unusable(`${name} is not acceptable in an address.`);
  return encoded(text);
}

const filledQuery = (query: string, values: Values): string =>
  query.replace(ANY, (_whole, double: string | undefined, single: string) =>
    encoded(plain(values.find(double ?? single))),
  );

/** Half a surrogate pair has no encoding. */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

export function filledHeader(name: string, template: string, values: Values): string {
  const value = template.replace(DOUBLE, (_whole, key: string) => plain(values.find(key))).trim();
  // A line end would begin another header; letters beyond Latin-1 cannot be sent.
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new Unusable(`What is given for the header ${name} cannot be sent.`);
  return value;
}

/** A text that is one placeholder becomes the value as it is, and goes away where there is none. */
export function filledJson(template: unknown, values: Values): unknown {
  if (typeof template === 'string') {
    const whole = WHOLE.exec(template)?.[1];
    if (whole !== undefined) return values.find(whole);
    return template.replace(DOUBLE, (_whole, name: string) => plain(values.find(name)));
  }
  if (Array.isArray(template)) return template.map((item) => filledJson(item, values)).filter((x) => x !== undefined);
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template)
      .map(([key, item]) => [key, filledJson(item, values)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** The names that a template speaks of. */
export function namesIn(template: unknown, single: boolean): string[] {
  if (typeof template === 'string')
    return [...template.matchAll(single ? ANY : DOUBLE)].map(([, double, one]) => (double ?? one)!);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap((item) => namesIn(item, single));
}
