/** The server as a process of its own, for what only a process can show: dying, and meeting another one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const COMMAND = join(import.meta.dirname, '../../bin/parlance.js');
const COMES_UP_WITHIN_MS = 30_000;

export interface ServerProcess {
  url: string;
  /** Ends it, and answers when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

function launch(directory: string, environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [COMMAND, 'serve', '--data', directory, '--port', '0'], {
    env: { ...process.env, DATABASE_URL: '', PARLANCE_LOG: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Answers as soon as it says where it listens. */
export async function serve(directory: string, environment: Record<string, string> = {}): Promise<ServerProcess> {
  const child = launch(directory, environment);
  const gone = once(child, 'exit');
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    const failed = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`The server ${why}. It said: ${said}`));
    };
    const late = setTimeout(failed, COMES_UP_WITHIN_MS, 'does not come up');
    const listen = (text: Buffer) => {
      said += text;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (!address) return;
      clearTimeout(late);
      resolve(address);
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(late);
      failed(`ended with ${code}`);
    });
  });
  return {
    url,
    async end(signal) {
      child.kill(signal);
      await gone;
    },
  };
}

/** For a server that is expected to refuse: how it ended, and what it said. */
export async function serveExpectingFailure(directory: string): Promise<{ code: number | null; said: string }> {
  const child = launch(directory, {});
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (text: Buffer) => {
      said += text;
    });
  const late = setTimeout(() => child.kill('SIGKILL'), COMES_UP_WITHIN_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(late);
  return { code, said };
}
