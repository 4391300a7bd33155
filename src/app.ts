/** The contents page: every room plugged in, in order. */
import type { FastifyInstance } from 'fastify';
import { createPreDialRequest } from './calling/pre-dial-request.ts';
import type { Config } from './config.ts';
import { dialects } from './dialects/index.ts';
import { health } from './http/health.ts';
import { mount } from './http/mount.ts';
import { reference } from './http/reference/index.ts';
import { createServer } from './http/server.ts';
import { idSource } from './lib/ids.ts';
import { createOutgoingHttp, type Resolve } from './lib/outgoing-http.ts';
import { setTimer } from './lib/poller.ts';
import { createSimulatedCarrier } from './providers/carrier/simulated.ts';
import { createProviders, type ProviderOptions } from './providers/index.ts';
import { type Actions, createServices, type Services, type Telephony } from './services.ts';
import { openStore, type Store } from './stores.ts';
import { createDispatcher, type Dispatcher } from './webhooks/dispatcher.ts';
import { createWebhookSender } from './webhooks/sender.ts';
import type { EventMappers } from './webhooks/webhook.ts';

export interface App {
  http: FastifyInstance;
  services: Services;
  store: Store;
  outbox: Dispatcher;
  /** Begins the work that nobody asks for. Until then it happens only when it is called for, as tests do. */
  begin(): void;
  /** Stops listening, finishes what was begun, lets go of the store. */
  close(): Promise<void>;
}

export interface Given {
  now?: () => Date;
  newId?: () => string;
  /** From 0 to 1. */
  random?: () => number;
  /** Where names lead. */
  resolve?: Resolve;
  /** Instead of those that the configuration names. */
  providers?: ProviderOptions['providers'];
  telephony?: Partial<Telephony>;
}

export async function createApp(config: Config, given: Given = {}): Promise<App> {
  const now = given.now ?? (() => new Date());
  const ids = idSource();
  const ctx = { now, newId: given.newId ?? (() => ids(now())) };
  const store = await openStore(config, now);
  const spoken = dialects(config);
  const send = createOutgoingHttp({ ...config, ...given });
  const sendWebhook = createWebhookSender(send, now);
  const eventMappers: EventMappers = Object.fromEntries(spoken.map(({ name, mapEvent }) => [name, mapEvent]));
  const equip = (actions: Actions) =>
    createProviders({ ...given, ...actions, config, store, now, log: () => http.log });
  const carrier =
    given.telephony?.carrier ?? createSimulatedCarrier({ ...ctx, setTimer: setTimer, ...given.telephony });
  const telephony = { preDialCheck: createPreDialRequest(send), ...given.telephony, carrier };
  const services = createServices({ ...ctx, store }, config, { sendWebhook, eventMappers }, telephony, equip);
  const outbox = createDispatcher({ random: Math.random, ...ctx, ...given, store, sendWebhook, now });
  const http = createServer({ config, dialects: spoken, now });
  // Ready is last: by then everything else has started.
  const tasks = { ...services.tasks, 'sending webhooks': outbox, 'being ready': health(http, services) };
  const documents = spoken.map((dialect) => mount(http, dialect, { services, config, now }));
  reference(http, documents);
  // Answers under way are cancelled; what was said so far is stored.
  http.addHook('preClose', services.conversations.stop);
  return {
    http,
    services,
    store,
    outbox,
    begin() {
      for (const [what, work] of Object.entries(tasks))
        work.start((error) => http.log.error({ err: error }, `There was trouble with ${what}.`));
    },
    async close() {
      await http.close();
      for (const work of Object.values(tasks)) await work.stop();
      await store.close();
    },
  };
}
