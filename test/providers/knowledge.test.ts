/** Knowledge and memory in conversations, as they appear in the requests to the model. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { createEmbedder } from '../../src/providers/embedder.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, startModelServer } from './model-server.ts';

const model = await startModelServer();
const parlance = await openTestServer(environmentOf(model));
const { memory } = parlance.app.services;

const make = async (tenant: Tenant, path: string, body: JsonObject): Promise<string> => {
  const answer = await tenant.ask('native', 'POST', path, { body });
  assert.ok(answer.status < 300, answer.text);
  return String(answer.body['id']);
};
const begin = (tenant: Tenant, agentId: string, facts: JsonObject = {}) =>
  make(tenant, '/conversations', { agentId, channel: 'chat', ...facts });
/** Sends a message; answers the system message of the model and the sources of its answer. */
const say = async (tenant: Tenant, conversation: string, content: string) => {
  const answer = await tenant.ask('native', 'POST', `/conversations/${conversation}/messages`, { body: { content } });
  assert.ok(answer.status < 300, answer.text);
  const messages = answer.body['messages'] as { role: string; sources?: { title: string; document: string }[] }[];
  return { system: model.system(), sources: messages.findLast(({ role }) => role === 'assistant')?.sources ?? [] };
};

test('passages reach the model as data, and the answer names its sources', async () => {
  const tenant = await parlance.workspace();
  const corpus = await make(tenant, '/corpora', { name: 'Shop' });
  const document = await make(tenant, `/corpora/${corpus}/documents`, {
    title: 'Parking',
    text: 'Parking is free after six.',
  });
  const foreign = await parlance.workspace();
  const theirs = await make(foreign, '/corpora', { name: 'Theirs' });
  await make(foreign, `/corpora/${theirs}/documents`, { title: 'Their parking', text: 'Parking costs a fortune.' });
  const knowledge = { corpusId: corpus, inline: { dogs: 'Dogs may come in.', hours: { sunday: 'closed' } } };
  const agent = await make(tenant, '/agents', { name: 'A', knowledge, profiles: { '@default': { corpusId: theirs } } });
  const conversation = await begin(tenant, agent);
  const parking = await say(tenant, conversation, 'Where is the parking?');
  assert.match(parking.system, /<data label="knowledge">\n\[Parking #0\]\nParking is free after six\./);
  assert.doesNotMatch(parking.system, /fortune|Dogs/);
  assert.deepEqual(parking.sources, [{ document, title: 'Parking', chunk: 0 }]);
  const dogs = await say(tenant, conversation, 'May my DOG come too?');
  assert.match(dogs.system, /\[dogs #0\]\nDogs may come in\./);
  assert.deepEqual(dogs.sources, [{ document: 'inline', title: 'dogs', chunk: 0 }]);
  const nothing = await say(tenant, conversation, 'Who are you?');
  assert.doesNotMatch(nothing.system, /label="knowledge"/);
  assert.deepEqual(nothing.sources, []);
});

test('a conversation sees changes of a corpus, but not of inline knowledge', async () => {
  const tenant = await parlance.workspace();
  const corpus = await make(tenant, '/corpora', { name: 'Shop' });
  const agent = await make(tenant, '/agents', {
    name: 'A',
    knowledge: { corpusId: corpus, inline: { price: 'A haircut is 30 euros.' } },
  });
  const conversation = await begin(tenant, agent);
  await make(tenant, `/corpora/${corpus}/documents`, { title: 'New', text: 'A perm is 80 euros.' });
  await tenant.ask('native', 'PATCH', `/agents/${agent}`, {
    body: { knowledge: { inline: { price: 'A haircut is 35 euros.' } } },
  });
  const { system } = await say(tenant, conversation, 'What is a haircut or a perm?');
  assert.match(system, /haircut is 30/);
  assert.match(system, /perm is 80/);
  assert.doesNotMatch(system, /35/);
  assert.match((await say(tenant, await begin(tenant, agent), 'haircut')).system, /haircut is 35/);
});

test('remembered facts reach the model only where memory is enabled', async () => {
  const tenant = await parlance.workspace();
  const contactId = await make(tenant, '/contacts', { firstName: 'Zoë' });
  const [on, off] = await Promise.all(
    [true, false].map((enabled) =>
      make(tenant, '/agents', { name: 'A', memory: { enabled, facts: { motto: 'Be kind' } } }),
    ),
  );
  await memory.remember(tenant.id, contactId, on!, { global: { city: 'Bonn' }, agent: { seat: 'window' } });
  await memory.remember(tenant.id, contactId, off!, { agent: { seat: 'aisle' } });
  const systemOf = async (agent: string) =>
    (await say(tenant, await begin(tenant, agent, { contact: { id: contactId } }), 'Hello')).system;
  const withMemory = await systemOf(on!);
  assert.match(withMemory, /"city":"Bonn"/);
  assert.match(withMemory, /"seat":"window"/);
  assert.match(withMemory, /Be kind/);
  const withoutMemory = await systemOf(off!);
  assert.doesNotMatch(withoutMemory, /Bonn|aisle/);
});

test('embeddings are requested as the OpenAI API defines, and keep their order', async () => {
  const requests: JsonObject[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { input: string[]; model: string };
    requests.push({ path: request.url, ...body });
    const data = body.input.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 1] }));
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ object: 'list', data, model: body.model, usage: { prompt_tokens: 1, total_tokens: 1 } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const config = readConfig(
    {
      PARLANCE_OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      PARLANCE_EMBEDDING_MODEL: 'openai/small',
    },
    {},
  );
  const embedder = createEmbedder(config.models)!;
  const texts = Array.from({ length: 70 }, (_none, i) => 'x'.repeat(i + 1));
  const directions = await embedder.embed(texts);
  assert.deepEqual(
    directions.map(([length]) => length),
    texts.map(({ length }) => length),
  );
  assert.deepEqual(
    requests.map(({ path, model }) => [path, model]),
    [
      ['/v1/embeddings', 'small'],
      ['/v1/embeddings', 'small'],
    ],
  );
  assert.equal(createEmbedder(readConfig({}, {}).models), undefined);
  assert.throws(
    () => readConfig({ PARLANCE_EMBEDDING_MODEL: 'anthropic/x', ANTHROPIC_API_KEY: 'k' }, {}),
    /openai\/… or google/,
  );
});
