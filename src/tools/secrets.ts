/** The secrets of a tool are stored and used, and never answered: answers hold a mask in their place. */

import { isObject, type JsonObject } from '../lib/values.ts';
import type { ToolSpec } from './tool.ts';

export const MASK = '********';

/** Names of headers, query parameters and static values that hold a secret. */
const SECRET_NAME =
  /authori[sz]ation|(api|auth|access|account|subscription|functions?|master|private)[-_ ]?key|token|secret|passw(or)?d|passphrase|cookie|credential|signature/i;

const always = () => true;
/** The type of authentication is no secret; every other value of it may be one. */
const inAuth = (name: string, value: unknown) =>
  !(name === 'type' && typeof value === 'string' && /^[a-z][a-z0-9_-]{0,29}$/i.test(value));
const byName = (name: string) => SECRET_NAME.test(name);
/** A placeholder such as `{token}` names a value and does not contain it. */
const isPlaceholder = (value: unknown) => typeof value === 'string' && /\{[^{}]+\}/.test(value);
const literalByName = (name: string, value: unknown) => byName(name) && !isPlaceholder(value);

/** The user information of a URL, and the values of its query. */
const IN_URL = /(?<=^[a-z][a-z0-9+.-]*:\/\/)[^/?#@\s]+(?=@)|(?<=[?&]([^=&#]*)=)[^&#]+/gi;
const maskedUrl = (url: string): string =>
  url.replace(IN_URL, (found: string, name: string | undefined) =>
    (name === undefined ? !isPlaceholder(found) : literalByName(name, found)) ? MASK : found,
  );

/** The tool as it may be answered, with a mask in place of every secret. */
export function maskedTool(spec: ToolSpec): ToolSpec {
  const { http, mcp, staticParameters } = spec;
  return {
    ...spec,
    // The headers for an MCP server are there for authentication, so all of them are secret.
    ...(mcp && {
      mcp: {
        ...mcp,
        url: maskedUrl(mcp.url),
        ...(mcp.headers && { headers: masked(mcp.headers, always) as Record<string, string> }),
      },
    }),
    ...(http && {
      http: {
        ...http,
        url: maskedUrl(http.url),
        ...(http.auth && { auth: masked(http.auth, inAuth) }),
        ...(http.headers && { headers: masked(http.headers, byName) as Record<string, string> }),
        ...(http.query && { query: masked(http.query, byName) }),
        ...(http.body && { body: masked(http.body, literalByName) }),
      },
    }),
    ...(staticParameters && {
      staticParameters: staticParameters.map((item) =>
        byName(String(item['name'])) && 'value' in item ? { ...item, value: MASK } : item,
      ),
    }),
  };
}

/** A tool as sent, with each mask replaced by the stored secret. A mask without a stored secret is removed. */
export function unmaskedTool(sent: ToolSpec, before: ToolSpec | undefined): ToolSpec {
  const { http, mcp, staticParameters } = sent;
  const old = before?.http;
  return {
    ...sent,
    ...(mcp && {
      mcp: {
        ...mcp,
        url: unmaskedUrl(mcp.url, before?.mcp?.url),
        ...(mcp.headers && { headers: unmasked(mcp.headers, before?.mcp?.headers) as Record<string, string> }),
      },
    }),
    ...(http && {
      http: {
        ...http,
        url: unmaskedUrl(http.url, old?.url),
        ...(http.auth && { auth: unmasked(http.auth, old?.auth) }),
        ...(http.headers && { headers: unmasked(http.headers, old?.headers) as Record<string, string> }),
        ...(http.query && { query: unmasked(http.query, old?.query) }),
        ...(http.body && { body: unmasked(http.body, old?.body) }),
      },
    }),
    ...(staticParameters && {
      staticParameters: staticParameters.flatMap((item) => {
        if (item['value'] !== MASK) return [item];
        const known = before?.staticParameters?.find(({ name }) => name === item['name']);
        return known ? [{ ...item, value: known['value'] }] : [];
      }),
    }),
  };
}

/** A URL that is sent as it was answered stays as it is stored. Any other URL is taken as it is sent. */
const unmaskedUrl = (sent: string, before: string | undefined): string =>
  before !== undefined && sent === maskedUrl(before) ? before : sent;

function masked(values: JsonObject, isSecret: (name: string, value: unknown) => boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (isSecret(name, value)) return [name, maskAll(value)];
      return [name, isObject(value) ? masked(value, isSecret) : value];
    }),
  );
}

/** Masks every text and number inside a secret value. */
function maskAll(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskAll);
  if (isObject(value)) return masked(value, always);
  return value === null || typeof value === 'boolean' ? value : MASK;
}

function unmasked(sent: JsonObject, before: unknown): JsonObject {
  const old = isObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(sent).flatMap(([name, value]) => {
      const known = Object.hasOwn(old, name) ? old[name] : undefined;
      const restored = restore(value, known);
      return restored === undefined ? [] : [[name, restored]];
    }),
  );
}

function restore(value: unknown, known: unknown): unknown {
  if (value === MASK) return known;
  if (isObject(value)) return unmasked(value, known);
  if (!Array.isArray(value)) return value;
  const old = Array.isArray(known) ? known : [];
  return value.map((item, i) => restore(item, old[i])).filter((item) => item !== undefined);
}

const MIN_SECRET_LENGTH = 6;

/** The secret texts of a tool, longest first, so that they can be masked in answers of the tool's server too. */
export function secretsOf(spec: ToolSpec): string[] {
  const found: string[] = [];
  const compare = (value: unknown, mask: unknown): void => {
    // Of `Bearer abc`, the token alone is a secret too.
    if (typeof value === 'string' && mask === MASK) found.push(value, /^\S+ (\S+)$/.exec(value)?.[1] ?? '');
    if (typeof value === 'number' && mask === MASK) found.push(String(value));
    if (Array.isArray(value) && Array.isArray(mask)) for (const [i, item] of value.entries()) compare(item, mask[i]);
    // The type of authentication is no secret.
    if (isObject(value) && isObject(mask))
      for (const key of Object.keys(value)) if (key !== 'type') compare(value[key], mask[key]);
  };
  compare(spec, maskedTool(spec));
  // Short texts also occur as ordinary words, and masking those would garble answers.
  return [...new Set(found)].filter((text) => text.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
}
