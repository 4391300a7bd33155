/**
 * The request that a tool stands for. A tool says where its values go in one of two ways: parameters with a place each,
 * or placeholders in what is sent. Both may be used at once. Pure.
 */

import { isFromModel, parameterKey } from '../../conversations/tool-input.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import type { ToolSpec } from '../../tools/tool.ts';
import { signedIn } from './auth.ts';
import {
  encoded,
  filledHeader,
  filledJson,
  filledUrl,
  found,
  namesIn,
  pathSegment,
  plain,
  Unusable,
  type Values,
} from './placeholders.ts';

export interface Prepared {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

const PLACES = ['body', 'query', 'path', 'header'] as const;
type Place = (typeof PLACES)[number];

interface Placed {
  name: string;
  place: Place;
  value: unknown;
}

/** How a request is framed is the sender's affair. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect', 'te', 'trailer']);

/** What a request is made of besides the tool itself. */
export interface Given {
  /** What the model says. */
  input: JsonObject;
  /** What the conversation knows, for placeholders and parameters that are not asked of the model. */
  known: JsonObject;
  /** What the agent said of the tool when it was attached. */
  config: JsonObject;
}

export function requestOf(spec: ToolSpec, given: Given): Prepared {
  const { http } = spec;
  const { input, known } = given;
  if (!http) throw new Unusable('The tool has no address to call.');
  const method = http.method ?? 'POST';
  const placed = parametersOf(spec, input, known, method);
  const values = valuesOf(spec, given);

  const inPath = placed.filter(({ place }) => place === 'path');
  const address = { ...values, find: (name: string) => named(inPath, name) ?? values.find(name) };
  const url = new URL(checked(filledUrl(withPath(http.url, inPath), address)));

  const query = { ...objectOf(filledJson(http.query ?? {}, values)), ...objectFrom(placed, 'query') };
  const bodyTemplate = http.body && Object.keys(http.body).length > 0 ? http.body : undefined;
  const body = { ...objectOf(filledJson(bodyTemplate ?? {}, values)), ...objectFrom(placed, 'body') };
  const unnamed = { ...loose(spec, input), ...looseConfig(spec, given.config, placed) };
  Object.assign(method === 'GET' ? query : body, unnamed);

  const headers = new Map<string, [string, string]>();
  const setHeader = (name: string, value: string): void => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new Unusable('The tool has a header that cannot be sent.');
    if (!FRAMING.has(name.toLowerCase())) headers.set(name.toLowerCase(), [name, value]);
  };
  setHeader('Accept', 'application/json, text/*;q=0.9, */*;q=0.5');
  setHeader('User-Agent', 'Parlance-Tools');
  for (const [name, value] of Object.entries(http.headers ?? {})) setHeader(name, filledHeader(name, value, values));
  for (const { name, place, value } of placed)
    if (place === 'header') setHeader(name, filledHeader(name, '{{value}}', only(value)));
  const { headers: own, query: ownQuery } = signedIn(http.auth ?? {});
  for (const [name, value] of Object.entries(own)) setHeader(name, filledHeader(name, '{{value}}', only(value)));

  for (const [name, value] of Object.entries({ ...query, ...ownQuery })) addQuery(url, name, value);
  const hasBody = method !== 'GET' && (Object.keys(body).length > 0 || method !== 'DELETE');
  const text = hasBody ? bodyText(body, headers.get('content-type')?.[1]) : undefined;
  if (text !== undefined && !headers.has('content-type')) setHeader('Content-Type', 'application/json');
  return {
    method,
    url: url.href,
    headers: Object.fromEntries(headers.values()),
    ...(text !== undefined && { body: text }),
  };
}

function valuesOf(spec: ToolSpec, { input, known, config }: Given): Values {
  const statics = Object.fromEntries((spec.staticParameters ?? []).map(({ name, value }) => [String(name), value]));
  const asked = Object.fromEntries(
    (spec.dynamicParameters ?? []).map(({ name }) => [String(name), input[parameterKey(String(name))]]),
  );
  const attached = Object.keys(config).length > 0 ? { config } : {};
  const fixed = (name: string): unknown => found(statics, name) ?? found(attached, name);
  return { fixed, find: (name) => fixed(name) ?? found(input, name) ?? asked[name] ?? found(known, name) };
}

const only = (value: unknown): Values => ({ find: () => value, fixed: () => undefined });

/** What is always sent is stronger than what the model says. */
function parametersOf(spec: ToolSpec, input: JsonObject, known: JsonObject, method: string): Placed[] {
  // What has a body in other methods is asked for in the address.
  const placeOf = (location: unknown): Place => {
    const place = PLACES.find((one) => one === location) ?? 'body';
    return place === 'body' && method === 'GET' ? 'query' : place;
  };
  const dynamic = (spec.dynamicParameters ?? []).map((parameter): Placed => {
    const name = String(parameter['name']);
    const value = isFromModel(parameter) ? input[parameterKey(name)] : found(known, name);
    if (value === undefined && parameter['required'] === true) throw new Unusable(`${name} is not known.`);
    return { name, place: placeOf(parameter['location']), value };
  });
  const fixed = (spec.staticParameters ?? []).map(
    ({ name, value, location }): Placed => ({ name: String(name), place: placeOf(location), value }),
  );
  return [...dynamic, ...fixed].filter(({ value }) => value !== undefined);
}

const named = (placed: readonly Placed[], name: string): unknown => placed.findLast((one) => one.name === name)?.value;

/** A value for the path has its place as `{id}`, `{{id}}` or `:id`; without one it comes at the end. */
function withPath(url: string, inPath: readonly Placed[]): string {
  let address = url;
  for (const { name, value } of inPath) {
    if (namesIn(address, true).includes(name)) continue;
    const segment = pathSegment(name, value);
    const [path = '', ...rest] = address.split(/(?=[?#])/);
    const parts = path.split('/');
    const place = parts.indexOf(`:${name}`, 3);
    const filled = place < 0 ? `${path.replace(/\/$/, '')}/${segment}` : parts.with(place, segment).join('/');
    address = [filled, ...rest].join('');
  }
  return address;
}

type Http = NonNullable<ToolSpec['http']>;

/** Whether it is written out what is sent where values without a place would go. */
const isWrittenOut = ({ method, query, body }: Http): boolean =>
  Object.keys((method === 'GET' ? query : body) ?? {}).length > 0;

const placeholdersIn = ({ url, headers, query, body }: Http): Set<string> =>
  new Set([...namesIn(url, true), ...[headers, query, body].flatMap((template) => namesIn(template, false))]);

const conversationStarter = (names: ReadonlySet<string>): Set<string> =>
  new Set([...names].map((name) => name.split('.')[0]!));

/** What the agent said of the tool goes along as one object, unless the tool says itself what it wants of it. */
function looseConfig({ http }: ToolSpec, config: JsonObject, placed: readonly Placed[]): JsonObject {
  if (!http || Object.keys(config).length === 0 || isWrittenOut(http)) return {};
  const isNamed =
    conversationStarter(placeholdersIn(http)).has('config') || placed.some(({ name }) => name === 'config');
  return isNamed ? {} : { config };
}

/** Arguments that have no place at all are sent as they are, unless it is written out what is sent. */
function loose({ http, inputSchema, dynamicParameters }: ToolSpec, input: JsonObject): JsonObject {
  if (!http || dynamicParameters || !inputSchema || isWrittenOut(http)) return {};
  const used = placeholdersIn(http);
  const first = conversationStarter(used);
  return Object.fromEntries(Object.entries(input).filter(([name]) => !used.has(name) && !first.has(name)));
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

const objectFrom = (placed: readonly Placed[], place: Place): JsonObject =>
  Object.fromEntries(placed.filter((one) => one.place === place).map(({ name, value }) => [name, value]));

function addQuery(url: URL, name: string, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) url.searchParams.append(name, plain(item).toWellFormed());
  else url.searchParams.append(name, plain(value).toWellFormed());
}

function checked(url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new Unusable('The address of the tool is not acceptable.');
  return url;
}

function bodyText(body: JsonObject, type: string | undefined): string {
  if (!type?.toLowerCase().startsWith('application/x-www-form-urlencoded')) return JSON.stringify(body);
  return Object.entries(body)
    .map(([name, value]) => `${encoded(name)}=${encoded(plain(value))}`)
    .join('&');
}
