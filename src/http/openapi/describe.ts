/** Builds a dialect's OpenAPI 3.1 document from the schemas that its routes check. */
import type { Schema } from '../../lib/schema.ts';
import { KEY_PREFIXES } from '../../workspaces/service.ts';
import { type Dialect, keysOf } from '../dialect.ts';
import type { OpenApi, RouteRecord } from './document.ts';
import { failuresOf, shapeOf } from './failures.ts';
import { camel, capitalized, spaced } from './naming.ts';
import { type DescriptionContext, describeOperation } from './operation.ts';
import { securitySchemesOf } from './security-schemes.ts';
import { type Names, plain } from './shapes.ts';

/** @param rateHeaders the names of the headers that answer the rate limit. */
export function describe(dialect: Dialect, routes: readonly RouteRecord[], rateHeaders: readonly string[]): OpenApi {
  const schemes = securitySchemesOf(dialect, `${KEY_PREFIXES[keysOf(dialect)]}…`);
  const failures = failuresOf(dialect);
  const names = namesOf(routes);
  const usedIds = new Set<string>();
  const context: DescriptionContext = { dialect, schemes, failures, rateHeaders, names, usedIds, sharedAnswers: {} };
  const paths = describePaths(routes, context);
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
    security: schemes.map(({ name }) => ({ [name]: [] })),
    paths,
    components: {
      schemas: {
        ...Object.fromEntries([...names].map(([schema, name]) => [name, plain(schema, names)])),
        Failure: shapeOf([...failures.values()].map(({ body }) => body)),
      },
      responses: context.sharedAnswers,
      headers: headersOf(rateHeaders),
      examples: Object.fromEntries(
        [...failures].map(([code, { status, body }]) => [code, { summary: `${status} ${spaced(code)}`, value: body }]),
      ),
      securitySchemes: Object.fromEntries(schemes.map(({ name, scheme }) => [name, scheme])),
    },
  };
}

/** Routes without a summary are not part of the API. */
function describePaths(routes: readonly RouteRecord[], context: DescriptionContext): OpenApi['paths'] {
  const paths: OpenApi['paths'] = {};
  for (const route of routes) {
    const { schema } = route;
    if (!schema?.summary) continue;
    const path = route.url.replace(/:(\w+)/g, '{$1}').replace(/(?<=.)\/$/, '');
    for (const method of [route.method].flat().map((name) => name.toLowerCase())) {
      if (method === 'head' || paths[path]?.[method]) continue;
      paths[path] = { ...paths[path], [method]: describeOperation({ ...route, schema }, method, path, context) };
    }
  }
  return paths;
}

/** Names the shapes of answers by the summaries of their routes: "Get voice config" answers a VoiceConfig. */
function namesOf(routes: readonly RouteRecord[]): Names {
  const names = new Map<Schema, string>();
  for (const { schema } of routes) {
    const noun = /^(?:Get|Create|Add|Attach) (.+)$/.exec(schema?.summary ?? '')?.[1];
    const shape = Object.values(schema?.response ?? {}).find(({ type }) => type === 'object');
    if (!noun || !shape || names.has(shape)) continue;
    const name = capitalized(camel(noun));
    if (name !== 'Failure' && ![...names.values()].includes(name)) names.set(shape, name);
  }
  return names;
}

function headersOf(rateHeaders: readonly string[]): OpenApi['components']['headers'] {
  const describeRate = (name: string): string => {
    const window = /hour/i.test(name) ? 'hour' : 'minute';
    if (/remaining/i.test(name)) return `Requests left in this ${window}.`;
    if (/reset/i.test(name)) return `When this ${window} ends.`;
    return `Requests allowed per ${window} and key.`;
  };
  const rates = rateHeaders.map(
    (name) => [name, { description: describeRate(name), schema: { type: 'string' } }] as const,
  );
  return {
    'X-Request-Id': { description: 'The id of this request in the log.', schema: { type: 'string' } },
    'Retry-After': { description: 'Seconds to wait before the next try.', schema: { type: 'integer' } },
    ...Object.fromEntries(rates),
  };
}
