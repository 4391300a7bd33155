/** What people of this field complain of in public, each as the test that it never happens here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';

const parlance = await openTestServer();

/** An agent with something in every corner, and how each tongue changes its name and nothing else. */
async function richAgent(tenant: Tenant): Promise<{ id: string; number: number }> {
  const { body: tool } = await tenant.ask('native', 'POST', '/tools', {
    body: { name: 'lookup_order', http: { url: 'https://example.com' } },
  });
  const { body, text, status } = await tenant.ask('native', 'POST', '/agents', {
    body: {
      name: 'Rich',
      description: 'Everything said',
      role: 'Helper',
      context: 'Shop',
      specialInstructions: 'Be brief',
      properties: { plan: 'pro', nested: { a: [1, 2] } },
      metadata: { client: 'c-1', deep: { keep: true } },
      profiles: {
        '@default': { locale: 'en-GB', instructions: 'Help', greeting: { text: 'Hi' }, voice: { id: 'emma' } },
      },
      telephony: {
        transferNumber: '+15551234567',
        businessHours: { timezone: 'Europe/Paris', schedule: [{ day: 'monday', open: '09', close: '17:30' }] },
      },
      tools: [{ toolId: tool['id'], channels: ['voice'], config: { depth: 2 } }, { name: 'hang_up' }],
      memory: { enabled: true, facts: { likes: 'tea' } },
      knowledge: { inline: { faq: 'Open daily' } },
      callSettings: { allowedDays: [0, 1], window: { start: '10' }, tags: [{ name: 'Hot' }] },
      interview: { questions: ['Why us?'], durationMinutes: 20, cefrLevel: 'B2' },
    },
  });
  assert.equal(status, 201, text);
  return { id: String(body['id']), number: Number(body['number']) };
}
const renamers = (agent: { id: string; number: number }) =>
  ({
    native: ['PATCH', `/agents/${agent.id}`, 'name'],
    kejue: ['PATCH', `/agents/${agent.id}`, 'name'],
    agenthuman: ['PUT', `/agents/${agent.number}`, 'name'],
    instaview: ['PATCH', `/agents/${agent.id}`, 'name'],
    ayra: ['PUT', `/agents/agent_${agent.id.replaceAll('-', '')}`, 'name'],
    agntix: ['PATCH', `/v2/chat/agents/${agent.id}`, 'fullName'],
  }) as const;
const hub = async (tenant: Tenant, id: string): Promise<JsonObject> =>
  (await tenant.ask('native', 'GET', `/agents/${id}`)).body;

test('complaint: an update wiped tools, metadata or settings that it did not name', async () => {
  const tenant = await parlance.workspace();
  const agent = await richAgent(tenant);
  for (const [dialect, [method, path, field]] of Object.entries(renamers(agent))) {
    const { name: _name, revision: _revision, updatedAt: _at, ...before } = await hub(tenant, agent.id);
    const { status, text } = await tenant.ask(dialect as 'kejue', method, path, {
      body: { [field]: `Renamed in ${dialect}` },
    });
    assert.equal(status, 200, text);
    const { name, revision: _r, updatedAt: _u, ...after } = await hub(tenant, agent.id);
    assert.equal(name, `Renamed in ${dialect}`);
    assert.deepEqual(after, before, `${dialect} moved something that it did not name`);
  }
});

test('complaint: two people edit, one edit disappears', async () => {
  const tenant = await parlance.workspace();
  const agent = await richAgent(tenant);
  // Both have read revision 1. The second one is told, and told what is in the way.
  const headers = { 'if-match': '"1"' };
  const first = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, {
    body: { role: 'Mine', context: 'Mine too' },
    headers,
  });
  const second = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, { body: { role: 'Yours' }, headers });
  assert.deepEqual([first.status, second.status], [200, 412]);
  assert.deepEqual(
    (second.body['errors'] as JsonObject[]).map((error) => error['pointer']),
    ['/role'],
  );
  assert.equal((await hub(tenant, agent.id))['role'], 'Mine');
  // Who touches something else may go on, and nothing of the first is lost.
  const third = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, {
    body: { description: 'Yours' },
    headers: { ...headers, prefer: 'merge' },
  });
  assert.equal(third.status, 200, third.text);
  const { role, context, description } = await hub(tenant, agent.id);
  assert.deepEqual([role, context, description], ['Mine', 'Mine too', 'Yours']);
});

test('complaint: an update half-way refused left half of it behind', async () => {
  const tenant = await parlance.workspace();
  const agent = await richAgent(tenant);
  const before = await hub(tenant, agent.id);
  for (const [dialect, body] of Object.entries({
    kejue: { name: 'Half', call_settings: { allowed_days: [9] } },
    agenthuman: { name: 'Half', status: 'gone' },
    instaview: { name: 'Half', duration: 999 },
    ayra: { name: 'Half', language: 'xx' },
    agntix: { fullName: 'Half', voicePipelineMode: 'magic' },
    native: { name: 'Half', interview: { durationMinutes: 0 } },
  })) {
    const [method, path] = renamers(agent)[dialect as 'kejue'];
    const { status } = await tenant.ask(dialect as 'kejue', method, path, { body });
    assert.ok(status === 400 || status === 422, `${dialect} answered ${status}`);
    assert.deepEqual(await hub(tenant, agent.id), before, dialect);
  }
});

test('complaint: an update reached running conversations, or did not reach new ones', async () => {
  const tenant = await parlance.workspace();
  const { body: agent } = await tenant.ask('native', 'POST', '/agents', {
    body: { name: 'Greeter', profiles: { '@default': { greeting: { text: 'Old words' } } } },
  });
  const begin = async () => {
    const { body, text, status } = await tenant.ask('native', 'POST', '/conversations', {
      body: { agentId: agent['id'], channel: 'chat' },
    });
    assert.equal(status, 201, text);
    return body;
  };
  const firstWords = (conversation: JsonObject) => (conversation['messages'] as JsonObject[])[0]!['content'];
  const running = await begin();
  const updated = await tenant.ask('ayra', 'PUT', `/agents/agent_${String(agent['id']).replaceAll('-', '')}`, {
    body: { welcome_message: 'New words' },
  });
  assert.equal(
    updated.headers['parlance-live-conversations'],
    '1',
    'the receipt does not say that somebody is still talking',
  );
  const fresh = await begin();
  assert.deepEqual([firstWords(running), firstWords(fresh)], ['Old words', 'New words']);
  assert.deepEqual([running['revision'], fresh['revision']], [1, 2]);
  const { body: snapshot } = await tenant.ask('native', 'GET', `/conversations/${running['id']}/snapshot`);
  assert.match(JSON.stringify(snapshot), /Old words/);
  assert.doesNotMatch(JSON.stringify(snapshot), /New words/);
});
