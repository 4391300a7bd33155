/** What Agntix's fields do. */
import assert from 'node:assert/strict';
import { modelUuid } from '../../src/agents/models.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, type Stage, told } from './harness.ts';

const AGENTS = '/v2/chat/agents';

async function agent(tenant: Tenant, facts: JsonObject = {}): Promise<Stage> {
  const body = { fullName: 'Ana', description: 'Front desk', role: 'You greet.', ...facts };
  const made = accepted(await tenant.ask('agntix', 'POST', AGENTS, { body }));
  return { tenant, id: made.body['id'] as string, more: {} };
}

/** A child, and the parent that a conversation begins with. */
async function family(tenant: Tenant): Promise<Stage> {
  const child = await agent(tenant, { fullName: 'Helper' });
  const parent = await agent(tenant, { fullName: 'Parent', subAgents: [{ agentId: child.id }] });
  return { ...child, more: { parent: parent.id } };
}

const patch =
  (field: string) =>
  ({ tenant, id }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('agntix', 'PATCH', `${AGENTS}/${id}`, { body: { [field]: value } });

effect('agntix.fullName', {
  values: ['Ana', 'Beatriz'],
  stage: agent,
  update: patch('fullName'),
  observe: told('Your name is Ana.', 'Your name is Beatriz.'),
  expect: [['Your name is Ana.'], ['Your name is Beatriz.']],
});

effect('agntix.description', {
  values: ['Knows prices.', 'Knows returns.'],
  stage: family,
  update: patch('description'),
  begin: ({ more }) => ({ agentId: more['parent'] }),
  observe: ({ offered }) => Object.values(offered).map((text) => text.match(/Knows \w+/)?.[0]),
  expect: [['Knows prices'], ['Knows returns']],
});

effect('agntix.role', {
  values: ['You are a baker.', 'You are a sailor.'],
  stage: agent,
  update: patch('role'),
  observe: ({ system }) => system.split('\n')[0],
  expect: ['You are a baker.', 'You are a sailor.'],
});

effect('agntix.language', {
  values: ['de', 'fr'],
  stage: agent,
  update: patch('language'),
  observe: told('locale: de', 'locale: fr'),
  expect: [['locale: de'], ['locale: fr']],
});

effect('agntix.systemPrompt', {
  values: ['Sell bread.', 'Sell boats.'],
  stage: agent,
  update: patch('systemPrompt'),
  observe: ({ system }) => system.split('\n\n').slice(0, 2),
  expect: [
    ['You greet.', 'Sell bread.'],
    ['You greet.', 'Sell boats.'],
  ],
});

effect('agntix.specialInstructions', {
  values: ['Be brief.', 'Be loud.'],
  stage: (tenant) => agent(tenant, { systemPrompt: 'Sell bread.' }),
  update: patch('specialInstructions'),
  observe: ({ system }) => system.split('\n\n').slice(0, 3),
  expect: [
    ['You greet.', 'Sell bread.', 'Be brief.'],
    ['You greet.', 'Sell bread.', 'Be loud.'],
  ],
});

effect('agntix.modelId', {
  values: ['openai/gpt-4o', 'openai/gpt-4.1'],
  stage: agent,
  update: (stage, model) => patch('modelId')(stage, modelUuid(model)),
  observe: ({ request }) => request['model'],
  expect: ['gpt-4o', 'gpt-4.1'],
});

effect('agntix.isActive', {
  values: [true, false],
  stage: agent,
  update: patch('isActive'),
  observe: ({ begun, answered }) => [begun, answered === 200],
  expect: [
    [201, true],
    [409, false],
  ],
});

/** What a stranger finds: the card, and whether a session opens. */
async function stranger({ tenant, id }: Stage) {
  const card = await tenant.ask('agntix', 'GET', `/v1/chat/public/agents/${id}`, { key: null });
  const body = { agentId: id };
  const session = await tenant.ask('agntix', 'POST', '/v1/chat/public/chat/sessions', { body, key: null });
  return { card: card.status, opened: session.status, session: String(session.body['id']) };
}

effect('agntix.isPublic', {
  values: [true, false],
  stage: agent,
  async update(stage, value) {
    const answer = await patch('isPublic')(stage, value);
    const { card, opened, session } = await stranger(stage);
    assert.deepEqual([card, opened], value ? [200, 201] : [404, 404]);
    if (value) stage.more['session'] = session;
    return answer;
  },
  // Whoever has a key is not concerned, and what a stranger began goes on.
  async observe({ stage: { tenant, more }, begun, answered }) {
    const path = `/v1/chat/public/chat/sessions/${more['session']}`;
    return [begun, answered, (await tenant.ask('agntix', 'GET', path, { key: null })).status];
  },
  expect: [
    [201, 200, 200],
    [201, 200, 200],
  ],
});

effect('agntix.tools', {
  values: ['LOOK_UP', 'BOOK'],
  async stage(tenant) {
    const stage = await agent(tenant);
    const tool = async (name: string) => {
      const facts = { name, description: name, type: 'API_TOOL', ajvPropertiesSchema: { type: 'object' } };
      const body = { ...facts, apiTool: { url: 'https://shop.example/orders', method: 'GET' } };
      return accepted(await tenant.ask('agntix', 'POST', '/v1/chat/tools', { body })).body['id'] as string;
    };
    return { ...stage, more: { LOOK_UP: await tool('LOOK_UP'), BOOK: await tool('BOOK') } };
  },
  update: (stage, name) => patch('tools')(stage, [{ toolId: stage.more[name] }]),
  observe: ({ offered }) => Object.keys(offered),
  expect: [['LOOK_UP'], ['BOOK']],
});

effect('agntix.subAgents', {
  values: ['sales', 'returns'],
  async stage(tenant) {
    const stage = await agent(tenant);
    const [sales, returns] = [await agent(tenant, { fullName: 'Sal' }), await agent(tenant, { fullName: 'Rita' })];
    return { ...stage, more: { sales: sales.id, returns: returns.id } };
  },
  update: (stage, slug) => patch('subAgents')(stage, [{ agentId: stage.more[slug], slug }]),
  observe: ({ offered }) => Object.keys(offered),
  expect: [['transfer_to_sales'], ['transfer_to_returns']],
});
