/** The effects of Kejue's fields in a chat. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, immediateEffect, inSystem, NATIVE_PATCH, type Setup } from './harness.ts';

async function agent(tenant: Tenant, facts: JsonObject = {}): Promise<Setup> {
  const { body } = accepted(await tenant.ask('kejue', 'POST', '/agents', { body: { name: 'Ana', ...facts } }));
  const config = (body['voice_configs'] as JsonObject[])[0]?.['id'];
  return { tenant, id: body['id'] as string, ids: config === undefined ? {} : { config: config as string } };
}

const VOICE = { name: 'Ana', language_locale: 'en-US', prompt: 'Be kind.' };
const withVoice = (tenant: Tenant) => agent(tenant, { voice_config: VOICE });

/** An agent with a second profile, in French. */
async function bilingual(tenant: Tenant): Promise<Setup> {
  const setup = await withVoice(tenant);
  const body = { ...VOICE, language_locale: 'fr-FR', prompt: 'Be French.' };
  const created = accepted(await tenant.ask('kejue', 'POST', `/agents/${setup.id}/voice-configs`, { body }));
  return { ...setup, ids: { ...setup.ids, french: created.body['id'] as string } };
}

const patch =
  (field: string) =>
  ({ tenant, id }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('kejue', 'PATCH', `/agents/${id}`, { body: { [field]: value } });
const setting =
  (field: string) =>
  (setup: Setup, value: unknown): Promise<Answer> =>
    patch('call_settings')(setup, { [field]: value });
const voice =
  (field: string, config = 'config') =>
  ({ tenant, id, ids }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('kejue', 'PATCH', `/agents/${id}/voice-configs/${ids[config]}`, { body: { [field]: value } });

effect('kejue.name', {
  values: ['Ana', 'Beatriz'],
  setUp: agent,
  update: patch('name'),
  observe: inSystem('Your name is Ana.', 'Your name is Beatriz.'),
  expect: [['Your name is Ana.'], ['Your name is Beatriz.']],
});

effect('kejue.description', {
  values: ['Knows prices.', 'Knows returns.'],
  async setUp(tenant) {
    const child = await agent(tenant);
    const subAgents = [{ id: child.id, slug: 'helper', agentId: child.id }];
    const created = await tenant.ask('native', 'POST', '/agents', { body: { name: 'Parent', subAgents } });
    return { ...child, ids: { parent: accepted(created).body['id'] as string } };
  },
  update: patch('description'),
  start: ({ ids }) => ({ agentId: ids['parent'] }),
  observe: ({ offeredTools }) => offeredTools['transfer_to_helper']?.match(/Knows \w+/)?.[0],
  expect: ['Knows prices', 'Knows returns'],
});

immediateEffect('kejue.avatar', async (tenant) => {
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
  async setUp(tenant) {
    const setup = await agent(tenant);
    const created = await tenant.ask('native', 'POST', '/contacts', { body: { firstName: 'Zoe' } });
    const contact = accepted(created).body['id'] as string;
    const body = { global: { home: 'Lyon' } };
    accepted(await tenant.ask('native', 'PATCH', `/contacts/${contact}/memory`, { body, headers: NATIVE_PATCH }));
    return { ...setup, ids: { contact } };
  },
  update: patch('memory_enabled'),
  start: ({ ids }) => ({ contact: { id: ids['contact'] } }),
  observe: ({ system, analysisPrompts }) => [
    system.includes('Lyon'),
    analysisPrompts.includes('worth knowing next time'),
  ],
  expect: [
    [true, true],
    [false, false],
  ],
});

effect('kejue.call_settings.scoring_criteria', {
  values: ['Was it polite?', 'Was it short?'],
  setUp: agent,
  update: setting('scoring_criteria'),
  observe: ({ analysisPrompts, analysis }) => [
    analysisPrompts.includes('Was it polite?'),
    analysisPrompts.includes('Was it short?'),
    analysis?.score.value,
  ],
  expect: [
    [true, false, 50],
    [false, true, 50],
  ],
});

effect('kejue.call_settings.structured_data_schema', {
  values: [[{ key: 'budget', description: 'In euros', type: 'number' }], [{ key: 'city' }]],
  setUp: agent,
  update: setting('structured_data_schema'),
  observe: ({ analysis }) => analysis?.extracted.value,
  expect: [{ budget: 50 }, { city: 'something' }],
});

effect('kejue.call_settings.tags', {
  values: [[{ name: 'Interested', description: 'Wants more' }], [{ name: 'Later' }]],
  setUp: agent,
  update: setting('tags'),
  observe: ({ analysis }) => analysis?.tags.value,
  expect: [['Interested'], ['Later']],
});

effect('kejue.voice_configs.name', {
  values: ['Carla', 'Dora'],
  setUp: withVoice,
  update: voice('name'),
  observe: inSystem('Your name is Carla.', 'Your name is Dora.'),
  expect: [['Your name is Carla.'], ['Your name is Dora.']],
});

effect('kejue.voice_configs.language_locale', {
  values: ['en-GB', 'fr-CA'],
  setUp: withVoice,
  update: voice('language_locale'),
  observe: inSystem('locale: en-GB', 'locale: fr-CA'),
  expect: [['locale: en-GB'], ['locale: fr-CA']],
});

effect('kejue.voice_configs.prompt', {
  values: ['Sell bread.', 'Sell boats.'],
  setUp: withVoice,
  update: voice('prompt'),
  observe: inSystem('Sell bread.', 'Sell boats.'),
  expect: [['Sell bread.'], ['Sell boats.']],
});

effect('kejue.voice_configs.is_default', {
  values: ['config', 'french'],
  setUp: bilingual,
  update: (setup, config) => voice('is_default', config)(setup, true),
  observe: inSystem('Be kind.', 'Be French.'),
  expect: [['Be kind.'], ['Be French.']],
});

effect('kejue.voice_configs.is_active', {
  values: [true, false],
  setUp: bilingual,
  update: voice('is_active', 'french'),
  start: () => ({ locale: 'fr-FR' }),
  observe: inSystem('Be kind.', 'Be French.'),
  expect: [['Be French.'], ['Be kind.']],
});

effect('kejue.voice_configs.first_message', {
  values: ['Good morning!', 'Good evening!'],
  setUp: withVoice,
  update: voice('first_message'),
  observe: ({ greeting }) => greeting,
  expect: ['Good morning!', 'Good evening!'],
});

immediateEffect('kejue.voice_configs.voice_name', async (tenant) => {
  const setup = await withVoice(tenant);
  for (const [id, name] of [
    ['emma', 'Emma'],
    ['sarah', 'Sarah'],
  ]) {
    const { body } = accepted(await voice('voice_id')(setup, id));
    assert.equal(body['voice_name'], name);
  }
});

effect('kejue.voice_configs.model', {
  values: ['KJUE-v0', 'KJUE-v1.0'],
  setUp: withVoice,
  update: voice('model'),
  observe: ({ request }) => request['model'],
  expect: ['first', 'second'],
});

effect('kejue.voice_configs.temperature', {
  values: [0.2, 0.9],
  setUp: withVoice,
  update: voice('temperature'),
  observe: ({ request }) => request['temperature'],
  expect: [0.2, 0.9],
});

effect('kejue.voice_configs.corpus_id', {
  values: ['bread', 'boats'],
  async setUp(tenant) {
    const setup = await withVoice(tenant);
    const corpus = async (name: string) => {
      const created = accepted(await tenant.ask('native', 'POST', '/corpora', { body: { name } }));
      const body = { title: 'Prices', text: `The price of all ${name} is low.` };
      accepted(await tenant.ask('native', 'POST', `/corpora/${created.body['id']}/documents`, { body }));
      return created.body['id'] as string;
    };
    return { ...setup, ids: { ...setup.ids, bread: await corpus('bread'), boats: await corpus('boats') } };
  },
  // Kejue's API cannot write this field, so the native API updates it.
  async update({ tenant, id, ids }, name) {
    const body = { profiles: { [ids['config']!]: { corpusId: ids[name] } } };
    accepted(await tenant.ask('native', 'PATCH', `/agents/${id}`, { body, headers: NATIVE_PATCH }));
    const shown = await tenant.ask('kejue', 'GET', `/agents/${id}/voice-configs`);
    assert.match(shown.text, new RegExp(`"corpus_id":"${ids[name]}"`));
    return shown;
  },
  say: 'What is the price?',
  observe: inSystem('all bread', 'all boats'),
  expect: [['all bread'], ['all boats']],
});

/** Replaces the tools of the agent with this one. */
async function attach({ tenant, id }: Setup, body: JsonObject): Promise<Answer> {
  const { body: before } = await tenant.ask('kejue', 'GET', `/agents/${id}`);
  for (const tool of before['tools'] as JsonObject[])
    accepted(await tenant.ask('kejue', 'DELETE', `/agents/${id}/tools/${tool['tool_id'] ?? tool['tool_name']}`));
  return tenant.ask('kejue', 'POST', `/agents/${id}/tools`, { body });
}

effect('kejue.tools.tool_name', {
  values: ['get_contact_info', 'update_contact_info'],
  setUp: agent,
  update: (setup, tool_name) => attach(setup, { tool_name, channels: ['whatsapp'] }),
  observe: ({ offeredTools }) => Object.keys(offeredTools),
  expect: [['get_contact_info'], ['update_contact_info']],
});

effect('kejue.tools.channels', {
  values: [['whatsapp'], ['voice:in-call']],
  setUp: agent,
  update: (setup, channels) => attach(setup, { tool_name: 'get_contact_info', channels }),
  observe: ({ offeredTools }) => Object.keys(offeredTools),
  expect: [['get_contact_info'], []],
});

/** The requests that tools have sent. */
const called: string[] = [];
const toolServer = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += piece;
  called.push(`${request.url}${body}`);
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
await new Promise<void>((resolve) => toolServer.listen(0, '127.0.0.1', resolve));
after(() => toolServer.close());

async function tool(tenant: Tenant, name: string, method = 'GET'): Promise<string> {
  const url = `http://127.0.0.1:${(toolServer.address() as AddressInfo).port}/${name}`;
  const body = { name, description: name, http: { url, method } };
  return accepted(await tenant.ask('native', 'POST', '/tools', { body })).body['id'] as string;
}

/** The config names the targets of a hand-off, and is part of a tool's request. */
effect('kejue.tools.config', {
  values: ['sales', 'service'],
  async setUp(tenant) {
    const [first, other] = [await agent(tenant), await agent(tenant, { name: 'Other' })];
    return { ...first, ids: { other: other.id, desk: await tool(tenant, 'desk', 'POST') } };
  },
  async update(setup, key) {
    const channels = ['whatsapp'];
    const targets = [{ key, persona_id: setup.ids['other'], when_to_use: 'always' }];
    accepted(await attach(setup, { tool_name: 'agent_transfer', channels, config: { targets } }));
    const desk = { tool_name: 'desk', tool_id: setup.ids['desk'], channels, config: { key } };
    return setup.tenant.ask('kejue', 'POST', `/agents/${setup.id}/tools`, { body: desk });
  },
  calls: { name: 'desk', input: {} },
  observe: ({ offeredTools }) => [Object.keys(offeredTools), called.splice(0)],
  expect: [
    [['transfer_to_sales', 'desk'], ['/desk{"config":{"key":"sales"}}']],
    [['transfer_to_service', 'desk'], ['/desk{"config":{"key":"service"}}']],
  ],
});

effect('kejue.tools.tool_id', {
  values: ['first', 'second'],
  async setUp(tenant) {
    const setup = await agent(tenant);
    return { ...setup, ids: { first: await tool(tenant, 'first'), second: await tool(tenant, 'second') } };
  },
  update: (setup, name) =>
    attach(setup, { tool_name: name, tool_id: setup.ids[name], channels: ['whatsapp'], config: {} }),
  calls: { input: {} },
  observe: () => called.splice(0),
  expect: [['/first'], ['/second']],
});
