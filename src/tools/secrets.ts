/** Secrets inside a tool come in and are used, and never go out again: whoever reads the tool sees a mask. */

import { isObject, type JsonObject } from '../lib/values.ts';
import type { ToolSpec } from './tool.ts';

export const MASK = '********';

/** Headers, query and static values are mostly harmless; these names are not. */
const SECRET_NAME =
  /authori[sz]ation|(api|auth|access|account|subscription|functions?|master|private)[-_ ]?key|token|secret|passw(or)?d|passphrase|cookie|credential|signature/i;

const always = () => true;
/** How one signs in is no secret, and everything that it is done with may be one. */
const inAuth = (name: string, value: unknown) =>
  !(name === 'type' && typeof value === 'string' && /^[a-z][a-z0-9_-]{0,29}$/i.test(value));
const byName = (name: string) => SECRET_NAME.test(name);
/** A placeholder says where something goes, not what it is. */
const isPlaceholder = (value: unknown) => typeof value === 'string' && /\{[^{}]+\}/.test(value);
const written = (name: string, value: unknown) => byName(name) && !isPlaceholder(value);

/** What an address says before its `@`, or in its query under a name that is not harmless. */
const IN_ADDRESS = /(?<=^[a-z][a-z0-9+.-]*:\/\/)[^/?#@\s]+(?=@)|(?<=[?&]([^=&#]*)=)[^&#]+/gi;
const maskedUrl = (url: string): string =>
  url.replace(IN_ADDRESS, (found: string, name: string | undefined) =>
    (name === undefined ? !isPlaceholder(found) : written(name, found)) ? MASK : found,
  );

/** The tool as it may be shown. */
export function maskedTool(spec: ToolSpec): ToolSpec {
  const { http, mcp, staticParameters } = spec;
  return {
    ...spec,
    // What a server of tools is told beside its address is how one signs in there.
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
        ...(http.body && { body: masked(http.body, written) }),
      },
    }),
    ...(staticParameters && {
      staticParameters: staticParameters.map((item) =>
        byName(String(item['name'])) && 'value' in item ? { ...item, value: MASK } : item,
      ),
    }),
  };
}

/** What a caller sent, with each mask replaced by what it stands for. A mask that stands for nothing says nothing. */
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

/** An address is sent back as it was shown or written anew: half of either would be neither. */
const unmaskedUrl = (sent: string, before: string | undefined): string =>
  before !== undefined && sent === maskedUrl(before) ? before : sent;

function masked(values: JsonObject, isSecret: (name: string, value: unknown) => boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (isSecret(name, value)) return [name, covered(value)];
      return [name, isObject(value) ? masked(value, isSecret) : value];
    }),
  );
}

function covered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(covered);
  if (isObject(value)) return masked(value, always);
  return value === null || typeof value === 'boolean' ? value : MASK;
}

function unmasked(sent: JsonObject, before: unknown): JsonObject {
  const old = isObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(sent).flatMap(([name, value]) => {
      const known = Object.hasOwn(old, name) ? old[name] : undefined;
      const meant = uncovered(value, known);
      return meant === undefined ? [] : [[name, meant]];
    }),
  );
}

function uncovered(value: unknown, known: unknown): unknown {
  if (value === MASK) return known;
  if (isObject(value)) return unmasked(value, known);
  if (!Array.isArray(value)) return value;
  const old = Array.isArray(known) ? known : [];
  return value.map((item, i) => uncovered(item, old[i])).filter((item) => item !== undefined);
}

const SHORTEST_SECRET = 6;

/** The texts of a tool that its owner keeps to themselves, so that an answer that repeats one can be covered too. */
export function secretsOf(spec: ToolSpec): string[] {
  const found: string[] = [];
  const compare = (value: unknown, shown: unknown): void => {
    if (typeof value === 'string' && shown === MASK) found.push(value, /^\S+ (\S+)$/.exec(value)?.[1] ?? '');
    if (typeof value === 'number' && shown === MASK) found.push(String(value));
    if (Array.isArray(value) && Array.isArray(shown)) for (const [i, item] of value.entries()) compare(item, shown[i]);
    // What kind of signing in it is may be told.
    if (isObject(value) && isObject(shown))
      for (const key of Object.keys(value)) if (key !== 'type') compare(value[key], shown[key]);
  };
  compare(spec, maskedTool(spec));
  // Short ones are words like any other, and covering them would make nonsense of every answer.
  return [...new Set(found)].filter((text) => text.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}
