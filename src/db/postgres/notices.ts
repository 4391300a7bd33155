/** Messages between nodes through `listen` and `notify`. One connection listens for all channels of this node. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Channel, Notices } from '../engine.ts';

export interface NoticesOptions {
  /** Opens the connection that listens. It never returns to the pool, so it is not taken from it. */
  newClient: () => pg.Client;
  run: (sql: string, parameters: string[]) => Promise<unknown>;
}

/** How long to wait before connecting again. */
const RECONNECT_MS = 1000;

export function createNotices({ newClient, run }: NoticesOptions): Notices & { close(): Promise<void> } {
  /** Begins every message, because PostgreSQL sends a message to its sender too. */
  const nodeId = randomUUID();
  const listeners = new Map<string, (message: string) => void>();
  let connection: Promise<pg.Client | undefined> | undefined;
  let reconnecting: NodeJS.Timeout | undefined;
  let closed = false;

  const receive = ({ channel, payload = '' }: pg.Notification): void => {
    const sender = payload.slice(0, nodeId.length);
    if (sender !== nodeId) listeners.get(channel)?.(payload.slice(nodeId.length + 1));
  };

  const lose = (client: pg.Client): void => {
    client.removeAllListeners('end');
    client.end().catch(() => undefined);
    connection = undefined;
    if (closed || reconnecting) return;
    reconnecting = setTimeout(() => {
      reconnecting = undefined;
      connection ??= open();
    }, RECONNECT_MS).unref();
  };

  const open = async (): Promise<pg.Client | undefined> => {
    const client = newClient();
    client.on('notification', receive);
    // The `end` event follows every error and is handled below.
    client.on('error', () => undefined);
    try {
      await client.connect();
      client.on('end', () => lose(client));
      for (const channel of listeners.keys()) await client.query(`listen "${channel}"`);
      return client;
    } catch {
      lose(client);
      return undefined;
    }
  };

  return {
    notify: async (channel, message) => {
      await run('select pg_notify($1, $2)', [nameOf(channel), `${nodeId} ${message}`]);
    },
    async listen(channel, onMessage) {
      listeners.set(nameOf(channel), onMessage);
      const existing = connection;
      connection ??= open();
      const client = await connection;
      // A new connection listens to every channel; an existing one does not know this channel yet.
      if (existing) await client?.query(`listen "${nameOf(channel)}"`).catch(() => undefined);
    },
    async close() {
      closed = true;
      clearTimeout(reconnecting);
      const client = await connection;
      client?.removeAllListeners('end');
      await client?.end().catch(() => undefined);
    },
  };
}

const nameOf = (channel: Channel): string => `parlance_${channel}`;
