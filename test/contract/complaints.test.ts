/** Complaints about other servers from public issue trackers. Each has a test that it does not happen here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';

const parlance = await openTestServer();

/** An agent with a value in every part of the document. */
async function richAgent(tenant: Tenant): Promise<{ id: string; number: number }> {
  const { body: tool } = await tenant.ask('native', 'POST', '/tools', {
    body: { name: 'lookup_order', http: { url: 'https://example.com' } },
  });
  const { body, text, status } = await tenant.ask('native', 'POST', '/agents', {
    body: {
      name: 'Rich',
      description: 'Every field has a value',
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
/** How each dialect changes the name and nothing else. */
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
    assert.deepEqual(after, before, `${dialect} changed a field that the request did not name`);
  }
});

test('complaint: two people edit, one edit disappears', async () => {
  const tenant = await parlance.workspace();
  const agent = await richAgent(tenant);
  // Both clients have read revision 1. The answer to the second one names the field in conflict.
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
  // With Prefer: merge a change of another field succeeds, and the first change stays.
  const third = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, {
    body: { description: 'Yours' },
    headers: { ...headers, prefer: 'merge' },
  });
  assert.equal(third.status, 200, third.text);
  const { role, context, description } = await hub(tenant, agent.id);
  assert.deepEqual([role, context, description], ['Mine', 'Mine too', 'Yours']);
});

test('complaint: an update that was partly refused was partly stored', async () => {
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
    body: { name: 'Greeter', profiles: { '@default': { greeting: { text: 'Old greeting' } } } },
  });
  const startConversation = async () => {
    const { body, text, status } = await tenant.ask('native', 'POST', '/conversations', {
      body: { agentId: agent['id'], channel: 'chat' },
    });
    assert.equal(status, 201, text);
    return body;
  };
  const greetingOf = (conversation: JsonObject) => (conversation['messages'] as JsonObject[])[0]!['content'];
  const running = await startConversation();
  const updated = await tenant.ask('ayra', 'PUT', `/agents/agent_${String(agent['id']).replaceAll('-', '')}`, {
    body: { welcome_message: 'New greeting' },
  });
  assert.equal(
    updated.headers['parlance-live-conversations'],
    '1',
    'the receipt does not count the running conversation',
  );
  const next = await startConversation();
  assert.deepEqual([greetingOf(running), greetingOf(next)], ['Old greeting', 'New greeting']);
  assert.deepEqual([running['revision'], next['revision']], [1, 2]);
  const { body: snapshot } = await tenant.ask('native', 'GET', `/conversations/${running['id']}/snapshot`);
  assert.match(JSON.stringify(snapshot), /Old greeting/);
  assert.doesNotMatch(JSON.stringify(snapshot), /New greeting/);
});
