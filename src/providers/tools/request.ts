/**
 * Builds the HTTP request of a tool call. A tool places its values in two ways, which may be combined: parameters with
 * a location, and placeholders in the URL, headers and body. Pure.
 */

import { isFromModel, parameterKey } from '../../conversations/tool-input.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import type { ToolSpec } from '../../tools/tool.ts';
import { credentialsOf } from './auth.ts';
import {
  encoded,
  fillHeader,
  fillJson,
  fillUrl,
  lookUp,
  namesIn,
  pathSegment,
  textOf,
  Unusable,
  type Values,
} from './placeholders.ts';

export interface HttpRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

const LOCATIONS = ['body', 'query', 'path', 'header'] as const;
type Location = (typeof LOCATIONS)[number];

/** A parameter with its value. */
interface PlacedValue {
  name: string;
  location: Location;
  value: unknown;
}

/** Headers that the sender of the request sets itself; a tool cannot. */
const RESERVED_HEADERS = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/** The values of one call. */
export interface CallValues {
  /** The model's arguments. */
  input: JsonObject;
  /** The values of the conversation, for placeholders and for parameters that the model does not supply. */
  context: JsonObject;
  /** The configuration of the attachment. */
  config: JsonObject;
}

export function requestOf(spec: ToolSpec, values: CallValues): HttpRequest {
  const { http } = spec;
  if (!http) throw new Unusable('The tool has no URL to call.');
  const method = http.method ?? 'POST';
  const parameters = parametersOf(spec, values, method);
  const lookups = lookupsOf(spec, values);
  const url = urlOf(http.url, parameters, lookups);
  const credentials = credentialsOf(http.auth ?? {});

  const query = { ...objectOf(fillJson(http.query ?? {}, lookups)), ...valuesAt('query', parameters) };
  const body = { ...objectOf(fillJson(http.body ?? {}, lookups)), ...valuesAt('body', parameters) };
  const unplaced = { ...unplacedArguments(spec, values.input), ...unplacedConfig(spec, values.config, parameters) };
  Object.assign(method === 'GET' ? query : body, unplaced);

  for (const [name, value] of Object.entries({ ...query, ...credentials.query })) addQuery(url, name, value);
  const headers = headersOf(http, parameters, lookups, credentials.headers);
  const hasBody = method !== 'GET' && (Object.keys(body).length > 0 || method !== 'DELETE');
  if (!hasBody) return { method, url: url.href, headers: Object.fromEntries(headers.values()) };
  const text = bodyText(body, headers.get('content-type')?.[1]);
  if (!headers.has('content-type')) headers.set('content-type', ['Content-Type', 'application/json']);
  return { method, url: url.href, headers: Object.fromEntries(headers.values()), body: text };
}

/** Where placeholders find their values: the configuration wins over the model, and the model over the conversation. */
function lookupsOf(spec: ToolSpec, { input, context, config }: CallValues): Values {
  const statics = Object.fromEntries((spec.staticParameters ?? []).map(({ name, value }) => [String(name), value]));
  const dynamics = Object.fromEntries(
    (spec.dynamicParameters ?? []).map(({ name }) => [String(name), input[parameterKey(String(name))]]),
  );
  const attached = Object.keys(config).length > 0 ? { config } : {};
  const fixed = (name: string): unknown => lookUp(statics, name) ?? lookUp(attached, name);
  return { fixed, find: (name) => fixed(name) ?? lookUp(input, name) ?? dynamics[name] ?? lookUp(context, name) };
}

/** The parameters that have a value. Static ones come last, so that they win over the model's. */
function parametersOf(spec: ToolSpec, { input, context }: CallValues, method: string): PlacedValue[] {
  // GET has no body, so its parameters go into the query.
  const locationOf = (configured: unknown): Location => {
    const location = LOCATIONS.find((one) => one === configured) ?? 'body';
    return location === 'body' && method === 'GET' ? 'query' : location;
  };
  const dynamics = (spec.dynamicParameters ?? []).map((parameter): PlacedValue => {
    const name = String(parameter['name']);
    const value = isFromModel(parameter) ? input[parameterKey(name)] : lookUp(context, name);
    if (value === undefined && parameter['required'] === true)
      throw new Unusable(`The required parameter ${name} has no value.`);
    return { name, location: locationOf(parameter['location']), value };
  });
  const statics = (spec.staticParameters ?? []).map(
    ({ name, value, location }): PlacedValue => ({ name: String(name), location: locationOf(location), value }),
  );
  return [...dynamics, ...statics].filter(({ value }) => value !== undefined);
}

function urlOf(template: string, parameters: readonly PlacedValue[], lookups: Values): URL {
  const inPath = parameters.filter(({ location }) => location === 'path');
  const pathValue = (name: string): unknown => inPath.findLast((one) => one.name === name)?.value;
  const url = fillUrl(withPathParameters(template, inPath), {
    ...lookups,
    find: (name) => pathValue(name) ?? lookups.find(name),
  });
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new Unusable('The tool has no valid http or https URL.');
  return new URL(url);
}

/** A path parameter stands at `{id}`, `{{id}}` or `:id`; without one of these it is appended. */
function withPathParameters(template: string, inPath: readonly PlacedValue[]): string {
  let url = template;
  for (const { name, value } of inPath) {
    if (namesIn(url, true).includes(name)) continue;
    const segment = pathSegment(name, value);
    const [path = '', ...rest] = url.split(/(?=[?#])/);
    const parts = path.split('/');
    const index = parts.indexOf(`:${name}`, 3);
    const filled = index < 0 ? `${path.replace(/\/$/, '')}/${segment}` : parts.with(index, segment).join('/');
    url = [filled, ...rest].join('');
  }
  return url;
}

/** By lower-case name, the name as written and the value. Later headers win: the tool's, parameters, credentials. */
function headersOf(
  { headers: configured = {} }: Http,
  parameters: readonly PlacedValue[],
  lookups: Values,
  credentials: Record<string, string>,
): Map<string, [name: string, value: string]> {
  const headers = new Map<string, [string, string]>();
  const set = (name: string, value: string): void => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new Unusable('The tool has a header whose name cannot be sent.');
    if (!RESERVED_HEADERS.has(name.toLowerCase())) headers.set(name.toLowerCase(), [name, value]);
  };
  const setValue = (name: string, value: unknown) => set(name, fillHeader(name, '{{value}}', valueOnly(value)));
  set('Accept', 'application/json, text/*;q=0.9, */*;q=0.5');
  set('User-Agent', 'Parlance-Tools');
  for (const [name, template] of Object.entries(configured)) set(name, fillHeader(name, template, lookups));
  for (const { name, location, value } of parameters) if (location === 'header') setValue(name, value);
  for (const [name, value] of Object.entries(credentials)) setValue(name, value);
  return headers;
}

/** Every placeholder becomes this value. */
const valueOnly = (value: unknown): Values => ({ find: () => value, fixed: () => undefined });

type Http = NonNullable<ToolSpec['http']>;

/** Whether the tool defines the query (GET) or body itself. Then nothing is added to it that has no location. */
const hasTemplate = ({ method, query, body }: Http): boolean =>
  Object.keys((method === 'GET' ? query : body) ?? {}).length > 0;

const placeholdersIn = ({ url, headers, query, body }: Http): Set<string> =>
  new Set([...namesIn(url, true), ...[headers, query, body].flatMap((template) => namesIn(template, false))]);

/** The part of each name before the first dot. */
const firstParts = (names: ReadonlySet<string>): Set<string> =>
  new Set([...names].map((name) => name.split('.')[0] ?? name));

/** The attachment's configuration is sent as `config`, unless the tool places it itself. */
function unplacedConfig({ http }: ToolSpec, config: JsonObject, parameters: readonly PlacedValue[]): JsonObject {
  if (!http || Object.keys(config).length === 0 || hasTemplate(http)) return {};
  const isPlaced = firstParts(placeholdersIn(http)).has('config') || parameters.some(({ name }) => name === 'config');
  return isPlaced ? {} : { config };
}

/** Arguments that no placeholder uses are sent under their names, unless the tool defines the body itself. */
function unplacedArguments({ http, inputSchema, dynamicParameters }: ToolSpec, input: JsonObject): JsonObject {
  if (!http || dynamicParameters || !inputSchema || hasTemplate(http)) return {};
  const used = placeholdersIn(http);
  const usedFirstParts = firstParts(used);
  return Object.fromEntries(Object.entries(input).filter(([name]) => !used.has(name) && !usedFirstParts.has(name)));
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

const valuesAt = (location: Location, parameters: readonly PlacedValue[]): JsonObject =>
  Object.fromEntries(parameters.filter((one) => one.location === location).map(({ name, value }) => [name, value]));

function addQuery(url: URL, name: string, value: unknown): void {
  if (Array.isArray(value)) for (const item of value) url.searchParams.append(name, textOf(item).toWellFormed());
  else url.searchParams.append(name, textOf(value).toWellFormed());
}

/** A form where the tool sends that content type, else JSON. */
function bodyText(body: JsonObject, type: string | undefined): string {
  if (!type?.toLowerCase().startsWith('application/x-www-form-urlencoded')) return JSON.stringify(body);
  return Object.entries(body)
    .map(([name, value]) => `${encoded(name)}=${encoded(textOf(value))}`)
    .join('&');
}
