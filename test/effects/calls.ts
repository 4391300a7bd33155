/**
 * Shows what a field does on the telephone: one call comes in before the update of the field and one after, and both go
 * on. What is seen of the first must be the old value, of the second the new one. Nobody's telephone rings: the clock
 * is a virtual one, and so is the network.
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

/** Hands the call over where it may, at the first word. */
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

export interface Stage {
  tenant: Tenant;
  /** As its tongue shows the agent. */
  shown: string;
  /** What is called to reach it. */
  number: string;
}

/** What can be seen of one call that came in; undefined where nobody's telephone was reached. */
export interface Trace {
  call: Call;
  said: Message[];
  stage: Stage;
}

export interface Effect<T> {
  values: [T, T];
  stage(tenant: Tenant): Promise<Stage>;
  update(stage: Stage, value: T): Promise<Answer>;
  observe(trace: Trace | undefined): unknown;
  expect: [unknown, unknown];
}

let lastNumber = 0;
/** Of nobody else, and one that answers where a call is put through to it. */
export const newNumber = (): string => `+4420718${38_110 + lastNumber++}`;

/** Somebody calls, and says a word as soon as a second has passed. */
async function ring(number: string): Promise<string> {
  const from = newNumber();
  await services.chainWriter.chainDue();
  await services.ring!({ from, to: number, says: ['Please put me through.'] });
  await pass(500);
  return from;
}

async function trace(stage: Stage, from: string): Promise<Trace | undefined> {
  const caller = systemCaller({ id: stage.tenant.id, number: 0 });
  const [call] = await services.calls.list(caller, { phone: from }, { limit: 1 });
  if (!call) return undefined;
  const said = call.conversationId === null ? [] : await services.conversations.messages(caller, call.conversationId);
  return { call, said, stage };
}

/** The name of the test is that of the field, which the ledger looks for. */
export function effect<T>(field: string, facts: Effect<T>): void {
  test(`${field}: the old value in the call that began before the update, the new one in the next`, async () => {
    const stage = await facts.stage(await parlance.workspace());
    const [before, after] = facts.values;
    accepted(await facts.update(stage, before));
    const old = await ring(stage.number);
    accepted(await facts.update(stage, after));
    const fresh = await ring(stage.number);
    await pass(60_000);
    const seen = [await trace(stage, old), await trace(stage, fresh)];
    assert.deepEqual(seen.map(facts.observe), facts.expect);
  });
}

function accepted(answer: Answer): void {
  assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${answer.text}`);
}
