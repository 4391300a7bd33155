/** The analysis after a conversation, with a judge that speaks a provider's real wire format. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { NOT_EVALUATED } from '../../src/conversations/analysis/questions.ts';
import type { Analysis } from '../../src/conversations/conversation.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant, type TestServer } from '../harness.ts';
import { environmentOf, type Play, startModelServer } from '../providers/model-server.ts';
import { ownDatabase } from '../stores/database.ts';

const server = await startModelServer();
const databaseUrl = await ownDatabase();
const clock = { ms: Date.parse('2026-03-02T10:00:00Z') };
const parlance = await openTestServer(
  { ...environmentOf(server), PARLANCE_ALLOW_PRIVATE_TARGETS: '1', ...(databaseUrl && { DATABASE_URL: databaseUrl }) },
  { now: () => new Date(clock.ms) },
);
const pass = (seconds: number) => {
  clock.ms += seconds * 1000;
};

beforeEach(() => server.reset());

const CONFIGURED = {
  callSettings: {
    window: {},
    scoringCriteria: 'Full marks for a booked demo.',
    tags: [{ name: 'Interested', description: 'Wants to hear more' }, { name: 'Later' }],
    structuredData: [
      { key: 'budget', type: 'number', description: 'In euros' },
      { key: 'plan', type: 'enum', choices: ['small', 'large'] },
      { key: 'city' },
      { key: 'is_owner', type: 'boolean' },
    ],
  },
};

const GOOD: Record<string, JsonObject> = {
  summary: { summary: 'They booked a demo.' },
  score: { score: 87 },
  tags: { tags: ['Interested'] },
  values: { values: { budget: 5000, plan: 'large', city: null, is_owner: true } },
  sentiment: { sentiment: 'positive' },
  global: { global: { city: 'Lyon' }, agent: { plan: 'large' } },
};

/** The finding that a request is about: the first key of its schema. */
function partOf(body: JsonObject): string | undefined {
  const format = body['response_format'] as { json_schema?: { schema: { properties: JsonObject } } } | undefined;
  const properties = format?.json_schema?.schema.properties;
  if (properties) return Object.keys(properties)[0];
  const [, written] = String((body['messages'] as JsonObject[])[0]!['content']).split(
    'It must fit this JSON Schema:\n',
  );
  return written && Object.keys((JSON.parse(written) as { properties: JsonObject }).properties)[0];
}

const judging =
  (answers: Record<string, unknown> = {}) =>
  (body: JsonObject): Play => {
    const part = partOf(body);
    if (part === undefined) return { say: 'Very well.' };
    const own = answers[part];
    const answer = Array.isArray(own) ? (own.shift() ?? own) : own;
    return { json: answer ?? GOOD[part] ?? {} };
  };

const promptsAbout = (part: string) =>
  server.requests
    .filter(({ body }) => partOf(body) === part)
    .map(({ body }) => (body['messages'] as JsonObject[]).map(({ content }) => JSON.stringify(content)).join('\n'));

async function agentOf(tenant: Tenant, facts: JsonObject = CONFIGURED): Promise<string> {
  const { body, text } = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Ada', ...facts } });
  assert.ok(body['id'], text);
  return body['id'] as string;
}

async function ended(tenant: Tenant, agentId: string, facts: JsonObject = {}, texts = ['I want the large plan.']) {
  const started = await tenant.ask('native', 'POST', '/conversations', { body: { agentId, ...facts } });
  assert.equal(started.status, 201, started.text);
  const id = started.body['id'] as string;
  for (const content of texts) {
    const answer = await tenant.ask('native', 'POST', `/conversations/${id}/messages`, { body: { content } });
    assert.equal(answer.status, 200, answer.text);
  }
  const end = await tenant.ask('native', 'POST', `/conversations/${id}/end`);
  assert.equal(end.status, 200, end.text);
  assert.equal(end.body['analysis'], null);
  return id;
}

async function analysisOf(tenant: Tenant, id: string): Promise<Analysis> {
  const { body } = await tenant.ask('native', 'GET', `/conversations/${id}`);
  return body['analysis'] as Analysis;
}

const drain = async ({ app }: TestServer) => {
  while (await app.services.analysis.work());
};

const analyzed = async (tenant: Tenant, id: string): Promise<number> => {
  const { body } = await tenant.ask('native', 'GET', '/audit?limit=100');
  return (body['data'] as JsonObject[]).filter(
    ({ action, target }) => action === 'conversation.analyzed' && target === id,
  ).length;
};

test('a conversation that has ended gets every finding, with the model and the revision', async () => {
  const tenant = await parlance.workspace();
  server.always(judging());
  const id = await ended(tenant, await agentOf(tenant));
  await drain(parlance);

  const analysis = await analysisOf(tenant, id);
  const model = 'openai/recorder';
  assert.deepEqual(analysis, {
    revision: 1,
    at: new Date(clock.ms).toISOString(),
    summary: { value: 'They booked a demo.', model },
    score: { value: 87, model },
    tags: { value: ['Interested'], model },
    extracted: { value: { budget: 5000, plan: 'large', city: null, is_owner: true }, model },
    sentiment: { value: 'positive', model },
    intent: { value: null, reason: NOT_EVALUATED.switchedOff, model: null },
    resolution: { value: null, reason: NOT_EVALUATED.switchedOff, model: null },
  });
  assert.match(promptsAbout('score')[0]!, /Full marks for a booked demo\./);
  assert.match(promptsAbout('tags')[0]!, /Interested: Wants to hear more\\n- Later/);
  for (const key of ['budget', 'In euros', 'plan', 'small', 'city', 'is_owner'])
    assert.match(promptsAbout('values')[0]!, new RegExp(key));
  assert.match(promptsAbout('summary')[0]!, /Contact: I want the large plan\.\\nAgent: Very well\./);
  assert.equal(await analyzed(tenant, id), 1);

  const before = server.requests.length;
  await drain(parlance);
  assert.equal(server.requests.length, before, 'the analysis is not repeated');
});

const LOOKED_INTO = {
  callSettings: {
    intentDetection: true,
    intents: [{ name: 'buying', description: 'Wants a plan' }, { name: 'leaving' }],
    resolutionAnalysis: true,
    resolutions: [
      { status: 'booked', classification: 'success', description: 'A date was agreed on.' },
      { status: 'lost', classification: 'failed' },
      { status: 'wrong number', classification: 'neutral' },
    ],
    conversationSummary: false,
    sentimentAnalysis: false,
    dataExtraction: false,
    structuredData: [{ key: 'city' }],
  },
};
const INTENT = { intent: 'buying', confidence: 0.9, explanation: 'They asked for a plan.' };
const RESOLUTION = {
  classification: 'resolved',
  status: 'booked',
  confidence: 0.8,
  satisfied: ['A date'],
  evidence: ['I want the large plan.'],
  explanation: 'They agreed.',
};

test('intent and resolution are found by their definitions, where they are enabled', async () => {
  const tenant = await parlance.workspace();
  server.always(judging({ intent: { intent: INTENT }, resolution: { resolution: RESOLUTION } }));
  const id = await ended(tenant, await agentOf(tenant, LOOKED_INTO));
  await drain(parlance);
  const { intent, resolution, summary, sentiment, extracted } = await analysisOf(tenant, id);
  assert.deepEqual([intent?.value, resolution?.value], [INTENT, RESOLUTION]);
  const off = { value: null, reason: NOT_EVALUATED.switchedOff, model: null };
  assert.deepEqual([summary, sentiment, extracted], [off, off, off]);
  for (const part of ['summary', 'sentiment', 'values']) assert.deepEqual(promptsAbout(part), []);
  assert.match(promptsAbout('intent')[0]!, /- buying: Wants a plan\\n- leaving/);
  assert.match(promptsAbout('resolution')[0]!, /- booked \(success\): A date was agreed on\.\\n- lost \(failed\)/);
});

test('a resolution that is not defined, or has the wrong classification, is refused', async () => {
  const tenant = await parlance.workspace();
  const agentId = await agentOf(tenant, LOOKED_INTO);
  const none = { value: null, reason: NOT_EVALUATED.misfit, model: 'openai/recorder' };
  for (const wrong of [{ status: 'sold' }, { classification: 'unresolved' }, { status: null }, { confidence: 80 }]) {
    const resolution = { ...RESOLUTION, ...wrong };
    server.always(judging({ intent: { intent: { ...INTENT, intent: 'selling' } }, resolution: { resolution } }));
    const id = await ended(tenant, agentId);
    await drain(parlance);
    const found = await analysisOf(tenant, id);
    assert.deepEqual([found.intent, found.resolution], [none, none], JSON.stringify(resolution));
  }
});

const WRONG: [string, string, unknown, keyof Analysis][] = [
  ['a score of 250', 'score', { score: 250 }, 'score'],
  ['a tag that is not configured', 'tags', { tags: ['Angry'] }, 'tags'],
  ['missing keys', 'values', { values: { budget: 5 } }, 'extracted'],
  [
    'a key that is not configured',
    'values',
    { values: { ...(GOOD['values']!['values'] as object), more: 1 } },
    'extracted',
  ],
  [
    'a value of the wrong type',
    'values',
    { values: { ...(GOOD['values']!['values'] as object), budget: 'lots' } },
    'extracted',
  ],
];

for (const [what, part, wrong, finding] of WRONG)
  test(`${what} is corrected by asking again, or not evaluated`, async () => {
    const tenant = await parlance.workspace();
    const agentId = await agentOf(tenant);
    server.always(judging({ [part]: [wrong, GOOD[part]] }));
    const corrected = await ended(tenant, agentId);
    await drain(parlance);
    assert.equal(promptsAbout(part).length, 2);
    const { value } = (await analysisOf(tenant, corrected))[finding] as { value: unknown };
    assert.deepEqual(value, Object.values(GOOD[part]!)[0]);

    server.always(judging({ [part]: wrong }));
    const never = await ended(tenant, agentId);
    await drain(parlance);
    const analysis = await analysisOf(tenant, never);
    assert.deepEqual(analysis[finding], { value: null, reason: NOT_EVALUATED.misfit, model: 'openai/recorder' });
    assert.equal(analysis.summary.value, 'They booked a demo.', 'one invalid answer does not spoil the others');
  });

test('findings that are not configured are not evaluated, and the model is not asked', async () => {
  const tenant = await parlance.workspace();
  server.always(judging());
  const id = await ended(tenant, await agentOf(tenant, {}));
  await drain(parlance);
  const { score, tags, extracted } = await analysisOf(tenant, id);
  assert.deepEqual(score, { value: null, reason: NOT_EVALUATED.noCriteria, model: null });
  assert.deepEqual(tags, { value: null, reason: NOT_EVALUATED.noTags, model: null });
  assert.deepEqual(extracted, { value: null, reason: NOT_EVALUATED.noData, model: null });
  for (const part of ['score', 'tags', 'values']) assert.equal(promptsAbout(part).length, 0);
});

test('a conversation without a message of the contact is not evaluated', async () => {
  const tenant = await parlance.workspace();
  server.always(judging());
  const id = await ended(tenant, await agentOf(tenant), {}, []);
  await drain(parlance);
  const { summary, score } = await analysisOf(tenant, id);
  assert.deepEqual([summary.value, summary.reason, score.value], [null, NOT_EVALUATED.silence, null]);
  assert.equal(server.requests.length, 0);
});

test('with the demo model nothing is evaluated, and the reason says so', async () => {
  const database = await ownDatabase();
  const demo = await openTestServer(database ? { DATABASE_URL: database } : {});
  const tenant = await demo.workspace();
  const id = await ended(tenant, await agentOf(tenant));
  await drain(demo);
  const analysis = await analysisOf(tenant, id);
  for (const name of ['summary', 'score', 'tags', 'extracted', 'sentiment'] as const)
    assert.deepEqual(analysis[name], { value: null, reason: NOT_EVALUATED.noJudge, model: null });
  assert.equal(await analyzed(tenant, id), 1);
});

test('a conversation keeps the criteria of its start; the next one has the new ones', async () => {
  const tenant = await parlance.workspace();
  server.always(judging());
  const agentId = await agentOf(tenant);
  const { body } = await tenant.ask('native', 'POST', '/conversations', { body: { agentId } });
  const patch = { callSettings: { scoringCriteria: 'Half marks for politeness.' } };
  const headers = { 'content-type': 'application/merge-patch+json' };
  const patched = await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: patch, headers });
  assert.equal(patched.status, 200, patched.text);
  await tenant.ask('native', 'POST', `/conversations/${body['id']}/messages`, { body: { content: 'Hello' } });
  await tenant.ask('native', 'POST', `/conversations/${body['id']}/end`);
  await drain(parlance);
  assert.match(promptsAbout('score')[0]!, /Full marks/);
  const id = await ended(tenant, agentId);
  await drain(parlance);
  assert.match(promptsAbout('score')[1]!, /Half marks/);
  assert.equal((await analysisOf(tenant, id)).revision, 2);
});

test('after a crash another node takes over the analysis, and it is finished once', async () => {
  const tenant = await parlance.workspace();
  server.always(judging());
  const id = await ended(tenant, await agentOf(tenant));
  const { analyses } = parlance.app.store;
  const at = () => new Date(clock.ms).toISOString();
  const dead = await analyses.claim(at(), new Date(clock.ms + 120_000).toISOString());
  assert.equal(dead?.facts.id, id);
  await drain(parlance);
  assert.equal(await analysisOf(tenant, id), null, 'no other node claims it while the lease holds');
  pass(121);
  await drain(parlance);
  const analysis = await analysisOf(tenant, id);
  assert.equal(analysis.score.value, 87);
  const late = { ...analysis, summary: { value: 'From the dead', model: null } };
  assert.equal(await analyses.save(dead!, late), false, 'whose lease has passed writes nothing');
  assert.deepEqual(await analysisOf(tenant, id), analysis);
  assert.equal(await analyzed(tenant, id), 1);
});

test('findings saved before a crash are not asked for again', async () => {
  const tenant = await parlance.workspace();
  server.always(judging());
  const id = await ended(tenant, await agentOf(tenant));
  const { analyses } = parlance.app.store;
  const claimed = await analyses.claim(new Date(clock.ms).toISOString(), new Date(clock.ms + 1000).toISOString());
  const found = { value: 'Kept before the crash.', model: 'openai/recorder' };
  const none = { value: null, model: null };
  const stored = {
    revision: 1,
    at: new Date(clock.ms).toISOString(),
    summary: found,
    score: none,
    tags: none,
    extracted: none,
  };
  assert.ok(await analyses.save(claimed!, stored));
  pass(2);
  await drain(parlance);
  assert.equal(promptsAbout('summary').length, 0);
  assert.equal((await analysisOf(tenant, id)).summary.value, 'Kept before the crash.');
  assert.equal(await analyzed(tenant, id), 1);
});

test('a model that cannot be reached is asked later, and given up after three attempts', async () => {
  const tenant = await parlance.workspace();
  const id = await ended(tenant, await agentOf(tenant, {}));
  server.always({ status: 400, error: { message: 'Not now.', type: 'server_error' } });
  for (let round = 0; round < 3; round += 1) {
    await drain(parlance);
    pass(100);
  }
  const { summary } = await analysisOf(tenant, id);
  assert.equal(summary.value, null);
  assert.match(summary.reason!, /^not evaluated: the model did not answer/);
});

test('new facts about a contact replace the known ones, where memory is enabled', async () => {
  const tenant = await parlance.workspace();
  const contact = await tenant.ask('native', 'POST', '/contacts', { body: { firstName: 'Zoe' } });
  assert.equal(contact.status, 201, contact.text);
  const contactId = contact.body['id'] as string;
  const memory = async () => (await tenant.ask('native', 'GET', `/contacts/${contactId}/memory`)).body;
  const withMemory = await agentOf(tenant, { memory: { enabled: true, facts: {} } });
  const withoutMemory = await agentOf(tenant, {});

  server.always(judging());
  await ended(tenant, withoutMemory, { contact: { id: contactId } });
  await drain(parlance);
  assert.equal(promptsAbout('global').length, 0);
  assert.deepEqual((await memory())['global'], {});

  await ended(tenant, withMemory, { contact: { id: contactId } });
  await drain(parlance);
  assert.deepEqual((await memory())['global'], { city: 'Lyon' });
  assert.deepEqual((await memory())['agents'], { [withMemory]: { plan: 'large' } });

  server.always(judging({ global: { global: { city: 'Paris' }, agent: {} } }));
  await ended(tenant, withMemory, { contact: { id: contactId } });
  await drain(parlance);
  assert.match(promptsAbout('global')[1]!, /Lyon/, 'the prompt has the known facts');
  assert.deepEqual((await memory())['global'], { city: 'Paris' });
});

test('post-call tools run after the analysis, with arguments from the conversation', async () => {
  const calls: JsonObject[] = [];
  const place = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    calls.push({ key: request.headers['idempotency-key'], body: JSON.parse(text || '{}') });
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  });
  await new Promise<void>((resolve) => place.listen(0, '127.0.0.1', resolve));
  after(() => place.close());
  const tenant = await parlance.workspace();
  const url = `http://127.0.0.1:${(place.address() as AddressInfo).port}/crm`;
  const inputSchema = { type: 'object', properties: { plan: { type: 'string' } }, required: ['plan'] };
  const tool = await tenant.ask('native', 'POST', '/tools', {
    body: { name: 'log_call', description: 'Logs it', http: { url, method: 'POST' }, inputSchema },
  });
  assert.equal(tool.status, 201, tool.text);
  const tools = [{ toolId: tool.body['id'], channels: ['post-call'], config: {} }];
  server.always(judging({ plan: { plan: 'large' } }));
  const id = await ended(tenant, await agentOf(tenant, { tools }));
  assert.equal(calls.length, 0, 'not while it goes on');
  await drain(parlance);
  assert.equal(calls.length, 1);
  assert.deepEqual(calls[0]!['body'], { plan: 'large' });
  assert.deepEqual((await analysisOf(tenant, id)).afterwards, [
    { tool: 'log_call', output: '{"ok":true}', failed: false },
  ]);
  await drain(parlance);
  assert.equal(calls.length, 1);
});
