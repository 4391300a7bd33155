/** A dialect's OpenAPI 3.1 document, from the schemas its routes check. Made when somebody asks. */
import type { FaultCode } from '../../faults.ts';
import type { Schema } from '../../lib/schema.ts';
import { KEY_PREFIXES } from '../../workspaces/service.ts';
import { type Dialect, type Failure, keysOf } from '../dialect.ts';
import { failuresOf, shapeOf } from './failures.ts';
import { type ServerVariant, serversOf } from './servers.ts';
import { type Names, named, plain, type Reference, sample } from './shapes.ts';
import { writeHeadersOf } from './write-headers.ts';

export interface RouteRecord {
  method: string | string[];
  url: string;
  schema?: {
    summary?: string;
    description?: string;
    tags?: string[];
    querystring?: Schema;
    body?: Schema;
    response?: Record<string, Schema>;
  };
  config?: { public?: boolean; scope?: string };
}

interface Media {
  schema: Schema | Reference;
  example?: unknown;
  examples?: Record<string, Reference>;
}
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: Schema;
}
export interface Answer {
  description: string;
  headers?: Record<string, Reference>;
  content?: Record<string, Media>;
}
export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Answer | Reference>;
}
export interface OpenApi {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  tags: { name: string }[];
  security: Record<string, string[]>[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Answer>;
    headers: Record<string, { description: string; schema: Schema }>;
    examples: Record<string, { summary: string; value: unknown }>;
    securitySchemes: Record<string, ServerVariant['scheme']>;
  };
}

interface About {
  dialect: Dialect;
  doors: ServerVariant[];
  failures: ReadonlyMap<FaultCode, Failure>;
  rateHeaders: readonly string[];
  names: Names;
  /** Operation ids that are given out. */
  taken: Set<string>;
  /** Answers that several operations share, filled as they are met. */
  shared: Record<string, Answer>;
}

/** `rateHeaders` are the names of the headers that tell callers how much they may still ask. */
export function describe(dialect: Dialect, routes: readonly RouteRecord[], rateHeaders: readonly string[]): OpenApi {
  const doors = serversOf(dialect, `${KEY_PREFIXES[keysOf(dialect)]}…`);
  const failures = failuresOf(dialect);
  const names = namesOf(routes);
  const about: About = { dialect, doors, failures, rateHeaders, names, taken: new Set(), shared: {} };
  const paths: OpenApi['paths'] = {};
  for (const route of routes) {
    if (!route.schema?.summary) continue;
    const path = route.url.replace(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '');
    for (const method of [route.method].flat().map((name) => name.toLowerCase())) {
      if (method === 'head' || paths[path]?.[method]) continue;
      paths[path] = { ...paths[path], [method]: operation(route, method, path, about) };
    }
  }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  return {
    openapi: '3.1.0',
    info: {
      title: dialect.title,
      version: '1',
      description: dialect.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.flatMap(({ tags }) => tags))].map((name) => ({ name })),
    security: doors.map(({ name }) => ({ [name]: [] })),
    paths,
    components: {
      schemas: {
        ...Object.fromEntries([...names].map(([schema, name]) => [name, plain(schema, names)])),
        Failure: shapeOf([...failures.values()].map(({ body }) => body)),
      },
      responses: about.shared,
      headers: headersOf(rateHeaders),
      examples: Object.fromEntries(
        [...failures].map(([code, { status, body }]) => [code, { summary: `${status} ${words(code)}`, value: body }]),
      ),
      securitySchemes: Object.fromEntries(doors.map(({ name, scheme }) => [name, scheme])),
    },
  };
}

/** An answer is called after what it shows: "Get voice config" answers a VoiceConfig. */
function namesOf(routes: readonly RouteRecord[]): Names {
  const names = new Map<Schema, string>();
  for (const { schema } of routes) {
    const noun = /^(?:Get|Create|Add|Attach) (.+)$/.exec(schema?.summary ?? '')?.[1];
    const shape = Object.values(schema?.response ?? {}).find(({ type }) => type === 'object');
    if (!noun || !shape || names.has(shape)) continue;
    const name = sentence(camel(noun));
    if (name !== 'Failure' && ![...names.values()].includes(name)) names.set(shape, name);
  }
  return names;
}

function operation(route: RouteRecord, method: string, path: string, about: About): Operation {
  const { summary = '', description, tags = [], querystring, body, response = {} } = route.schema!;
  const { public: open = false, scope } = route.config ?? {};
  const shape = body && plain(body);
  const example = body && sample(body);
  // Kinds of files that may be sent instead of JSON, and JSON that calls itself something else.
  const files = (body?.['x-files'] ?? []) as readonly string[];
  const kinds = (body?.['x-kinds'] ?? {}) as Record<string, Schema>;
  const scopes = scope?.split('|') ?? [];
  const needs = scopes.length > 0 ? `A key with scopes needs ${scopes.map((one) => `\`${one}\``).join(' or ')}.` : '';
  const said = [description, needs].filter((sentence) => sentence).join('\n\n');
  return {
    operationId: idOf(summary, path, about.taken),
    summary,
    ...(said && { description: said }),
    tags,
    security: open ? [] : about.doors.map(({ name }) => ({ [name]: scopes })),
    parameters: [...inPath(path, about.dialect), ...inQuery(querystring), ...writeHeadersOf(route, method, path)],
    ...(shape && {
      requestBody: {
        required: method !== 'delete',
        content: {
          'application/json': { schema: shape, ...(example !== undefined && { example }) },
          ...Object.fromEntries(files.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
          ...each(kinds, (kind) => ({ schema: plain(kind) })),
        },
      },
    }),
    responses: {
      ...each(response, (schema, status) => success(status, schema, open ? [] : about.rateHeaders, about.names)),
      ...failing(route, path, about),
    },
  };
}

function inPath(path: string, { ids }: Dialect): Parameter[] {
  const segments = path.split('/');
  return segments.flatMap((segment, i): Parameter[] => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return [];
    const collection = segments[i - 1]!;
    const { description, ...schema } = plain(ids?.[collection] ?? { type: 'string' });
    const meaning = `The id of the ${words(singular(collection))}.`;
    return [
      {
        name,
        in: 'path',
        required: true,
        description: description ? `${meaning} ${description}` : meaning,
        schema: schema as Schema,
      },
    ];
  });
}

const inQuery = (querystring: Schema | undefined): Parameter[] =>
  Object.entries(querystring?.properties ?? {}).map(([name, property]) => {
    const { description, ...schema } = plain(property);
    return {
      name,
      in: 'query',
      required: querystring?.required?.includes(name) ?? false,
      ...(description !== undefined && { description: String(description) }),
      schema: schema as Schema,
    };
  });

const STATUS_WORDS: Record<string, string> = {
  200: 'Success.',
  201: 'Created.',
  202: 'Accepted; it goes on after the answer.',
  204: 'Done. There is no body.',
};

function success(status: string, schema: Schema, rateHeaders: readonly string[], names: Names): Answer {
  const headers = ['X-Request-Id', ...rateHeaders];
  return {
    description: STATUS_WORDS[status] ?? 'Success.',
    headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...(schema.type !== 'null' && {
      content: {
        'application/json': { schema: named(schema, names) },
        ...(schema['x-streams'] === true && { 'text/event-stream': { schema: { type: 'string' } } }),
      },
    }),
  };
}

/** The collection a path is about, and the fault when there is no such thing. */
const MISSING: Record<string, FaultCode> = {
  agents: 'agent_missing',
  'voice-configs': 'profile_missing',
  tools: 'tool_missing',
  avatars: 'avatar_missing',
  'phone-numbers': 'number_missing',
  contacts: 'contact_missing',
  workspaces: 'workspace_missing',
  keys: 'key_absent',
  revisions: 'revision_missing',
  labels: 'label_missing',
  corpora: 'corpus_missing',
  documents: 'document_missing',
  'knowledge-store': 'corpus_missing',
  conversations: 'conversation_missing',
  calls: 'call_missing',
  campaigns: 'campaign_missing',
  webhooks: 'webhook_missing',
  candidates: 'contact_missing',
  interviews: 'call_missing',
  'call-attempts': 'attempt_missing',
  models: 'agent_missing',
  deliveries: 'delivery_missing',
  'do-not-call': 'number_missing',
};

/** The faults that any operation of this kind can meet, by status; what is particular to one is under `default`. */
function failing({ schema, config }: RouteRecord, path: string, about: About): Record<string, Reference> {
  const { failures, shared } = about;
  const missing = [...path.matchAll(/([^/]+)\/\{\w+\}/g)].flatMap(([, collection]) => MISSING[collection!] ?? []);
  const codes: FaultCode[] = [
    ...(schema?.querystring ? (['invalid_query'] as const) : []),
    ...(schema?.body ? (['invalid_json', 'invalid_value', 'too_large', 'unsupported_media'] as const) : []),
    ...(config?.public ? [] : (['key_missing', 'key_unknown', 'key_revoked', 'key_expired'] as const)),
    ...(config?.scope ? (['scope_missing'] as const) : []),
    ...missing,
    ...(config?.public ? [] : (['rate_limited'] as const)),
  ];
  const byStatus: Record<string, FaultCode[]> = {};
  for (const code of codes) {
    const status = failures.get(code)!.status;
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  const share = (codes: FaultCode[], description?: string): Reference => {
    const name = codes.join('.');
    shared[name] ??= failureAnswer(codes, failures, description);
    return { $ref: `#/components/responses/${name}` };
  };
  return { ...each(byStatus, (all) => share(all)), default: share(['internal'], 'Any other failure.') };
}

const each = <T, U>(all: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, change(value, key)]));

function failureAnswer(codes: FaultCode[], failures: About['failures'], description?: string): Answer {
  const retry = codes.some((code) => code === 'rate_limited' || code === 'unavailable');
  const type = failures.get(codes[0]!)?.headers?.['Content-Type'] ?? 'application/json';
  return {
    description: description ?? `${sentence(codes.map(words).join(', '))}.`,
    ...(retry && { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }),
    content: {
      [type]: {
        schema: { $ref: '#/components/schemas/Failure' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

function headersOf(rateHeaders: readonly string[]): OpenApi['components']['headers'] {
  const said = (name: string): string => {
    const window = /hour/i.test(name) ? 'hour' : 'minute';
    if (/remaining/i.test(name)) return `Requests that are left in this ${window}.`;
    if (/reset/i.test(name)) return `When this ${window} ends.`;
    return `Requests a ${window} and key.`;
  };
  const rates = rateHeaders.map((name) => [name, { description: said(name), schema: { type: 'string' } }] as const);
  return {
    'X-Request-Id': { description: 'Names this request in the log.', schema: { type: 'string' } },
    'Retry-After': { description: 'Seconds until it is worth trying again.', schema: { type: 'integer' } },
    ...Object.fromEntries(rates),
  };
}

/** The summary as a name; where two operations are called the same, the path tells them apart. */
function idOf(summary: string, path: string, taken: Set<string>): string {
  const plainName = camel(summary);
  const fixed = path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{'));
  const longer = fixed.map((_segment, i) => camel([summary, ...fixed.slice(0, i + 1)].join(' ')));
  const name = [plainName, ...longer].find((candidate) => !taken.has(candidate)) ?? `${plainName}${taken.size}`;
  taken.add(name);
  return name;
}

const camel = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word, i) => (i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
const words = (code: string): string => code.replace(/[_-]/g, ' ');
const singular = (noun: string): string =>
  noun
    .replace(/corpora$/, 'corpus')
    .replace(/ies$/, 'y')
    .replace(/(?<!corpu)s$/, '');
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
