/** Corpora and memory over the native API, where fixtures do not suffice: files and background work. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { DOCX, PDF } from '../../src/knowledge/knowledge.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { docxOf, paragraph, pdfOf } from '../providers/files.ts';
import { ownDatabase } from '../stores/database.ts';

const parlance = await openTestServer();
const { knowledge, memory } = parlance.app.services;

const newCorpus = async (tenant: Tenant): Promise<string> => {
  const { body, status } = await tenant.ask('native', 'POST', '/corpora', { body: { name: 'Shop' } });
  assert.equal(status, 201);
  return String(body['id']);
};
const send = (tenant: Tenant, corpus: string, title: string, type: string, raw: Buffer | string, headers = {}) =>
  tenant.ask('native', 'POST', `/corpora/${corpus}/documents?title=${encodeURIComponent(title)}`, {
    raw,
    headers: { 'content-type': type, ...headers },
  });
const found = async (tenant: Tenant, corpus: string, query: string) => {
  const { body } = await tenant.ask('native', 'POST', `/corpora/${corpus}/search`, { body: { query } });
  return body['data'] as { title: string; text: string; chunk: number; documentId: string; score: number }[];
};
const show = async (tenant: Tenant, corpus: string, id: unknown) =>
  (await tenant.ask('native', 'GET', `/corpora/${corpus}/documents/${id}`)).body;
const readAll = async () => {
  while (await knowledge.work());
};

test('files of every type are uploaded and found by their content', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const files = [
    ['plain.txt', 'text/plain; charset=utf-8', 'Zebras are striped.', 201],
    ['notes.md', 'text/markdown', '# Giraffes\n\nThey are tall.', 201],
    ['page.html', 'text/html', '<h1>Elephants</h1><p>grey</p>', 201],
    ['table.csv', 'text/csv', 'animal,legs\nspider,8', 201],
    ['any.md', 'application/octet-stream', 'Crocodiles', 201],
    ['paper.pdf', PDF, pdfOf('Pelicans fly'), 202],
    ['letter.docx', DOCX, docxOf(paragraph('Flamingos stand')), 202],
  ] as const;
  for (const [title, type, raw, status] of files) {
    const answer = await send(tenant, corpus, title, type, raw);
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body['state'], status === 202 ? 'processing' : 'ready');
    assert.equal(answer.body['bytes'], Buffer.byteLength(raw));
  }
  assert.deepEqual(await found(tenant, corpus, 'pelican'), []);
  await readAll();
  for (const [word, title] of [
    ['zebra', 'plain.txt'],
    ['giraffe', 'notes.md'],
    ['elephant', 'page.html'],
    ['spider', 'table.csv'],
    ['crocodile', 'any.md'],
    ['pelican', 'paper.pdf'],
    ['flamingo', 'letter.docx'],
  ] as const)
    assert.deepEqual(
      (await found(tenant, corpus, word)).map((hit) => hit.title),
      [title],
      word,
    );
  assert.equal((await found(tenant, corpus, 'spider'))[0]!.text, 'animal: spider\nlegs: 8');
});

test('an unreadable file gets an error and is not read again until the next upload', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const bad = await send(tenant, corpus, 'paper.pdf', PDF, 'this is no PDF');
  assert.equal(bad.status, 202);
  await readAll();
  const failed = await show(tenant, corpus, bad.body['id']);
  assert.deepEqual([failed['state'], failed['chunks']], ['failed', 0]);
  assert.match(String(failed['error']), /not a PDF/);
  const good = await send(tenant, corpus, 'paper.pdf', PDF, pdfOf('Pelicans fly'));
  assert.deepEqual([good.body['id'], good.body['state'], good.body['error']], [bad.body['id'], 'processing', null]);
  await readAll();
  assert.deepEqual([(await show(tenant, corpus, bad.body['id']))['state']], ['ready']);
  // An unreadable upload leaves the old chunks.
  await send(tenant, corpus, 'paper.pdf', PDF, 'broken');
  await readAll();
  const after = await show(tenant, corpus, bad.body['id']);
  assert.deepEqual([after['state'], after['chunks']], ['failed', 1]);
  assert.equal((await found(tenant, corpus, 'pelican')).length, 1);
});

test('concurrent uploads of one title leave one document with one of the texts', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_none, i) => send(tenant, corpus, 'same.txt', 'text/plain', `Apples number${i}`)),
  );
  assert.deepEqual([...new Set(answers.map(({ status }) => status))].toSorted(), [200, 201]);
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal((await found(tenant, corpus, 'apple')).length, 1);
  const { body } = await tenant.ask('native', 'GET', `/corpora/${corpus}/documents`);
  assert.equal((body['data'] as unknown[]).length, 1);
});

test('a repeated upload with one idempotency key gets the same answer; another file is refused', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const key = { 'idempotency-key': 'k1' };
  const first = await send(tenant, corpus, 'a.txt', 'text/plain', 'one', key);
  const again = await send(tenant, corpus, 'a.txt', 'text/plain', 'one', key);
  assert.deepEqual([again.status, again.text, again.headers['idempotency-replayed']], [201, first.text, 'true']);
  const other = await send(tenant, corpus, 'a.txt', 'text/plain', 'two', key);
  assert.deepEqual([other.status, other.body['code']], [422, 'idempotency_mismatch']);
});

test('a dry run answers as the real upload would, and stores nothing', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const dry = { 'parlance-dry-run': '1' };
  assert.equal((await send(tenant, corpus, 'a.txt', 'text/plain', 'apples', dry)).status, 201);
  assert.equal((await send(tenant, corpus, 'a.pdf', PDF, pdfOf('apples'), dry)).status, 202);
  assert.equal(await knowledge.work(), false);
  assert.deepEqual(await found(tenant, corpus, 'apple'), []);
  assert.deepEqual((await tenant.ask('native', 'GET', `/corpora/${corpus}/documents`)).body['data'], []);
});

test('uploads without a title, of an unknown type, without text or too large are refused', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const refused = async (title: string, type: string, raw: Buffer | string) => {
    const { status, body } = await send(tenant, corpus, title, type, raw);
    return [status, body['code'], body['pointer']];
  };
  assert.deepEqual(await refused('', 'text/plain', 'x'), [422, 'invalid_value', '/title']);
  assert.deepEqual(await refused('  ', 'text/plain', 'x'), [422, 'invalid_value', '/title']);
  assert.deepEqual(await refused('a.png', 'image/png', 'x'), [422, 'invalid_value', '/mediaType']);
  assert.deepEqual(await refused('a.exe', 'application/octet-stream', 'x'), [422, 'invalid_value', '/mediaType']);
  assert.deepEqual(await refused('a.txt', 'text/plain', ' \n '), [422, 'invalid_value', '/text']);
  const large = await send(tenant, corpus, 'a.txt', 'text/plain', Buffer.alloc(20 * 1024 * 1024 + 1, 'x'));
  assert.equal(large.status, 413);
  // Only that endpoint accepts files.
  const elsewhere = await tenant.ask('native', 'POST', '/corpora', {
    raw: 'x',
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(elsewhere.status, 415);
  assert.deepEqual((await tenant.ask('native', 'GET', `/corpora/${corpus}/documents`)).body['data'], []);
});

test('a corpus that an agent refers to cannot be removed', async () => {
  const tenant = await parlance.workspace();
  const corpus = await newCorpus(tenant);
  const agent = await tenant.ask('native', 'POST', '/agents', { body: { name: 'A', knowledge: { corpusId: corpus } } });
  assert.equal(agent.status, 201, agent.text);
  const refused = await tenant.ask('native', 'DELETE', `/corpora/${corpus}`);
  assert.deepEqual([refused.status, refused.body['code']], [409, 'in_use']);
  await tenant.ask('native', 'PATCH', `/agents/${agent.body['id']}`, { body: { knowledge: { corpusId: null } } });
  assert.equal((await tenant.ask('native', 'DELETE', `/corpora/${corpus}`)).status, 204);
});

describe('memory', () => {
  const newContact = async (tenant: Tenant): Promise<string> =>
    String((await tenant.ask('native', 'POST', '/contacts', { body: { firstName: 'Zoë' } })).body['id']);
  const agentId = '01890000-0000-7000-8000-000000000001';
  const otherId = '01890000-0000-7000-8000-000000000002';

  test('is what all agents share, overridden by what one agent learned', async () => {
    const tenant = await parlance.workspace();
    const contact = await newContact(tenant);
    await memory.remember(tenant.id, contact, agentId, {
      global: { city: 'Bonn', seat: 'any' },
      agent: { seat: 'window' },
    });
    assert.deepEqual(await memory.recall(tenant.id, contact, agentId), { city: 'Bonn', seat: 'window' });
    assert.deepEqual(await memory.recall(tenant.id, contact, otherId), { city: 'Bonn', seat: 'any' });
    const stranger = await parlance.workspace();
    assert.deepEqual(await memory.recall(stranger.id, contact, agentId), {});
    await memory.remember(tenant.id, contact, otherId, { agent: { seat: 'aisle' } });
    await memory.remember(tenant.id, contact, agentId, { global: { city: 'Köln' }, agent: { seat: null } });
    assert.deepEqual(await memory.recall(tenant.id, contact, agentId), { city: 'Köln', seat: 'any' });
    const { body } = await tenant.ask('native', 'GET', `/contacts/${contact}/memory`);
    assert.deepEqual(body['global'], { seat: 'any', city: 'Köln' });
    assert.deepEqual(body['agents'], { [agentId]: {}, [otherId]: { seat: 'aisle' } });
  });

  test('of conversations that end at the same time loses nothing', async () => {
    const tenant = await parlance.workspace();
    const contact = await newContact(tenant);
    await Promise.all(
      Array.from({ length: 20 }, (_none, i) =>
        memory.remember(tenant.id, contact, agentId, { global: { [`fact${i}`]: i }, agent: { latest: i } }),
      ),
    );
    const known = await memory.recall(tenant.id, contact, agentId);
    assert.equal(Object.keys(known).length, 21);
  });

  test('is removed with its contact', async () => {
    const tenant = await parlance.workspace();
    const contact = await newContact(tenant);
    await memory.remember(tenant.id, contact, agentId, { global: { city: 'Bonn' } });
    assert.equal((await tenant.ask('native', 'DELETE', `/contacts/${contact}`)).status, 204);
    assert.deepEqual(await memory.recall(tenant.id, contact, agentId), {});
    assert.equal((await tenant.ask('native', 'GET', `/contacts/${contact}/memory`)).status, 404);
  });

  test('has audit entries without the facts', async () => {
    const tenant = await parlance.workspace();
    const contact = await newContact(tenant);
    await memory.remember(tenant.id, contact, agentId, { global: { secret: 'hush' } });
    await memory.remember(tenant.id, contact, agentId, { global: { secret: 'hush' } });
    const { body, text } = await tenant.ask('native', 'GET', `/audit?target=${contact}&action=memory.*`);
    assert.equal((body['data'] as unknown[]).length, 1);
    assert.ok(!text.includes('hush'));
  });
});

test('embeddings are made in the background, with a pause after a failure', async () => {
  let [now, fails, asked] = [Date.parse('2026-01-01T00:00:00Z'), true, 0];
  const axes = [/dog|hound|puppy/i, /car|vehicle/i];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { input } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { input: string[] };
    asked += 1;
    response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
    const data = input.map((text, index) => ({ index, embedding: axes.map((axis) => (axis.test(text) ? 1 : 0)) }));
    response.end(JSON.stringify(fails ? { error: { message: 'no' } } : { data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  // A database of its own: this server must not embed documents of other tests.
  const database = await ownDatabase();
  const open = await openTestServer(
    {
      PARLANCE_OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      PARLANCE_EMBEDDING_MODEL: 'openai/small',
      ...(database && { DATABASE_URL: database }),
    },
    { now: () => new Date(now) },
  );
  const { work } = open.app.services.knowledge;
  const tenant = await open.workspace();
  const corpus = await newCorpus(tenant);
  await send(tenant, corpus, 'a.txt', 'text/plain', 'Our hound is friendly.');
  await assert.rejects(work());
  assert.equal(await work(), false);
  assert.equal(asked, 1);
  now += 31_000;
  fails = false;
  assert.equal(await work(), true);
  assert.equal(await work(), false);
  assert.deepEqual(
    (await found(tenant, corpus, 'puppy')).map(({ title }) => title),
    ['a.txt'],
  );
  // A new text has no embeddings until they are made.
  await send(tenant, corpus, 'a.txt', 'text/plain', 'Our vehicle is fast.');
  assert.deepEqual(await found(tenant, corpus, 'puppy'), []);
  assert.equal(await work(), true);
  assert.deepEqual(await found(tenant, corpus, 'puppy'), []);
  assert.equal((await found(tenant, corpus, 'my car')).length, 1);
});
