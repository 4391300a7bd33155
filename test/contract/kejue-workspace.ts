/** A Kejue workspace on a virtual clock and a virtual network, for tests of calls. */
import assert from 'node:assert/strict';
import type { CallAttempt } from '../../src/calling/call.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { createClock } from '../clock.ts';
import { type Answer, openTestServer } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

/** A database of its own: these tests move the clock, which would affect other tests on the same database. */
const databaseUrl = await ownDatabase();
export const MONDAY = '2026-03-02T15:00:00.000Z';
export const VOICE = { name: 'Ana', language_locale: 'en-GB', prompt: 'Be kind.', first_message: 'Good day.' };

export async function openKejue(start = MONDAY) {
  const clock = createClock(start);
  const environment = { PARLANCE_ALLOW_PRIVATE_TARGETS: '1', ...(databaseUrl && { DATABASE_URL: databaseUrl }) };
  const options = { now: clock.now, random: () => 1, telephony: { setTimer: clock.setTimer, pollMs: 600_000 } };
  const parlance = await openTestServer(environment, options);
  const { services } = parlance.app;
  const { outbox } = services;
  services.dialer.start((error) => {
    throw error;
  });
  const tenant = await parlance.workspace();
  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    tenant.ask('kejue', method, path, body === undefined ? {} : { body });
  const ask = async (method: string, path: string, body?: unknown): Promise<JsonObject> => {
    const answer = await send(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path} ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const caller = systemCaller({ id: tenant.id, number: 0 });
  const attempts = async (id: unknown): Promise<CallAttempt[]> =>
    (await services.calls.attempts(caller, [String(id)])).get(String(id)) ?? [];
  return {
    tenant,
    send,
    ask,
    agent: (fields: JsonObject = {}) => ask('POST', '/agents', { name: 'Ana', voice_config: VOICE, ...fields }),
    contact: (phone: string, fields: JsonObject = {}) => ask('POST', '/contacts', { phone, ...fields }),
    until: (time: string) => clock.run(new Date(time), { idle: () => services.dialer.quiet() }),
    /** Publishes all changes and delivers their events. */
    async deliver() {
      await services.chainWriter.chainDue();
      await outbox.tick();
      while (await services.analysis.work());
      await services.chainWriter.chainDue();
      await outbox.tick();
    },
    attempts,
    /** The times of the attempts. */
    attemptTimes: async (id: unknown) => (await attempts(id)).map(({ reservedAt }) => reservedAt.slice(0, 19)),
    number: async (number: string) => {
      const created = await tenant.ask('native', 'POST', '/phone-numbers', { body: { number, provider: 'simulated' } });
      return created.body['id'] as string;
    },
    services,
    caller,
  };
}
