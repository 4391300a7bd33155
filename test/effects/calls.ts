/**
 * Shows the effect of a field on the telephone: one call comes in before an update and one after it. The first must show
 * the old value, and the second the new one. The clock is virtual, and the carrier is simulated.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../src/calling/call.ts';
import type { Message } from '../../src/conversations/conversation.ts';
import type { LanguageModel } from '../../src/conversations/ports.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { type Answer, openTestServer, type Tenant } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

// A Monday morning, in London and in New York.
const clock = createClock('2026-03-02T15:00:00.000Z');
const databaseUrl = await ownDatabase();

/** Transfers the call after the caller's first words, where a tool for that is offered. */
const model: LanguageModel = {
  async *answer({ messages, tools, model: name }) {
    const tool = (tools ?? []).find(({ name }) => name.includes('transfer'));
    const spoken = messages.some(({ role }) => role === 'user') && !messages.some(({ role }) => role === 'tool');
    if (tool && spoken) yield { type: 'call', call: { id: 'put-through', name: tool.name, input: {} } };
    else yield { type: 'delta', text: 'Very well.' };
    yield { type: 'done', model: name };
  },
};
const parlance = await openTestServer(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now: clock.now,
  providers: { model },
  telephony: { setTimer: clock.setTimer, pollMs: 60_000 },
});
const { services } = parlance.app;
services.dialer.start((error) => {
  throw error;
});
const pass = (ms: number) => clock.advance(ms, { idle: () => services.dialer.quiet() });

export interface Setup {
  tenant: Tenant;
  /** The agent's id in its dialect. */
  agentId: string;
  /** The number that callers dial. */
  number: string;
}

/** What is observed of one incoming call; undefined where no agent has the number. */
export interface Trace {
  call: Call;
  messages: Message[];
  setup: Setup;
}

export interface Effect<T> {
  values: [T, T];
  setUp(tenant: Tenant): Promise<Setup>;
  update(setup: Setup, value: T): Promise<Answer>;
  observe(trace: Trace | undefined): unknown;
  expect: [unknown, unknown];
}

let lastNumber = 0;
/** A number that no other record has. The simulated carrier answers transfers to it. */
export const newNumber = (): string => `+4420718${38_110 + lastNumber++}`;

/** Simulates a call to this number. The caller speaks after a second. */
async function ring(number: string): Promise<string> {
  const from = newNumber();
  await services.chainWriter.chainDue();
  await services.simulateIncomingCall!({ from, to: number, says: ['Please put me through.'] });
  await pass(500);
  return from;
}

async function trace(setup: Setup, from: string): Promise<Trace | undefined> {
  const caller = systemCaller({ id: setup.tenant.id, number: 0 });
  const [call] = await services.calls.list(caller, { phone: from }, { limit: 1 });
  if (!call) return undefined;
  const messages =
    call.conversationId === null ? [] : await services.conversations.messages(caller, call.conversationId);
  return { call, messages, setup };
}

/** The test is named after the field, so that the ledger finds it. */
export function effect<T>(field: string, facts: Effect<T>): void {
  test(`${field}: a call from before the update has the old value, the next one the new value`, async () => {
    const setup = await facts.setUp(await parlance.workspace());
    const [before, after] = facts.values;
    accepted(await facts.update(setup, before));
    const old = await ring(setup.number);
    accepted(await facts.update(setup, after));
    const next = await ring(setup.number);
    await pass(60_000);
    const observed = [await trace(setup, old), await trace(setup, next)];
    assert.deepEqual(observed.map(facts.observe), facts.expect);
  });
}

function accepted(answer: Answer): void {
  assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${answer.text}`);
}
