/** The effects of the fields of Ayra and InstaView in a chat. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, immediateEffect, inSystem, type Setup } from './harness.ts';

async function ayra(tenant: Tenant, facts: JsonObject = {}): Promise<Setup> {
  const body = { name: 'Short', voice_platform: 'retell', ...facts };
  const created = accepted(await tenant.ask('ayra', 'POST', '/agents', { body })).body['data'] as JsonObject;
  const ayraId = created['id'] as string;
  const id = ayraId.slice('agent_'.length).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { tenant, id, ids: { ayra: ayraId } };
}

const put =
  (field: string) =>
  ({ tenant, ids }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('ayra', 'PUT', `/agents/${ids['ayra']}`, { body: { [field]: value } });
const ayraData = ({ body }: Answer) => body['data'] as JsonObject;

async function instaview(tenant: Tenant): Promise<Setup> {
  const body = { name: 'Talk', type: 'ONLINE', focus: 'GENERIC', language: 'EN', duration: 20 };
  const created = accepted(await tenant.ask('instaview', 'POST', '/agents', { body }));
  return { tenant, id: created.body['id'] as string, ids: {} };
}

const patch =
  (field: string) =>
  ({ tenant, id }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('instaview', 'PATCH', `/agents/${id}`, { body: { [field]: value } });

immediateEffect('ayra.name', async (tenant) => {
  const setup = await ayra(tenant);
  const other = await ayra(tenant, { name: 'Other' });
  assert.equal(ayraData(accepted(await put('name')(setup, 'Long')))['name'], 'Long');
  assert.equal((await tenant.ask('native', 'GET', `/agents/${setup.id}`)).body['name'], 'Long');
  const taken = await put('name')(other, 'Long');
  assert.ok(taken.status >= 400, 'a name is unique');
  assert.equal((await tenant.ask('native', 'GET', `/agents/${other.id}`)).body['name'], 'Other');
});

effect('ayra.language', {
  values: ['de', 'fr'],
  setUp: ayra,
  update: put('language'),
  observe: inSystem('locale: de', 'locale: fr'),
  expect: [['locale: de'], ['locale: fr']],
});

effect('ayra.system_prompt', {
  values: ['Sell bread.', 'Sell boats.'],
  setUp: ayra,
  update: put('system_prompt'),
  observe: inSystem('Sell bread.', 'Sell boats.'),
  expect: [['Sell bread.'], ['Sell boats.']],
});

effect('ayra.welcome_message', {
  values: ['Good morning!', 'Good evening!'],
  setUp: ayra,
  update: put('welcome_message'),
  observe: ({ greeting }) => greeting,
  expect: ['Good morning!', 'Good evening!'],
});

immediateEffect('ayra.metadata', async (tenant) => {
  const setup = await ayra(tenant, { metadata: { team: 'sales', shift: 1 } });
  const { metadata } = ayraData(accepted(await put('metadata')(setup, { shift: 2 })));
  assert.deepEqual(metadata, { team: 'sales', shift: 2 });
  assert.deepEqual((await tenant.ask('native', 'GET', `/agents/${setup.id}`)).body['metadata'], metadata);
});

immediateEffect('ayra.voice_platform', async (tenant) => {
  const setup = await ayra(tenant);
  accepted(await put('voice_platform')(setup, 'retell'));
  const refused = await put('voice_platform')(setup, 'vapi');
  assert.equal(refused.status, 400);
  const shown = ayraData(await tenant.ask('ayra', 'GET', `/agents/${setup.ids['ayra']}`));
  assert.equal(shown['voice_platform'], 'retell');
});

effect('instaview.instructions', {
  values: ['Ask about bread.', 'Ask about boats.'],
  setUp: instaview,
  update: patch('instructions'),
  observe: inSystem('Ask about bread.', 'Ask about boats.'),
  expect: [['Ask about bread.'], ['Ask about boats.']],
});

immediateEffect('instaview.metadata', async (tenant) => {
  const setup = await instaview(tenant);
  accepted(await patch('metadata')(setup, { office: { city: 'Lyon', floor: 1 } }));
  const { body } = accepted(await patch('metadata')(setup, { office: { floor: 2 } }));
  assert.deepEqual(body['metadata'], { office: { city: 'Lyon', floor: 2 } });
});
