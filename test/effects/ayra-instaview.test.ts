/** What the fields of Ayra and InstaView do in a chat. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, type Stage, shownAtOnce, told } from './harness.ts';

async function ayra(tenant: Tenant, facts: JsonObject = {}): Promise<Stage> {
  const body = { name: 'Short', voice_platform: 'retell', ...facts };
  const made = accepted(await tenant.ask('ayra', 'POST', '/agents', { body })).body['data'] as JsonObject;
  const shown = made['id'] as string;
  const id = shown.slice('agent_'.length).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { tenant, id, more: { shown } };
}

const put =
  (field: string) =>
  ({ tenant, more }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('ayra', 'PUT', `/agents/${more['shown']}`, { body: { [field]: value } });
const ayraData = ({ body }: Answer) => body['data'] as JsonObject;

async function instaview(tenant: Tenant): Promise<Stage> {
  const body = { name: 'Talk', type: 'ONLINE', focus: 'GENERIC', language: 'EN', duration: 20 };
  const made = accepted(await tenant.ask('instaview', 'POST', '/agents', { body }));
  return { tenant, id: made.body['id'] as string, more: {} };
}

const patch =
  (field: string) =>
  ({ tenant, id }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('instaview', 'PATCH', `/agents/${id}`, { body: { [field]: value } });

shownAtOnce('ayra.name', async (tenant) => {
  const stage = await ayra(tenant);
  const other = await ayra(tenant, { name: 'Other' });
  assert.equal(ayraData(accepted(await put('name')(stage, 'Long')))['name'], 'Long');
  assert.equal((await tenant.ask('native', 'GET', `/agents/${stage.id}`)).body['name'], 'Long');
  const taken = await put('name')(other, 'Long');
  assert.ok(taken.status >= 400, 'no two share a name');
  assert.equal((await tenant.ask('native', 'GET', `/agents/${other.id}`)).body['name'], 'Other');
});

effect('ayra.language', {
  values: ['de', 'fr'],
  stage: ayra,
  update: put('language'),
  observe: told('locale: de', 'locale: fr'),
  expect: [['locale: de'], ['locale: fr']],
});

effect('ayra.system_prompt', {
  values: ['Sell bread.', 'Sell boats.'],
  stage: ayra,
  update: put('system_prompt'),
  observe: told('Sell bread.', 'Sell boats.'),
  expect: [['Sell bread.'], ['Sell boats.']],
});

effect('ayra.welcome_message', {
  values: ['Good morning!', 'Good evening!'],
  stage: ayra,
  update: put('welcome_message'),
  observe: ({ greeting }) => greeting,
  expect: ['Good morning!', 'Good evening!'],
});

shownAtOnce('ayra.metadata', async (tenant) => {
  const stage = await ayra(tenant, { metadata: { team: 'sales', shift: 1 } });
  const { metadata } = ayraData(accepted(await put('metadata')(stage, { shift: 2 })));
  assert.deepEqual(metadata, { team: 'sales', shift: 2 });
  assert.deepEqual((await tenant.ask('native', 'GET', `/agents/${stage.id}`)).body['metadata'], metadata);
});

shownAtOnce('ayra.voice_platform', async (tenant) => {
  const stage = await ayra(tenant);
  accepted(await put('voice_platform')(stage, 'retell'));
  const refused = await put('voice_platform')(stage, 'vapi');
  assert.equal(refused.status, 400);
  const shown = ayraData(await tenant.ask('ayra', 'GET', `/agents/${stage.more['shown']}`));
  assert.equal(shown['voice_platform'], 'retell');
});

effect('instaview.instructions', {
  values: ['Ask about bread.', 'Ask about boats.'],
  stage: instaview,
  update: patch('instructions'),
  observe: told('Ask about bread.', 'Ask about boats.'),
  expect: [['Ask about bread.'], ['Ask about boats.']],
});

shownAtOnce('instaview.metadata', async (tenant) => {
  const stage = await instaview(tenant);
  accepted(await patch('metadata')(stage, { office: { city: 'Lyon', floor: 1 } }));
  const { body } = accepted(await patch('metadata')(stage, { office: { floor: 2 } }));
  assert.deepEqual(body['metadata'], { office: { city: 'Lyon', floor: 2 } });
});
