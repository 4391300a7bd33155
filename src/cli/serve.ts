/** `parlance serve [--host H] [--port N] [--data DIR]` */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '../config.ts';
import { start } from '../main.ts';

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { host: { type: 'string' }, port: { type: 'string' }, data: { type: 'string' } },
  });
  const { app } = await start(readConfig(process.env, values), (text) => console.log(text));
  setTimeout(handBack, HAND_BACK_MS).unref();
  let stopping = false;
  const stop = () => {
    // Asked twice: somebody does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    app.close().then(
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

const HAND_BACK_MS = 1000;

/** Starting takes memory that running does not need; V8 would keep it until it is short of some. */
function handBack(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
