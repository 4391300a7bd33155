/** The table of contents: every part of the server, put together in order. */
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
import { createWebhookSender } from './webhooks/sender.ts';
import type { EventMappers } from './webhooks/webhook.ts';

export interface App {
  http: FastifyInstance;
  services: Services;
  store: Store;
  /** Starts the background tasks. Tests leave it out and run each task themselves. */
  start(): void;
  /** Stops listening, lets running work finish and closes the store. */
  close(): Promise<void>;
}

/** Replaces parts of the app, for tests and nodes that need other ones. */
export interface AppOptions {
  now?: () => Date;
  newId?: () => string;
  random?: () => number;
  /** Looks up host names of outgoing requests. */
  resolve?: Resolve;
  providers?: ProviderOptions['providers'];
  telephony?: Partial<Telephony>;
}

export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const now = options.now ?? (() => new Date());
  const ids = idSource();
  const ctx = { now, newId: options.newId ?? (() => ids(now())) };
  const store = await openStore(config, now);
  const served = dialects(config);
  const send = createOutgoingHttp({ ...config, ...options });
  const eventMappers: EventMappers = Object.fromEntries(served.map(({ name, mapEvent }) => [name, mapEvent]));
  const random = options.random ?? Math.random;
  const webhookParts = { sendWebhook: createWebhookSender(send, now), eventMappers, random };
  const providersFor = (actions: Actions) =>
    createProviders({ ...options, ...actions, config, store, now, log: () => http.log });
  const carrier = options.telephony?.carrier ?? createSimulatedCarrier({ ...ctx, setTimer, ...options.telephony });
  const telephony = { preDialCheck: createPreDialRequest(send), ...options.telephony, carrier };
  const services = createServices({ ...ctx, store }, config, webhookParts, telephony, providersFor);
  const http = createServer({ config, dialects: served, now });
  // Health starts last, when every other task has started.
  const tasks: Services['tasks'] = { ...services.tasks, 'Checking health': health(http, services) };
  const mounted = served.map((dialect) => mount(http, dialect, { services, config, now }));
  reference(http, mounted);
  // Answers under way are cancelled; the text written so far is stored.
  http.addHook('preClose', services.conversations.stop);
  return {
    http,
    services,
    store,
    start() {
      for (const [name, task] of Object.entries(tasks))
        task.start((error) => http.log.error({ err: error }, `${name} failed; it is tried again.`));
    },
    async close() {
      await http.close();
      for (const task of Object.values(tasks)) await task.stop();
      await store.close();
    },
  };
}
