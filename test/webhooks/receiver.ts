/** A server that sends webhooks, its clock, and endpoints on this machine. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { Webhook } from 'standardwebhooks';
import type { AppOptions } from '../../src/app.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { openTestServer, type Tenant, type TestServer } from '../harness.ts';
import { newDatabase } from '../stores/database.ts';
import { databaseUrl } from '../stores/workspace.ts';

export interface ReceivedRequest {
  headers: IncomingHttpHeaders;
  body: string;
  path: string;
}

export interface Receiver {
  url: string;
  received: ReceivedRequest[];
  /** The bodies of the requests as JSON. */
  events(): JsonObject[];
  /** Answers the next requests. */
  answer: (response: ServerResponse, heard: ReceivedRequest) => void;
  /** Resolves when this many requests have arrived. */
  waitFor(count: number): Promise<void>;
  /** Closes every connection. */
  hangUp(): void;
}

export const ok = (response: ServerResponse) => response.writeHead(204).end();
export const respondWith =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end('{}');

export async function openReceiver(answer: Receiver['answer'] = ok): Promise<Receiver> {
  const heard: ReceivedRequest[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString(), path: request.url ?? '' };
      heard.push(one);
      receiver.answer(response, one);
      for (const { count, resolve } of waiting) if (heard.length >= count) resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: heard,
    events: () => heard.map(({ body }) => JSON.parse(body) as JsonObject),
    answer,
    hangUp: () => server.closeAllConnections(),
    waitFor: (count) =>
      new Promise((resolve) => {
        if (heard.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  };
  return receiver;
}

export interface Clock {
  now: () => Date;
  forward(ms: number): void;
}

/** A clock that starts at the real time, because the verification of signatures compares it with its own clock. */
export function newClock(): Clock {
  let time = Date.now();
  return {
    now: () => new Date(time),
    forward(ms) {
      time += ms;
    },
  };
}

/** A database for one test file: dispatchers send everything that is due in their database, also for other tests. */
export async function ownDatabase(): Promise<Record<string, string>> {
  return databaseUrl ? { DATABASE_URL: await newDatabase() } : {};
}

export async function openSendingServer(environment: Record<string, string>, given: AppOptions): Promise<TestServer> {
  return openTestServer({ PARLANCE_ALLOW_PRIVATE_TARGETS: '1', ...environment }, { random: () => 1, ...given });
}

/** Chains the audit entries of a workspace, which puts their events into the outbox. */
export const chainEntries = ({ app }: TestServer, { id }: Tenant): Promise<number> =>
  app.services.chainWriter.chainWorkspace(id);

export async function newWebhook(tenant: Tenant, url: string, facts: JsonObject = {}) {
  const { status, body, text } = await tenant.ask('native', 'POST', '/webhooks', {
    body: { url, events: ['agent.*'], ...facts },
  });
  if (status !== 201) throw new Error(text);
  return body as { id: string; secret: string };
}

export async function newAgent(tenant: Tenant, name = 'Ana'): Promise<string> {
  const { body } = await tenant.ask('native', 'POST', '/agents', { body: { name } });
  return String(body['id']);
}

export interface Logged {
  id: string;
  eventId: string;
  type: string;
  state: string;
  attempts: number;
  nextAttemptAt: string | null;
  status: number | null;
  error: string | null;
}

export async function logOf(tenant: Tenant, id: string): Promise<Logged[]> {
  const { body } = await tenant.ask('native', 'GET', `/webhooks/${id}/deliveries`);
  return body['data'] as Logged[];
}

/** Whether a request has the right signature; its age is not checked. */
export function isSigned({ headers, body }: ReceivedRequest, secret: string, prefix = 'webhook'): boolean {
  const [id, time, signature] = ['id', 'timestamp', 'signature'].map((name) => String(headers[`${prefix}-${name}`]));
  return new Webhook(secret).sign(id!, new Date(Number(time) * 1000), body) === signature;
}
