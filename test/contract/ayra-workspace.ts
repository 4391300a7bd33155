/** A server with a telephone on a virtual clock, and helpers that create Ayra agents and call them. */
import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/lib/values.ts';
import { createScriptedModel } from '../../src/providers/llm/scripted.ts';
import { type Caller, systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { type Ask, openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

// A Wednesday, 10:30 in New York.
export const clock = createClock('2026-03-04T15:30:00.000Z');
const databaseUrl = await ownDatabase();
const fake = createScriptedModel([], { otherwise: [{ say: 'Certainly.' }] });
const model = {
  answer: fake.answer,
  async judge({ schema, text }: { schema: JsonObject; text: string }): Promise<JsonObject> {
    const part = Object.keys(schema['properties'] as JsonObject)[0]!;
    if (part === 'sentiment') return { sentiment: text.includes('angry') ? 'negative' : 'positive' };
    if (part === 'tags') return { tags: text.includes('refund') ? ['refund', 'order'] : ['order'] };
    return { [part]: 'They talked.' };
  },
};
export const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now: clock.now,
  providers: { model },
  telephony: { setTimer: clock.setTimer, pollMs: 60_000 },
});
export const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const idle = () => services.dialer.quiet();
export const seconds = (count: number) => clock.advance(count * 1000, { idle });
export const until = (at: string) => clock.run(new Date(at), { idle });
export const analyze = async () => {
  while (await services.analysis.work());
};

export const CALLER_NUMBER = '+12025550199';
const NEW_YORK = { contact: { timezone: 'America/New_York' } };
export const TAGS = { callSettings: { tags: [{ name: 'refund' }, { name: 'order' }] } };

let lastNumber = 2_000;
const newNumber = () => `+1212555${++lastNumber}`;

/** Parlance's id of an id in Ayra's form. */
export const nativeId = (id: unknown) =>
  String(id).replace(/^[a-z]+_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
export const callerOf = (tenant: Tenant): Caller => systemCaller({ id: tenant.id, number: 0 });

export interface Phone {
  tenant: Tenant;
  /** The agent's id in Ayra's form. */
  id: string;
  number: string;
}

export async function agentOf(tenant: Tenant, fields: JsonObject = {}): Promise<Phone> {
  const number = newNumber();
  const body = {
    name: `Agent ${number}`,
    voice_platform: 'vapi',
    phone_number: number,
    welcome_message: 'Good day!',
    ...fields,
  };
  const { status, body: created, text } = await tenant.ask('ayra', 'POST', '/agents', { body });
  assert.equal(status, 201, text);
  await services.chainWriter.chainDue();
  return { tenant, id: String((created['data'] as JsonObject)['id']), number };
}

export const put = async ({ tenant, id }: Phone, body: JsonObject) => {
  const { status, text } = await tenant.ask('ayra', 'PUT', `/agents/${id}`, { body });
  assert.equal(status, 200, text);
};

/** A caller calls the agent and speaks these sentences. */
export const ring = async (
  { number }: Phone,
  says: string[] = ['Hello?'],
  more: { from?: string; staysOnLine?: boolean } = {},
) => {
  const attemptId = await services.simulateIncomingCall!({ from: CALLER_NUMBER, to: number, says, ...more });
  await seconds(1);
  return attemptId;
};

export const dial = async ({ tenant, id }: Phone, phone: string, more: JsonObject = {}) => {
  const call = await services.calls.place(callerOf(tenant), {
    agent: { id: nativeId(id) },
    phone,
    ...NEW_YORK,
    ...more,
  });
  return call.id;
};

export const get = async (tenant: Tenant, path: string, ask?: Ask) => {
  const { status, body, text } = await tenant.ask('ayra', 'GET', path, ask);
  assert.equal(status, 200, text);
  return body;
};
export const list = async (tenant: Tenant, query = '') =>
  (await get(tenant, `/conversations${query}`))['data'] as JsonObject[];
export const only = async (tenant: Tenant, query = ''): Promise<JsonObject> => {
  const found = await list(tenant, query);
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0]!;
};

/** Updates through the native API what Ayra has no field for. */
export const patch = async ({ tenant, id }: Phone, body: JsonObject) => {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const { status, text } = await tenant.ask('native', 'PATCH', `/agents/${nativeId(id)}`, { body, headers });
  assert.equal(status, 200, text);
};
