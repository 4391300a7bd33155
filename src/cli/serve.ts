/** `parlance serve [--host HOST] [--port PORT] [--data DIR]`: runs the server. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '../config.ts';
import { type RunningServer, start } from '../main.ts';
import { optimise } from './optimise.ts';

export const usage =
  'Usage: parlance serve [--host HOST] [--port PORT] [--data DIR]\n' +
  'Environment variables set everything else: see docs/guides/configuration.md.';

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { host: { type: 'string' }, port: { type: 'string' }, data: { type: 'string' } },
  });
  const starting = start(readConfig(process.env, values), (text) => console.log(text));
  stopOnSignal(starting);
  const { app } = await starting;
  optimise();
  setTimeout(() => releaseMemory(app), RELEASE_AFTER_MS).unref();
}

/** Within this time a second signal is npm passing on the first one. */
const REPEATED_SIGNAL_MS = 500;
const RELEASE_AFTER_MS = 1000;

/** Closes the app on SIGINT or SIGTERM. A second signal ends the process at once. */
function stopOnSignal(starting: Promise<RunningServer>): void {
  let stoppedAt: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (stoppedAt !== undefined) {
      if (now - stoppedAt > REPEATED_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppedAt = now;
    // A server that is still starting is started and then closed, so that it leaves nothing unfinished.
    starting
      .then(({ app }) => app.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(String(error));
          process.exit(1);
        },
      );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** A start needs memory that a running server does not: the first writer thread, and garbage that V8 has not collected. */
function releaseMemory({ store }: RunningServer['app']): void {
  store.engine.releaseWriter();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;
  // With this flag, threads that start later would use another compile cache (src/cli/warm.ts), which is empty.
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
