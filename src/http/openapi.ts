/** A dialect's OpenAPI 3.1 document, from the schemas its routes check. Made when somebody asks. */
import type { Schema } from '../model/schema.ts';
import type { Dialect } from './dialect.ts';

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

type Json = Record<string, unknown>;

export function describe(dialect: Dialect, routes: readonly RouteRecord[]): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    if (!route.schema?.summary) continue;
    const path = route.url.replace(/:(\w+)/g, '{$1}');
    for (const method of [route.method].flat()) {
      if (method === 'HEAD') continue;
      paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, path) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: dialect.title,
      version: '1',
      description: dialect.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function operation(route: RouteRecord, path: string): Json {
  const { summary, description, tags, querystring, body, response = {} } = route.schema!;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(querystring?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: querystring?.required?.includes(name) ?? false,
    schema,
  }));
  const { 'x-late': _late, ...shape } = body ?? {};
  return {
    summary,
    ...(description && { description }),
    tags,
    operationId: idOf(summary!),
    ...(route.config?.scope && { 'x-scope': route.config.scope }),
    security: route.config?.public ? [] : [{ key: [] }, { bearer: [] }],
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: shape } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(response).map(([status, schema]) => [status, answer(schema)])),
      default: { description: "A failure, in this API's own shape." },
    },
  };
}

const answer = (schema: Schema): Json =>
  schema.type === 'null'
    ? { description: 'Success, without a body.' }
    : { description: 'Success.', content: { 'application/json': { schema } } };

const idOf = (summary: string): string =>
  summary
    .replace(/[^A-Za-z0-9 ]/g, '')
    .split(' ')
    .filter((word) => word !== '')
    .map((word, i) => (i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
