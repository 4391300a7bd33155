/** What AgentHuman's fields do. */
import type { JsonObject } from '../../src/lib/values.ts';
import type { Answer, Tenant } from '../harness.ts';
import { accepted, effect, type Stage, told } from './harness.ts';

async function agent(tenant: Tenant): Promise<Stage> {
  const { body } = accepted(await tenant.ask('agenthuman', 'POST', '/agents', { body: { name: 'Nova' } }));
  const number = (body['agent'] as JsonObject)['agent_id'];
  const { body: all } = await tenant.ask('native', 'GET', '/agents');
  const found = (all['data'] as JsonObject[]).find((one) => one['name'] === 'Nova');
  return { tenant, id: found!['id'] as string, more: { number: String(number) } };
}

const put =
  (field: string) =>
  ({ tenant, more }: Stage, value: unknown): Promise<Answer> =>
    tenant.ask('agenthuman', 'PUT', `/agents/${more['number']}`, { body: { [field]: value } });

effect('agenthuman.name', {
  values: ['Nova', 'Stella'],
  stage: agent,
  update: put('name'),
  observe: told('Your name is Nova.', 'Your name is Stella.'),
  expect: [['Your name is Nova.'], ['Your name is Stella.']],
});

effect('agenthuman.language', {
  values: ['de', 'fr'],
  stage: agent,
  update: put('language'),
  observe: told('locale: de', 'locale: fr'),
  expect: [['locale: de'], ['locale: fr']],
});

effect('agenthuman.custom_greeting', {
  values: ['Good morning!', 'Good evening!'],
  stage: agent,
  update: put('custom_greeting'),
  observe: ({ greeting }) => greeting,
  expect: ['Good morning!', 'Good evening!'],
});

effect('agenthuman.context', {
  values: ['You sell bread.', 'You sell boats.'],
  stage: agent,
  update: put('context'),
  observe: told('You sell bread.', 'You sell boats.'),
  expect: [['You sell bread.'], ['You sell boats.']],
});

effect('agenthuman.properties', {
  values: [{ plan: 'gold' }, { plan: 'silver' }],
  stage: agent,
  update: put('properties'),
  observe: told('<data label="properties">\n{"plan":"gold"}', '<data label="properties">\n{"plan":"silver"}'),
  expect: [['<data label="properties">\n{"plan":"gold"}'], ['<data label="properties">\n{"plan":"silver"}']],
});

effect('agenthuman.memories', {
  values: [{ cat: 'Tom' }, { cat: 'Felix' }],
  stage: agent,
  update: put('memories'),
  observe: told('"cat":"Tom"', '"cat":"Felix"'),
  expect: [['"cat":"Tom"'], ['"cat":"Felix"']],
});

effect('agenthuman.knowledge_base', {
  values: [{ opening: 'The shop opens at nine.' }, { opening: 'The shop opens at ten.' }],
  stage: agent,
  update: put('knowledge_base'),
  say: 'When does the shop open?',
  observe: told('opens at nine', 'opens at ten'),
  expect: [['opens at nine'], ['opens at ten']],
});

effect('agenthuman.status', {
  values: ['active', 'archived'],
  stage: agent,
  update: put('status'),
  observe: ({ begun, answered }) => [begun, answered === 200],
  expect: [
    [201, true],
    [409, false],
  ],
});
