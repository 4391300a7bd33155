/** What Kejue's fields do. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, NATIVE_PATCH, type Stage, shownAtOnce, told } from './harness.ts';

async function agent(tenant: Tenant, facts: JsonObject = {}): Promise<Stage> {
  const { body } = accepted(await tenant.ask('kejue', 'POST', '/agents', { body: { name: 'Ana', ...facts } }));
  const config = (body['voice_configs'] as JsonObject[])[0]?.['id'];
  return { tenant, id: body['id'] as string, more: config === undefined ? {} : { config: config as string } };
}

const VOICE = { name: 'Ana', language_locale: 'en-US', prompt: 'Be kind.' };
const spoken = (tenant: Tenant) => agent(tenant, { voice_config: VOICE });

/** One that speaks French as well, and is asked to. */
async function bilingual(tenant: Tenant): Promise<Stage> {
  const stage = await spoken(tenant);
  const body = { ...VOICE, language_locale: 'fr-FR', prompt: 'Be French.' };
  const made = accepted(await tenant.ask('kejue', 'POST', `/agents/${stage.id}/voice-configs`, { body }));
  return { ...stage, more: { ...stage.more, french: made.body['id'] as string } };
}

const patch =
  (field: string) =>
  ({ tenant, id }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('kejue', 'PATCH', `/agents/${id}`, { body: { [field]: value } });
const setting =
  (field: string) =>
  (stage: Stage, value: unknown): Promise<Answer> =>
    patch('call_settings')(stage, { [field]: value });
const voice =
  (field: string, config = 'config') =>
  ({ tenant, id, more }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('kejue', 'PATCH', `/agents/${id}/voice-configs/${more[config]}`, { body: { [field]: value } });

effect('kejue.name', {
  values: ['Ana', 'Beatriz'],
  stage: agent,
  update: patch('name'),
  observe: told('Your name is Ana.', 'Your name is Beatriz.'),
  expect: [['Your name is Ana.'], ['Your name is Beatriz.']],
});

effect('kejue.description', {
  values: ['Knows prices.', 'Knows returns.'],
  async stage(tenant) {
    const child = await agent(tenant);
    const subAgents = [{ id: child.id, slug: 'helper', agentId: child.id }];
    const made = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Parent', subAgents } });
    return { ...child, more: { parent: accepted(made).body['id'] as string } };
  },
  update: patch('description'),
  begin: ({ more }) => ({ agentId: more['parent'] }),
  observe: ({ offered }) => offered['transfer_to_helper']?.match(/Knows \w+/)?.[0],
  expect: ['Knows prices', 'Knows returns'],
});

shownAtOnce('kejue.avatar', async (tenant) => {
  const { id } = await agent(tenant);
  for (const address of ['https://pictures.example/a.png', 'https://pictures.example/b.png']) {
    const { body } = accepted(await tenant.ask('kejue', 'PATCH', `/agents/${id}`, { body: { avatar: address } }));
    assert.equal(body['avatar'], address);
    const shown = await tenant.ask('native', 'GET', `/agents/${id}`);
    assert.deepEqual(shown.body['avatar'], { url: address });
  }
});

effect('kejue.memory_enabled', {
  values: [true, false],
  async stage(tenant) {
    const stage = await agent(tenant);
    const made = await tenant.ask('native', 'POST', '/contacts', { body: { firstName: 'Zoe' } });
    const contact = accepted(made).body['id'] as string;
    const body = { global: { home: 'Lyon' } };
    accepted(await tenant.ask('native', 'PATCH', `/contacts/${contact}/memory`, { body, headers: NATIVE_PATCH }));
    return { ...stage, more: { contact } };
  },
  update: patch('memory_enabled'),
  begin: ({ more }) => ({ contact: { id: more['contact'] } }),
  observe: ({ system, judged }) => [system.includes('Lyon'), judged.includes('worth knowing next time')],
  expect: [
    [true, true],
    [false, false],
  ],
});

effect('kejue.call_settings.scoring_criteria', {
  values: ['Was it polite?', 'Was it short?'],
  stage: agent,
  update: setting('scoring_criteria'),
  observe: ({ judged, analysis }) => [
    judged.includes('Was it polite?'),
    judged.includes('Was it short?'),
    analysis?.score.value,
  ],
  expect: [
    [true, false, 50],
    [false, true, 50],
  ],
});

effect('kejue.call_settings.structured_data_schema', {
  values: [[{ key: 'budget', description: 'In euros', type: 'number' }], [{ key: 'city' }]],
  stage: agent,
  update: setting('structured_data_schema'),
  observe: ({ analysis }) => analysis?.extracted.value,
  expect: [{ budget: 50 }, { city: 'something' }],
});

effect('kejue.call_settings.tags', {
  values: [[{ name: 'Interested', description: 'Wants more' }], [{ name: 'Later' }]],
  stage: agent,
  update: setting('tags'),
  observe: ({ analysis }) => analysis?.tags.value,
  expect: [['Interested'], ['Later']],
});

effect('kejue.voice_configs.name', {
  values: ['Carla', 'Dora'],
  stage: spoken,
  update: voice('name'),
  observe: told('Your name is Carla.', 'Your name is Dora.'),
  expect: [['Your name is Carla.'], ['Your name is Dora.']],
});

effect('kejue.voice_configs.language_locale', {
  values: ['en-GB', 'fr-CA'],
  stage: spoken,
  update: voice('language_locale'),
  observe: told('locale: en-GB', 'locale: fr-CA'),
  expect: [['locale: en-GB'], ['locale: fr-CA']],
});

effect('kejue.voice_configs.prompt', {
  values: ['Sell bread.', 'Sell boats.'],
  stage: spoken,
  update: voice('prompt'),
  observe: told('Sell bread.', 'Sell boats.'),
  expect: [['Sell bread.'], ['Sell boats.']],
});

effect('kejue.voice_configs.is_default', {
  values: ['config', 'french'],
  stage: bilingual,
  update: (stage, config) => voice('is_default', config)(stage, true),
  observe: told('Be kind.', 'Be French.'),
  expect: [['Be kind.'], ['Be French.']],
});

effect('kejue.voice_configs.is_active', {
  values: [true, false],
  stage: bilingual,
  update: voice('is_active', 'french'),
  begin: () => ({ locale: 'fr-FR' }),
  observe: told('Be kind.', 'Be French.'),
  expect: [['Be French.'], ['Be kind.']],
});

effect('kejue.voice_configs.first_message', {
  values: ['Good morning!', 'Good evening!'],
  stage: spoken,
  update: voice('first_message'),
  observe: ({ greeting }) => greeting,
  expect: ['Good morning!', 'Good evening!'],
});

shownAtOnce('kejue.voice_configs.voice_name', async (tenant) => {
  const stage = await spoken(tenant);
  for (const [id, name] of [
    ['emma', 'Emma'],
    ['sarah', 'Sarah'],
  ]) {
    const { body } = accepted(await voice('voice_id')(stage, id));
    assert.equal(body['voice_name'], name);
  }
});

effect('kejue.voice_configs.model', {
  values: ['KJUE-v0', 'KJUE-v1.0'],
  stage: spoken,
  update: voice('model'),
  observe: ({ request }) => request['model'],
  expect: ['first', 'second'],
});

effect('kejue.voice_configs.temperature', {
  values: [0.2, 0.9],
  stage: spoken,
  update: voice('temperature'),
  observe: ({ request }) => request['temperature'],
  expect: [0.2, 0.9],
});

effect('kejue.voice_configs.corpus_id', {
  values: ['bread', 'boats'],
  async stage(tenant) {
    const stage = await spoken(tenant);
    const corpus = async (name: string) => {
      const made = accepted(await tenant.ask('native', 'POST', '/corpora', { body: { name } }));
      const body = { title: 'Prices', text: `The price of all ${name} is low.` };
      accepted(await tenant.ask('native', 'POST', `/corpora/${made.body['id']}/documents`, { body }));
      return made.body['id'] as string;
    };
    return { ...stage, more: { ...stage.more, bread: await corpus('bread'), boats: await corpus('boats') } };
  },
  // Kejue shows it and has no word to write it with: its update is heard natively.
  async update({ tenant, id, more }, name) {
    const body = { profiles: { [more['config']!]: { corpusId: more[name] } } };
    accepted(await tenant.ask('native', 'PATCH', `/agents/${id}`, { body, headers: NATIVE_PATCH }));
    const shown = await tenant.ask('kejue', 'GET', `/agents/${id}/voice-configs`);
    assert.match(shown.text, new RegExp(`"corpus_id":"${more[name]}"`));
    return shown;
  },
  say: 'What is the price?',
  observe: told('all bread', 'all boats'),
  expect: [['all bread'], ['all boats']],
});

/** What is attached is this, and nothing that was before. */
async function attach({ tenant, id }: Stage, body: JsonObject): Promise<Answer> {
  const { body: before } = await tenant.ask('kejue', 'GET', `/agents/${id}`);
  for (const tool of before['tools'] as JsonObject[])
    accepted(await tenant.ask('kejue', 'DELETE', `/agents/${id}/tools/${tool['tool_id'] ?? tool['tool_name']}`));
  return tenant.ask('kejue', 'POST', `/agents/${id}/tools`, { body });
}

effect('kejue.tools.tool_name', {
  values: ['get_contact_info', 'update_contact_info'],
  stage: agent,
  update: (stage, tool_name) => attach(stage, { tool_name, channels: ['whatsapp'] }),
  observe: ({ offered }) => Object.keys(offered),
  expect: [['get_contact_info'], ['update_contact_info']],
});

effect('kejue.tools.channels', {
  values: [['whatsapp'], ['voice:in-call']],
  stage: agent,
  update: (stage, channels) => attach(stage, { tool_name: 'get_contact_info', channels }),
  observe: ({ offered }) => Object.keys(offered),
  expect: [['get_contact_info'], []],
});

const called: string[] = [];
const place = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  called.push(`${request.url}${body}`);
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
await new Promise<void>((resolve) => place.listen(0, '127.0.0.1', resolve));
after(() => place.close());

async function tool(tenant: Tenant, name: string, method = 'GET'): Promise<string> {
  const url = `http://127.0.0.1:${(place.address() as AddressInfo).port}/${name}`;
  const body = { name, description: name, http: { url, method } };
  return accepted(await tenant.ask('native', 'POST', '/tools', { body })).body['id'] as string;
}

/** It says whom to hand over to, and goes along with a request. */
effect('kejue.tools.config', {
  values: ['sales', 'service'],
  async stage(tenant) {
    const [first, other] = [await agent(tenant), await agent(tenant, { name: 'Other' })];
    return { ...first, more: { other: other.id, desk: await tool(tenant, 'desk', 'POST') } };
  },
  async update(stage, key) {
    const channels = ['whatsapp'];
    const targets = [{ key, persona_id: stage.more['other'], when_to_use: 'always' }];
    accepted(await attach(stage, { tool_name: 'agent_transfer', channels, config: { targets } }));
    const desk = { tool_name: 'desk', tool_id: stage.more['desk'], channels, config: { key } };
    return stage.tenant.ask('kejue', 'POST', `/agents/${stage.id}/tools`, { body: desk });
  },
  calls: { name: 'desk', input: {} },
  observe: ({ offered }) => [Object.keys(offered), called.splice(0)],
  expect: [
    [['transfer_to_sales', 'desk'], ['/desk{"config":{"key":"sales"}}']],
    [['transfer_to_service', 'desk'], ['/desk{"config":{"key":"service"}}']],
  ],
});

effect('kejue.tools.tool_id', {
  values: ['first', 'second'],
  async stage(tenant) {
    const stage = await agent(tenant);
    return { ...stage, more: { first: await tool(tenant, 'first'), second: await tool(tenant, 'second') } };
  },
  update: (stage, name) =>
    attach(stage, { tool_name: name, tool_id: stage.more[name], channels: ['whatsapp'], config: {} }),
  calls: { input: {} },
  observe: () => called.splice(0),
  expect: [['/first'], ['/second']],
});
