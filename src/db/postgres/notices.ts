/** What nodes say to each other, through `listen` and `notify`: one connection for listening, as long as anybody does. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Channel, Notices } from '../engine.ts';

export interface NoticesParts {
  /** A connection of its own: one of the pool's would be missing there for good. */
  newClient: () => pg.Client;
  run: (sql: string, parameters: string[]) => Promise<unknown>;
}

/** How long a lost connection is left alone before another one is tried. */
const AGAIN_MS = 1000;

export function createNotices({ newClient, run }: NoticesParts): Notices & { close(): Promise<void> } {
  /** Whoever speaks hears itself too; this is how it knows. */
  const self = randomUUID();
  const hearing = new Map<string, (words: string) => void>();
  let line: Promise<pg.Client | undefined> | undefined;
  let again: NodeJS.Timeout | undefined;
  let closed = false;

  const heard = ({ channel, payload = '' }: pg.Notification): void => {
    const [from = '', words = ''] = [payload.slice(0, self.length), payload.slice(self.length + 1)];
    if (from !== self) hearing.get(channel)?.(words);
  };

  const lose = (client: pg.Client): void => {
    client.removeAllListeners('end');
    client.end().catch(() => undefined);
    line = undefined;
    if (closed || again) return;
    again = setTimeout(() => {
      again = undefined;
      line ??= open();
    }, AGAIN_MS).unref();
  };

  const open = async (): Promise<pg.Client | undefined> => {
    const client = newClient();
    client.on('notification', heard);
    // What an error has to say, the end of the connection says as well.
    client.on('error', () => undefined);
    try {
      await client.connect();
      client.on('end', () => lose(client));
      for (const channel of hearing.keys()) await client.query(`listen "${channel}"`);
      return client;
    } catch {
      lose(client);
      return undefined;
    }
  };

  return {
    tell: async (channel, words) => {
      await run('select pg_notify($1, $2)', [named(channel), `${self} ${words}`]);
    },
    async listen(channel, hear) {
      hearing.set(named(channel), hear);
      const known = line;
      line ??= open();
      const client = await line;
      if (known) await client?.query(`listen "${named(channel)}"`).catch(() => undefined);
    },
    async close() {
      closed = true;
      clearTimeout(again);
      const client = await line;
      client?.removeAllListeners('end');
      await client?.end().catch(() => undefined);
    },
  };
}

const named = (channel: Channel): string => `parlance_${channel}`;
