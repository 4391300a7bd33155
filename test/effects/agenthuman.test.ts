/** The effects of AgentHuman's fields. */
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, inSystem, type Setup } from './harness.ts';

async function agent(tenant: Tenant): Promise<Setup> {
  const { body } = accepted(await tenant.ask('agenthuman', 'POST', '/agents', { body: { name: 'Nova' } }));
  const number = (body['agent'] as JsonObject)['agent_id'];
  const { body: all } = await tenant.ask('native', 'GET', '/agents');
  const found = (all['data'] as JsonObject[]).find((one) => one['name'] === 'Nova');
  return { tenant, id: found!['id'] as string, ids: { number: String(number) } };
}

const put =
  (field: string) =>
  ({ tenant, ids }: Setup, value: unknown): Promise<Answer> =>
    tenant.ask('agenthuman', 'PUT', `/agents/${ids['number']}`, { body: { [field]: value } });

effect('agenthuman.name', {
  values: ['Nova', 'Stella'],
  setUp: agent,
  update: put('name'),
  observe: inSystem('Your name is Nova.', 'Your name is Stella.'),
  expect: [['Your name is Nova.'], ['Your name is Stella.']],
});

effect('agenthuman.language', {
  values: ['de', 'fr'],
  setUp: agent,
  update: put('language'),
  observe: inSystem('locale: de', 'locale: fr'),
  expect: [['locale: de'], ['locale: fr']],
});

effect('agenthuman.custom_greeting', {
  values: ['Good morning!', 'Good evening!'],
  setUp: agent,
  update: put('custom_greeting'),
  observe: ({ greeting }) => greeting,
  expect: ['Good morning!', 'Good evening!'],
});

effect('agenthuman.context', {
  values: ['You sell bread.', 'You sell boats.'],
  setUp: agent,
  update: put('context'),
  observe: inSystem('You sell bread.', 'You sell boats.'),
  expect: [['You sell bread.'], ['You sell boats.']],
});

effect('agenthuman.properties', {
  values: [{ plan: 'gold' }, { plan: 'silver' }],
  setUp: agent,
  update: put('properties'),
  observe: inSystem('<data label="properties">\n{"plan":"gold"}', '<data label="properties">\n{"plan":"silver"}'),
  expect: [['<data label="properties">\n{"plan":"gold"}'], ['<data label="properties">\n{"plan":"silver"}']],
});

effect('agenthuman.memories', {
  values: [{ cat: 'Tom' }, { cat: 'Felix' }],
  setUp: agent,
  update: put('memories'),
  observe: inSystem('"cat":"Tom"', '"cat":"Felix"'),
  expect: [['"cat":"Tom"'], ['"cat":"Felix"']],
});

effect('agenthuman.knowledge_base', {
  values: [{ opening: 'The shop opens at nine.' }, { opening: 'The shop opens at ten.' }],
  setUp: agent,
  update: put('knowledge_base'),
  say: 'When does the shop open?',
  observe: inSystem('opens at nine', 'opens at ten'),
  expect: [['opens at nine'], ['opens at ten']],
});

effect('agenthuman.status', {
  values: ['active', 'archived'],
  setUp: agent,
  update: put('status'),
  observe: ({ startStatus, answerStatus }) => [startStatus, answerStatus === 200],
  expect: [
    [201, true],
    [409, false],
  ],
});
