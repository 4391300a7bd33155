/** What the fields of Agntix do on the telephone. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Tenant } from '../harness.ts';
import { effect, newNumber, type Stage } from './calls.ts';

async function made(tenant: Tenant, path: string, body: JsonObject): Promise<string> {
  const answer = await tenant.ask('agntix', 'POST', path, { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body['id'] as string;
}

async function reachable(tenant: Tenant): Promise<Stage> {
  const voice = { voiceEnabled: true, voicePipelineMode: 'pipeline' };
  const facts = { fullName: 'Ana', description: 'Front desk', role: 'You greet.', ...voice };
  const shown = await made(tenant, '/v2/chat/agents', facts);
  const number = newNumber();
  await made(tenant, '/v1/chat/phone-numbers', { provider: 'twilio', number, agentId: shown });
  return { tenant, number, shown };
}

/** Neither does such an agent call anybody. */
async function calls({ tenant, shown }: Stage): Promise<number> {
  const { body } = await tenant.ask('agntix', 'GET', '/v1/chat/phone-numbers');
  const [number] = body['data'] as JsonObject[];
  const path = `/api/v1/phone-numbers/${number!['id']}/calls/start`;
  const wanted = { to_phone_number: newNumber(), agent_id: shown };
  return (await tenant.ask('agntix', 'POST', path, { body: wanted })).status;
}

effect('agntix.voiceEnabled', {
  values: [true, false],
  stage: reachable,
  async update(stage, voiceEnabled) {
    const path = `/v2/chat/agents/${stage.shown}`;
    const answer = await stage.tenant.ask('agntix', 'PATCH', path, { body: { voiceEnabled } });
    assert.equal(await calls(stage), voiceEnabled ? 200 : 422);
    return answer;
  },
  observe: (trace) => [trace?.call.status, trace?.call.outcome],
  expect: [
    ['completed', null],
    ['declined', 'agent_silent'],
  ],
});
