/** Contacts by the names that the caller's own system has for them: who is known is remembered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { type Guest, openHouse } from '../harness.ts';
import { environmentOf, startModelServer } from '../providers/model-server.ts';
import { ownDatabase } from '../stores/database.ts';

const server = await startModelServer();
const databaseUrl = await ownDatabase();
const house = await openHouse({ ...environmentOf(server), ...(databaseUrl && { DATABASE_URL: databaseUrl }) });
const SESSIONS = '/v1/chat/chat/sessions';
const PATCH = { 'content-type': 'application/merge-patch+json' };

async function acquainted(): Promise<{ guest: Guest; agentId: string; contactId: string }> {
  const guest = await house.workspace();
  const made = await guest.ask('agntix', 'POST', '/v2/chat/agents', {
    body: { fullName: 'Ana', description: 'Front desk', role: 'You greet.', isPublic: true },
  });
  const agentId = String(made.body['id']);
  await guest.ask('native', 'PATCH', `/agents/${agentId}`, { body: { memory: { enabled: true } }, headers: PATCH });
  const contact = { externalId: 'crm-9', firstName: 'Zoe', metadata: { plan: 'silver' } };
  const kept = await guest.ask('native', 'POST', '/contacts', { body: contact });
  const contactId = String(kept.body['id']);
  const body = { global: { home: 'Lyon' } };
  await guest.ask('native', 'PATCH', `/contacts/${contactId}/memory`, { body, headers: PATCH });
  server.reset();
  server.always((asked) => {
    const format = asked['response_format'] as { json_schema: { schema: { properties: JsonObject } } } | undefined;
    if (!format) return { say: 'Good morning.' };
    const isLesson = Object.hasOwn(format.json_schema.schema.properties, 'global');
    return { json: isLesson ? { global: { home: 'Paris' }, agent: {} } : {} };
  });
  return { guest, agentId, contactId };
}

async function talk(guest: Guest, path: string, body: JsonObject): Promise<{ id: string; system: string }> {
  const begun = await guest.ask('agntix', 'POST', path, { body });
  const id = String(begun.body['id']);
  const said = { content: 'Hello', stream: false };
  const { status, text } = await guest.ask('agntix', 'POST', `${path}/${id}/messages`, { body: said });
  assert.equal(status, 200, text);
  return { id, system: server.system() };
}

const contactOf = async (guest: Guest, id: string): Promise<unknown> =>
  (await guest.ask('native', 'GET', `/conversations/${id}`)).body['contactId'];

test('a session with a contact of the workspace knows what is remembered of them, and learns', async () => {
  const { guest, agentId, contactId } = await acquainted();
  const contact = { externalId: 'crm-9', metadata: { plan: 'gold' } };
  const { id, system } = await talk(guest, SESSIONS, { agentId, contact });
  assert.match(system, /"home":"Lyon"/);
  assert.match(system, /"firstName":"Zoe"/);
  assert.match(system, /"plan":"gold"/);
  assert.equal(await contactOf(guest, id), contactId);
  await guest.ask('agntix', 'PATCH', `${SESSIONS}/${id}/close`);
  while (await house.app.services.analysis.work());
  const { body } = await guest.ask('native', 'GET', `/contacts/${contactId}/memory`);
  assert.deepEqual(body['global'], { home: 'Paris' });
});

test('nobody is known by a name that nobody has, nor by one of another workspace', async () => {
  const { guest, agentId } = await acquainted();
  const other = await acquainted();
  await other.guest.ask('native', 'POST', '/contacts', { body: { externalId: 'crm-10' } });
  for (const externalId of ['crm-10', 'CRM-9', 'crm-']) {
    const { id, system } = await talk(guest, SESSIONS, { agentId, contact: { externalId } });
    assert.equal(await contactOf(guest, id), null, externalId);
    assert.doesNotMatch(system, /Lyon|Zoe/);
  }
});

test('a stranger who says a name is told nothing of whose it is', async () => {
  const { guest, agentId } = await acquainted();
  const path = '/v1/chat/public/chat/sessions';
  const { id, system } = await talk(guest, path, { agentId, contact: { externalId: 'crm-9' } });
  assert.equal(await contactOf(guest, id), null);
  assert.doesNotMatch(system, /Lyon|Zoe/);
});
