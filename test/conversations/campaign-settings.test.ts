/** The call settings of a campaign are a layer of their own, from the greeting to the analysis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analysis, Snapshot } from '../../src/conversations/conversation.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Script } from '../../src/providers/carrier/script.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, type Play, startModelServer } from '../providers/model-server.ts';
import { ownDatabase } from '../stores/database.ts';

const server = await startModelServer();
const database = await ownDatabase();
/** A Monday; it is 10:00 in London. */
const clock = createClock('2026-03-02T10:00:00.000Z');
const { now, setTimer } = clock;
const script: Script = () => ({ answers: 'human', afterSeconds: 4, says: ['How much is it?'], talksSeconds: 20 });
const carrier = createSimulatedCarrier({ now, setTimer, script });
const parlance = await openTestServer(
  { ...environmentOf(server), ...(database && { DATABASE_URL: database }) },
  { now, telephony: { setTimer, carrier, pollMs: 60_000 } },
);
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});

/** A judge that answers every question and records it. */
const ANSWERS: Record<string, JsonObject> = {
  summary: { summary: 'They were pleased.' },
  score: { score: 70 },
  tags: { tags: ['Hot'] },
  values: { values: { budget: 5 } },
  sentiment: { sentiment: 'positive' },
};
const asked = new Map<string, string>();
server.always((body): Play => {
  const format = body['response_format'] as { json_schema?: { schema: { properties: JsonObject } } } | undefined;
  const [part] = Object.keys(format?.json_schema?.schema.properties ?? {});
  if (part === undefined) return { say: 'Very well.' };
  asked.set(part, JSON.stringify(body['messages']));
  return { json: ANSWERS[part] ?? {} };
});

const ask = async (tenant: Tenant, status: number, method: string, path: string, body?: unknown) => {
  const answer = await tenant.ask('native', method, path, body === undefined ? {} : { body });
  assert.equal(answer.status, status, `${method} ${path} answered ${answer.status} ${answer.text}`);
  return answer.body;
};

/** The only call of a campaign, with the snapshot of its conversation. */
async function called(tenant: Tenant, agent: JsonObject, campaign: JsonObject) {
  const { id: agentId } = await ask(tenant, 201, 'POST', '/agents', { name: 'Ada', ...agent });
  const contacts = [{ phone: '+442071838550', timezone: 'Europe/London' }];
  const made = await ask(tenant, 201, 'POST', '/campaigns', {
    name: 'Spring',
    agentId,
    contacts,
    start: true,
    ...campaign,
  });
  await clock.advance(120_000, { idle: () => services.dialer.quiet() });
  const [call] = (await ask(tenant, 200, 'GET', `/campaigns/${made['id']}/calls`))['data'] as JsonObject[];
  assert.equal(call!['status'], 'completed', JSON.stringify(call));
  const caller = systemCaller({ id: tenant.id, number: 0 });
  return services.conversations.get(caller, String(call!['conversationId']));
}

const of = ({ settings }: Snapshot, key: string) => settings[`callSettings.${key}` as keyof typeof settings];

test('each setting of a call has its layer: the agent, the campaign, or the call', async () => {
  const tenant = await parlance.workspace();
  await ask(tenant, 200, 'PATCH', `/workspaces/${tenant.id}/settings`, { callSettings: { allowedDays: [0, 1] } });
  const own = { window: { start: '08:00', end: '20:00' }, autoRetry: true, scoringCriteria: 'Politeness.' };
  const { snapshot } = await called(
    tenant,
    { callSettings: own },
    { callSettings: { window: { start: '09:30' }, scoringCriteria: 'Sales.' } },
  );
  assert.deepEqual(of(snapshot, 'window.start'), { value: '09:30', from: 'campaign' });
  assert.deepEqual(of(snapshot, 'window.end'), { value: '20:00', from: 'agent' });
  assert.deepEqual(of(snapshot, 'autoRetry'), { value: true, from: 'agent' });
  assert.deepEqual(of(snapshot, 'scoringCriteria'), { value: 'Sales.', from: 'campaign' });
  assert.deepEqual(of(snapshot, 'allowedDays'), { value: [0, 1], from: 'workspace' });
  assert.deepEqual(of(snapshot, 'retrySchedule'), { value: [60, 240], from: 'system' });
});

test('overrides of the call win over its campaign, key by key', async () => {
  const tenant = await parlance.workspace();
  const { id: agentId } = await ask(tenant, 201, 'POST', '/agents', { name: 'Ada' });
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const { conversation } = await services.conversations.create(caller, {
    agent: { id: String(agentId) },
    channel: 'phone',
    campaign: { window: { start: '09:30', end: '18:00' }, scoringCriteria: 'Sales.' },
    overrides: { callSettings: { window: { end: '12:00' } } },
  });
  const { snapshot } = conversation;
  assert.deepEqual(of(snapshot, 'window.start'), { value: '09:30', from: 'campaign' });
  assert.deepEqual(of(snapshot, 'window.end'), { value: '12:00', from: 'override' });
  assert.deepEqual(of(snapshot, 'scoringCriteria'), { value: 'Sales.', from: 'campaign' });
});

test('a call is analysed with the criteria of its campaign', async () => {
  const tenant = await parlance.workspace();
  const agent = {
    callSettings: {
      scoringCriteria: 'Politeness.',
      tags: [{ name: 'Cold' }],
      structuredData: [{ key: 'city' }],
      sentimentAnalysis: false,
    },
  };
  const settings = {
    scoringCriteria: 'Full marks for a sale.',
    tags: [{ name: 'Hot', description: 'Wants it now' }],
    structuredData: [{ key: 'budget', type: 'number' }],
  };
  // Earlier conversations are analysed first, so that later questions are about this call.
  while (await services.analysis.work());
  asked.clear();
  const { id } = await called(tenant, agent, { callSettings: settings });
  while (await services.analysis.work());
  const { analysis } = await ask(tenant, 200, 'GET', `/conversations/${id}`);
  const { score, tags, extracted, sentiment } = analysis as Analysis;
  assert.deepEqual([score.value, tags.value, extracted.value], [70, ['Hot'], { budget: 5 }]);
  assert.match(asked.get('score')!, /Full marks for a sale/);
  assert.match(asked.get('tags')!, /Hot: Wants it now/);
  assert.match(asked.get('values')!, /budget/);
  assert.doesNotMatch([...asked.values()].join(), /Politeness|Cold|city/, 'nothing of what the campaign overruled');
  assert.equal(sentiment?.value, null, 'a setting that the campaign omits comes from the agent');
});
