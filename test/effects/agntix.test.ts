/** The effects of Agntix's fields in a chat. */
import assert from 'node:assert/strict';
import { modelUuid } from '../../src/agents/models.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, inSystem, type Setup } from './harness.ts';

const AGENTS = '/v2/chat/agents';

async function agent(tenant: Tenant, facts: JsonObject = {}): Promise<Setup> {
  const body = { fullName: 'Ana', description: 'Front desk', role: 'You greet.', ...facts };
  const created = accepted(await tenant.ask('agntix', 'POST', AGENTS, { body }));
  return { tenant, id: created.body['id'] as string, ids: {} };
}

/** A sub-agent, and the parent with which conversations start. */
async function family(tenant: Tenant): Promise<Setup> {
  const child = await agent(tenant, { fullName: 'Helper' });
  const parent = await agent(tenant, { fullName: 'Parent', subAgents: [{ agentId: child.id }] });
  return { ...child, ids: { parent: parent.id } };
}

const patch =
  (field: string) =>
  ({ tenant, id }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('agntix', 'PATCH', `${AGENTS}/${id}`, { body: { [field]: value } });

effect('agntix.fullName', {
  values: ['Ana', 'Beatriz'],
  setUp: agent,
  update: patch('fullName'),
  observe: inSystem('Your name is Ana.', 'Your name is Beatriz.'),
  expect: [['Your name is Ana.'], ['Your name is Beatriz.']],
});

effect('agntix.description', {
  values: ['Knows prices.', 'Knows returns.'],
  setUp: family,
  update: patch('description'),
  start: ({ ids }) => ({ agentId: ids['parent'] }),
  observe: ({ offeredTools }) => Object.values(offeredTools).map((text) => text.match(/Knows \w+/)?.[0]),
  expect: [['Knows prices'], ['Knows returns']],
});

effect('agntix.role', {
  values: ['You are a baker.', 'You are a sailor.'],
  setUp: agent,
  update: patch('role'),
  observe: ({ system }) => system.split('\n')[0],
  expect: ['You are a baker.', 'You are a sailor.'],
});

effect('agntix.language', {
  values: ['de', 'fr'],
  setUp: agent,
  update: patch('language'),
  observe: inSystem('locale: de', 'locale: fr'),
  expect: [['locale: de'], ['locale: fr']],
});

effect('agntix.systemPrompt', {
  values: ['Sell bread.', 'Sell boats.'],
  setUp: agent,
  update: patch('systemPrompt'),
  observe: ({ system }) => system.split('\n\n').slice(0, 2),
  expect: [
    ['You greet.', 'Sell bread.'],
    ['You greet.', 'Sell boats.'],
  ],
});

effect('agntix.specialInstructions', {
  values: ['Be brief.', 'Be loud.'],
  setUp: (tenant) => agent(tenant, { systemPrompt: 'Sell bread.' }),
  update: patch('specialInstructions'),
  observe: ({ system }) => system.split('\n\n').slice(0, 3),
  expect: [
    ['You greet.', 'Sell bread.', 'Be brief.'],
    ['You greet.', 'Sell bread.', 'Be loud.'],
  ],
});

effect('agntix.modelId', {
  values: ['openai/gpt-4o', 'openai/gpt-4.1'],
  setUp: agent,
  update: (setup, model) => patch('modelId')(setup, modelUuid(model)),
  observe: ({ request }) => request['model'],
  expect: ['gpt-4o', 'gpt-4.1'],
});

effect('agntix.isActive', {
  values: [true, false],
  setUp: agent,
  update: patch('isActive'),
  observe: ({ startStatus, answerStatus }) => [startStatus, answerStatus === 200],
  expect: [
    [201, true],
    [409, false],
  ],
});

/** What a client without a key gets: the public card and a session. */
async function publicAccess({ tenant, id }: Setup) {
  const card = await tenant.ask('agntix', 'GET', `/v1/chat/public/agents/${id}`, { key: null });
  const body = { agentId: id };
  const session = await tenant.ask('agntix', 'POST', '/v1/chat/public/chat/sessions', { body, key: null });
  return { card: card.status, opened: session.status, session: String(session.body['id']) };
}

effect('agntix.isPublic', {
  values: [true, false],
  setUp: agent,
  async update(setup, value) {
    const answer = await patch('isPublic')(setup, value);
    const { card, opened, session } = await publicAccess(setup);
    assert.deepEqual([card, opened], value ? [200, 201] : [404, 404]);
    if (value) setup.ids['session'] = session;
    return answer;
  },
  // Clients with a key are not affected, and an open public session goes on.
  async observe({ setup: { tenant, ids }, startStatus, answerStatus }) {
    const path = `/v1/chat/public/chat/sessions/${ids['session']}`;
    return [startStatus, answerStatus, (await tenant.ask('agntix', 'GET', path, { key: null })).status];
  },
  expect: [
    [201, 200, 200],
    [201, 200, 200],
  ],
});

effect('agntix.tools', {
  values: ['LOOK_UP', 'BOOK'],
  async setUp(tenant) {
    const setup = await agent(tenant);
    const tool = async (name: string) => {
      const facts = { name, description: name, type: 'API_TOOL', ajvPropertiesSchema: { type: 'object' } };
      const body = { ...facts, apiTool: { url: 'https://shop.example/orders', method: 'GET' } };
      return accepted(await tenant.ask('agntix', 'POST', '/v1/chat/tools', { body })).body['id'] as string;
    };
    return { ...setup, ids: { LOOK_UP: await tool('LOOK_UP'), BOOK: await tool('BOOK') } };
  },
  update: (setup, name) => patch('tools')(setup, [{ toolId: setup.ids[name] }]),
  observe: ({ offeredTools }) => Object.keys(offeredTools),
  expect: [['LOOK_UP'], ['BOOK']],
});

effect('agntix.subAgents', {
  values: ['sales', 'returns'],
  async setUp(tenant) {
    const setup = await agent(tenant);
    const [sales, returns] = [await agent(tenant, { fullName: 'Sal' }), await agent(tenant, { fullName: 'Rita' })];
    return { ...setup, ids: { sales: sales.id, returns: returns.id } };
  },
  update: (setup, slug) => patch('subAgents')(setup, [{ agentId: setup.ids[slug], slug }]),
  observe: ({ offeredTools }) => Object.keys(offeredTools),
  expect: [['transfer_to_sales'], ['transfer_to_returns']],
});
