/** The embedded engine: a server that is killed has every update that it acknowledged. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openStore } from '../../src/stores.ts';
import { type ServerProcess, serve } from './process.ts';
import { newDirectory, onlyOnSqlite } from './workspace.ts';

describe('a server that is killed', onlyOnSqlite, () => {
  test('has every acknowledged update after a restart', { timeout: 120_000 }, async () => {
    const directory = newDirectory();
    let server = await serve(directory);
    const { keys } = JSON.parse(readFileSync(join(directory, 'credentials.json'), 'utf8'));
    const headers = { authorization: `Bearer ${keys.native}`, 'content-type': 'application/json' };
    const ask = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(server.url + path, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const agent = (await answer.json()) as { id: string; revision: number; metadata: { count: number } };
      assert.ok(answer.ok, JSON.stringify(agent));
      return agent;
    };
    const writers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const { id } = await ask('POST', '/v1/agents', { name: `Writer ${i}`, metadata: { count: 0 } });
        return { id, acknowledged: 0 };
      }),
    );
    for (const round of [1, 2, 3]) {
      const before = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
      await writeUntilKilled(server, writers, (id, metadata) => ask('PATCH', `/v1/agents/${id}`, { metadata }));
      assert.ok(writers.reduce((sum, writer) => sum + writer.acknowledged, 0) >= before + 100);
      server = await serve(directory);
      for (const writer of writers) {
        const { revision, metadata } = await ask('GET', `/v1/agents/${writer.id}`);
        // The last update may have been written although its answer was lost.
        const { acknowledged } = writer;
        assert.ok(
          metadata.count === acknowledged || metadata.count === acknowledged + 1,
          `round ${round}: ${acknowledged} updates were acknowledged, ${metadata.count} are stored`,
        );
        assert.equal(revision, metadata.count + 1);
        writer.acknowledged = metadata.count;
      }
    }
    await server.end('SIGTERM');
    const store = await openStore({ databaseUrl: undefined, dataDirectory: directory }, () => new Date());
    const [{ integrity_check: result } = {}] = await store.engine.read({
      sql: 'pragma integrity_check',
      parameters: [],
    });
    assert.equal(result, 'ok');
    await store.close();
  });
});

/** Each writer sends its next update after an answer. After two hundred answers the process is killed. */
async function writeUntilKilled(
  server: ServerProcess,
  writers: { id: string; acknowledged: number }[],
  write: (id: string, metadata: { count: number }) => Promise<{ metadata: { count: number } }>,
): Promise<void> {
  let answers = 0;
  let killed: Promise<void> | undefined;
  const work = async (writer: { id: string; acknowledged: number }): Promise<void> => {
    for (;;) {
      const count = writer.acknowledged + 1;
      const answer = await write(writer.id, { count }).catch((error) => {
        if (killed) return undefined;
        throw error;
      });
      if (!answer) return;
      assert.equal(answer.metadata.count, count);
      writer.acknowledged = count;
      answers += 1;
      if (answers === 200) killed = server.end('SIGKILL');
    }
  };
  await Promise.all(writers.map(work));
  await killed;
}
