/** The effects of Agntix's fields on the telephone. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import type { Tenant } from '../harness.ts';
import { effect, newNumber, type Setup } from './calls.ts';

async function create(tenant: Tenant, path: string, body: JsonObject): Promise<string> {
  const answer = await tenant.ask('agntix', 'POST', path, { body });
  assert.equal(answer.status, 201, answer.text);
  return answer.body['id'] as string;
}

async function reachable(tenant: Tenant): Promise<Setup> {
  const voice = { voiceEnabled: true, voicePipelineMode: 'pipeline' };
  const facts = { fullName: 'Ana', description: 'Front desk', role: 'You greet.', ...voice };
  const agentId = await create(tenant, '/v2/chat/agents', facts);
  const number = newNumber();
  await create(tenant, '/v1/chat/phone-numbers', { provider: 'twilio', number, agentId });
  return { tenant, number, agentId };
}

/** The status of a request to place a call with this agent. */
async function placeCall({ tenant, agentId }: Setup): Promise<number> {
  const { body } = await tenant.ask('agntix', 'GET', '/v1/chat/phone-numbers');
  const [number] = body['data'] as JsonObject[];
  const path = `/api/v1/phone-numbers/${number!['id']}/calls/start`;
  const call = { to_phone_number: newNumber(), agent_id: agentId };
  return (await tenant.ask('agntix', 'POST', path, { body: call })).status;
}

effect('agntix.voiceEnabled', {
  values: [true, false],
  setUp: reachable,
  async update(setup, voiceEnabled) {
    const path = `/v2/chat/agents/${setup.agentId}`;
    const answer = await setup.tenant.ask('agntix', 'PATCH', path, { body: { voiceEnabled } });
    assert.equal(await placeCall(setup), voiceEnabled ? 200 : 422);
    return answer;
  },
  observe: (trace) => [trace?.call.status, trace?.call.outcome],
  expect: [
    ['completed', null],
    ['declined', 'agent_silent'],
  ],
});
