/** The OpenAPI documents: valid by OpenAPI 3.1, true for what the server answers, and committed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv, type AnySchema } from 'ajv';
import addFormats from 'ajv-formats';
import { openApiDocuments } from '../../src/cli/openapi.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { OpenApi, Operation } from '../../src/http/openapi/document.ts';
import { isObject } from '../../src/lib/values.ts';
import { KEY_DIALECTS, type KeyDialect } from '../../src/workspaces/workspace.ts';
import { BASES, configOf, openTestServer, type Tenant } from '../harness.ts';

const FOLDER = join(import.meta.dirname, '../../docs/openapi');
const texts = await openApiDocuments();
const parlance = await openTestServer();

const operationsOf = (document: OpenApi) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );

/** Every object of the document, with its path. */
function* nodes(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* nodes(item, `${at}/${i}`);
  if (!isObject(value)) return;
  yield [at, value];
  for (const [key, inner] of Object.entries(value)) if (key !== 'example') yield* nodes(inner, `${at}/${key}`);
}

function issuesIn(document: OpenApi, schema: unknown, value: unknown) {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: true });
  (addFormats as unknown as (instance: Ajv) => void)(ajv);
  const validate = ajv.compile({ ...(schema as object), components: document.components } as AnySchema);
  return validate(value) ? [] : validate.errors;
}

const schemaAnswered = ({ responses }: Operation, status: number) => {
  const answer = responses[status];
  return answer && 'content' in answer ? answer.content?.['application/json']?.schema : undefined;
};

/** The first id in an answer, in any envelope. */
function idIn(value: unknown): string | undefined {
  for (const [, node] of nodes(value)) {
    const id = node['id'] ?? node['agent_id'];
    if (typeof id === 'string' || typeof id === 'number') return String(id);
  }
  return undefined;
}

test('the committed documents are fresh; `npm run openapi -- --write docs/openapi` writes them', () => {
  assert.deepEqual(readdirSync(FOLDER).toSorted(), [...texts.keys()].map((name) => `${name}.json`).toSorted());
  const stale = [...texts].filter(([name, text]) => readFileSync(join(FOLDER, `${name}.json`), 'utf8') !== text);
  assert.deepEqual(
    stale.map(([name]) => name),
    [],
  );
});

for (const { name } of dialects(configOf())) {
  const document = JSON.parse(texts.get(name)!) as OpenApi;
  describe(name, () => {
    test('is an OpenAPI 3.1 document', async () => {
      const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
      assert.ok(valid, JSON.stringify(errors, null, 2));
    });

    test('each operation has its own id, and every parameter of a path is described', () => {
      const ids = operationsOf(document).map(({ operation }) => operation.operationId);
      assert.deepEqual(ids.toSorted(), [...new Set(ids)].toSorted());
      for (const { path, operation } of operationsOf(document)) {
        const inPath = operation.parameters.filter((one) => one.in === 'path');
        assert.deepEqual(
          inPath.map((one) => `{${one.name}}`),
          path.match(/\{\w+\}/g) ?? [],
        );
        for (const parameter of inPath) assert.ok(parameter.description, `${path} {${parameter.name}}`);
      }
    });

    test('it has no internal keywords, and every reference can be resolved', () => {
      for (const [at, node] of nodes(document)) {
        const isMap = at.endsWith('/properties') || at.endsWith('/headers');
        assert.deepEqual(isMap ? [] : Object.keys(node).filter((key) => /^(x-|~)/.test(key)), [], at);
        if (typeof node['$ref'] !== 'string') continue;
        const target = node['$ref'].split('/').slice(1);
        const referred = target.reduce<unknown>((parent, key) => isObject(parent) && parent[key], document);
        assert.ok(referred, `${at} refers to ${node['$ref']}`);
      }
    });

    test('its examples fit its own schemas', () => {
      for (const { path, method, operation } of operationsOf(document)) {
        const body = operation.requestBody?.content['application/json'];
        if (body?.example === undefined) continue;
        assert.deepEqual(issuesIn(document, body.schema, body.example), [], `${method} ${path}`);
      }
    });

    test('errors fit its schema of a failure', async () => {
      const tenant = await parlance.workspace();
      const { Failure } = document.components.schemas;
      for (const [path, key] of [
        ['/agents', null],
        ['/agents', 'nonsense'],
        ['/nowhere', undefined],
      ] as const) {
        const answer = await tenant.ask(name, 'GET', path, key === undefined ? {} : { key });
        assert.ok(answer.status >= 400);
        assert.deepEqual(issuesIn(document, Failure, answer.body), [], `${path} answered ${answer.text}`);
      }
    });

    // The OpenAI-compatible API cannot create or change agents.
    const dialect = KEY_DIALECTS.find((one) => one === name);
    if (!dialect) return;

    test('its examples work when they are sent, and the answers fit its schemas', async () => {
      const tenant = await parlance.workspace();
      await exercise(dialect, document, tenant);
    });
  });
}

async function exercise(name: KeyDialect, document: OpenApi, tenant: Tenant): Promise<void> {
  /** The operations with this id. Some exist in two versions, whose ids end in V1 and V2. */
  const named = (id: string) => {
    const found = operationsOf(document).filter(({ operation }) => operation.operationId.replace(/V\d$/, '') === id);
    assert.ok(found.length > 0, `no operation has the id ${id}`);
    return found;
  };
  const send = async ({ method, path, operation }: ReturnType<typeof named>[number], id = '') => {
    const where = path.replace(/\{\w+\}/, id).slice(BASES[name].length);
    const body = operation.requestBody?.content['application/json']?.example;
    const answer = await tenant.ask(name, method.toUpperCase(), where, { body });
    const exchange = `${method} ${path} ${JSON.stringify(body)} answered ${answer.status} ${answer.text}`;
    assert.ok(answer.status < 300, exchange);
    const schema = schemaAnswered(operation, answer.status);
    assert.ok(operation.responses[answer.status], `${exchange}, which is not documented`);
    if (schema) assert.deepEqual(issuesIn(document, schema, JSON.parse(answer.text)), [], exchange);
    return answer;
  };
  const [create] = named('createAgent');
  const id = idIn((await send(create!)).body) ?? '';
  for (const step of ['getAgent', 'updateAgent', 'listAgents', 'deleteAgent'])
    for (const one of named(step)) await send(one, id);
}
