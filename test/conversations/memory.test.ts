/** Memory of contacts that a client names by external id. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, startModelServer } from '../providers/model-server.ts';
import { ownDatabase } from '../stores/database.ts';

const server = await startModelServer();
const databaseUrl = await ownDatabase();
const parlance = await openTestServer({ ...environmentOf(server), ...(databaseUrl && { DATABASE_URL: databaseUrl }) });
const SESSIONS = '/v1/chat/chat/sessions';
const PATCH = { 'content-type': 'application/merge-patch+json' };

async function acquainted(): Promise<{ tenant: Tenant; agentId: string; contactId: string }> {
  const tenant = await parlance.workspace();
  const made = await tenant.ask('agntix', 'POST', '/v2/chat/agents', {
    body: { fullName: 'Ana', description: 'Front desk', role: 'You greet.', isPublic: true },
  });
  const agentId = String(made.body['id']);
  await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { memory: { enabled: true } }, headers: PATCH });
  const contact = { externalId: 'crm-9', firstName: 'Zoe', metadata: { plan: 'silver' } };
  const stored = await tenant.ask('native', 'POST', '/contacts', { body: contact });
  const contactId = String(stored.body['id']);
  const body = { global: { home: 'Lyon' } };
  await tenant.ask('native', 'PATCH', `/contacts/${contactId}/memory`, { body, headers: PATCH });
  server.reset();
  server.always((asked) => {
    const format = asked['response_format'] as { json_schema: { schema: { properties: JsonObject } } } | undefined;
    if (!format) return { say: 'Good morning.' };
    const isLesson = Object.hasOwn(format.json_schema.schema.properties, 'global');
    return { json: isLesson ? { global: { home: 'Paris' }, agent: {} } : {} };
  });
  return { tenant, agentId, contactId };
}

async function talk(tenant: Tenant, path: string, body: JsonObject): Promise<{ id: string; system: string }> {
  const started = await tenant.ask('agntix', 'POST', path, { body });
  const id = String(started.body['id']);
  const message = { content: 'Hello', stream: false };
  const { status, text } = await tenant.ask('agntix', 'POST', `${path}/${id}/messages`, { body: message });
  assert.equal(status, 200, text);
  return { id, system: server.system() };
}

const contactOf = async (tenant: Tenant, id: string): Promise<unknown> =>
  (await tenant.ask('native', 'GET', `/conversations/${id}`)).body['contactId'];

test('a session with a stored contact receives remembered facts, and new ones are stored', async () => {
  const { tenant, agentId, contactId } = await acquainted();
  const contact = { externalId: 'crm-9', metadata: { plan: 'gold' } };
  const { id, system } = await talk(tenant, SESSIONS, { agentId, contact });
  assert.match(system, /"home":"Lyon"/);
  assert.match(system, /"firstName":"Zoe"/);
  assert.match(system, /"plan":"gold"/);
  assert.equal(await contactOf(tenant, id), contactId);
  await tenant.ask('agntix', 'PATCH', `${SESSIONS}/${id}/close`);
  while (await parlance.app.services.analysis.work());
  const { body } = await tenant.ask('native', 'GET', `/contacts/${contactId}/memory`);
  assert.deepEqual(body['global'], { home: 'Paris' });
});

test('an unknown external id, or one of another workspace, finds no contact', async () => {
  const { tenant, agentId } = await acquainted();
  const other = await acquainted();
  await other.tenant.ask('native', 'POST', '/contacts', { body: { externalId: 'crm-10' } });
  for (const externalId of ['crm-10', 'CRM-9', 'crm-']) {
    const { id, system } = await talk(tenant, SESSIONS, { agentId, contact: { externalId } });
    assert.equal(await contactOf(tenant, id), null, externalId);
    assert.doesNotMatch(system, /Lyon|Zoe/);
  }
});

test('a client without a key receives no facts of the contact that it names', async () => {
  const { tenant, agentId } = await acquainted();
  const path = '/v1/chat/public/chat/sessions';
  const { id, system } = await talk(tenant, path, { agentId, contact: { externalId: 'crm-9' } });
  assert.equal(await contactOf(tenant, id), null);
  assert.doesNotMatch(system, /Lyon|Zoe/);
});
