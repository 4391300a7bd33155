/** The events of sessions for Agntix's endpoints: a session has started, and has ended with its analysis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import { environmentOf, startModelServer } from '../providers/model-server.ts';
import { chainEntries, isSigned, openReceiver, openSendingServer, ownDatabase } from './receiver.ts';

const model = await startModelServer();
const database = await ownDatabase();
const judging = await openSendingServer({ ...database, ...environmentOf(model) }, {});
const SESSIONS = '/v1/chat/chat/sessions';

/** Answers every request of the analysis after a conversation. */
model.always((body) => {
  const format = body['response_format'] as { json_schema: { schema: { properties: JsonObject } } } | undefined;
  if (!format) return { say: 'Good morning.' };
  const found: JsonObject = {
    summary: 'They said hello.',
    sentiment: 'positive',
    intent: { intent: 'greeting', confidence: 1, explanation: 'They said so.' },
    resolution: {
      classification: 'partially-resolved',
      status: 'greeted',
      confidence: 0.5,
      satisfied: [],
      evidence: ['Hello'],
      explanation: 'Once.',
    },
  };
  const [part = ''] = Object.keys(format.json_schema.schema.properties);
  return { json: { [part]: found[part] ?? null } };
});

const INTELLIGENCE = {
  intentDetection: true,
  customIntents: ['greeting', 'leaving'],
  resolutionAnalysis: true,
  resolutionDefinitions: [
    { status: 'greeted', classification: 'success' },
    { status: 'ignored', classification: 'failed' },
  ],
};

test('an endpoint receives the start of a session, and once its end', async () => {
  const tenant = await judging.workspace();
  const receiver = await openReceiver();
  const { body: agent } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', {
    body: { fullName: 'Ana', description: 'Front desk', role: 'You greet.', intelligence: INTELLIGENCE },
  });
  const { body: endpoint } = await tenant.ask('agntix', 'POST', '/v1/chat/webhooks/endpoints', {
    body: { url: receiver.url, eventNames: ['session.created', 'session.ended'], description: 'Ours' },
  });
  const { body: session } = await tenant.ask('agntix', 'POST', SESSIONS, {
    body: { agentId: agent['id'], session_variables: { name: 'Bo', unused: 1 } },
  });
  const chainAndSend = async () => {
    await chainEntries(judging, tenant);
    await judging.app.services.outbox.tick();
    return receiver.received.map(({ body }) => JSON.parse(body) as JsonObject);
  };
  const start = {
    id: session['id'],
    type: 'CHAT',
    platform: 'WEB',
    direction: 'INBOUND',
    agentId: agent['id'],
    createdAt: session['createdAt'],
    metadata: { customerPhoneNumber: null, roomName: null, sessionVariables: { name: 'Bo', unused: 1 } },
  };
  assert.deepEqual(await chainAndSend(), [{ ...start, eventType: 'session.created', state: 'OPEN' }]);
  assert.ok(isSigned(receiver.received[0]!, String(endpoint['secret']), 'svix'));

  await tenant.ask('agntix', 'POST', `${SESSIONS}/${session['id']}/messages`, {
    body: { content: 'Hello', stream: false },
  });
  await tenant.ask('agntix', 'PATCH', `${SESSIONS}/${session['id']}/close`);
  await tenant.ask('agntix', 'PATCH', `${SESSIONS}/${session['id']}/close`);
  assert.equal((await chainAndSend()).length, 1, 'not before its analysis is finished');
  await judging.app.services.analysis.work();
  const [, ended, ...more] = await chainAndSend();
  assert.deepEqual(more, []);
  const { body: view } = await tenant.ask('agntix', 'GET', `/api/v1/chat/sessions/${session['id']}`);
  const expected: JsonObject = { ...view, eventType: 'session.ended' };
  assert.deepEqual(ended, expected);
  const { lastActivityAt, endedAt, updatedAt, ...rest } = ended!;
  assert.deepEqual(rest, {
    ...start,
    eventType: 'session.ended',
    state: 'CLOSED',
    analysis: view['analysis'],
    recordingUrl: null,
  });
  assert.deepEqual([typeof lastActivityAt, updatedAt], ['string', endedAt]);
  const mood = { sentiment: 'POSITIVE', score: null, detectedLanguage: null, explanation: null };
  assert.deepEqual(view['analysis'], {
    summary: 'They said hello.',
    sentiment: { conversation: mood },
    intent: { conversation: { intent: 'greeting', confidence: 1, explanation: 'They said so.' } },
    resolution: {
      classification: 'PARTIALLY_RESOLVED',
      confidenceScore: 0.5,
      status: 'greeted',
      satisfiedChecklistItems: [],
      evidence: ['Hello'],
      explanation: 'Once.',
    },
  });
});

test('findings that the model could not evaluate are absent', async () => {
  const plain = await openSendingServer(database, {});
  const tenant = await plain.workspace();
  const { body: agent } = await tenant.ask('agntix', 'POST', '/v2/chat/agents', {
    body: { fullName: 'Ana', description: 'Front desk', role: 'You greet.' },
  });
  const { body: session } = await tenant.ask('agntix', 'POST', SESSIONS, { body: { agentId: agent['id'] } });
  const path = `/api/v1/chat/sessions/${session['id']}`;
  await tenant.ask('agntix', 'PATCH', `${SESSIONS}/${session['id']}/close`);
  assert.equal((await tenant.ask('agntix', 'GET', path)).body['analysis'], null);
  await plain.app.services.analysis.work();
  assert.deepEqual((await tenant.ask('agntix', 'GET', path)).body['analysis'], {});
});
