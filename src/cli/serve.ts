/** `parlance serve [--host H] [--port N] [--data DIR]` */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '../config.ts';
import { type RunningServer, start } from '../main.ts';
import { optimise } from './optimise.ts';

export const usage =
  'Usage: parlance serve [--host HOST] [--port PORT] [--data DIR]\n' +
  'Everything else is an environment variable: see docs/guides/configuration.md.';

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { host: { type: 'string' }, port: { type: 'string' }, data: { type: 'string' } },
  });
  const starting = start(readConfig(process.env, values), (text) => console.log(text));
  let askedAt: number | undefined;
  const stop = () => {
    const now = performance.now();
    if (askedAt !== undefined) {
      // npm passes on what the terminal has already said; asked again after that, somebody does not want to wait.
      if (now - askedAt > ECHO_MS) process.exit(1);
      return;
    }
    askedAt = now;
    // Also what has only begun to start is started and then stopped, as it should be.
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
  const { app } = await starting;
  optimise();
  setTimeout(() => handBack(app), HAND_BACK_MS).unref();
}

const ECHO_MS = 500;
const HAND_BACK_MS = 1000;

/** Starting takes memory that running does not need: the writer of a first start, and what V8 keeps until it is short. */
function handBack({ store }: RunningServer['app']): void {
  store.engine.rest();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;
  // Threads that begin later would take their code from another cache with this flag (src/cli/warm.ts), which is empty.
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
