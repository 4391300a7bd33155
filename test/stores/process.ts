/** The server as a process, for tests that kill it or start a second one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const COMMAND = join(import.meta.dirname, '../../bin/parlance.js');
const START_TIMEOUT_MS = 30_000;

export interface ServerProcess {
  url: string;
  /** Sends a signal, and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

function launch(directory: string, environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [COMMAND, 'serve', '--data', directory, '--port', '0'], {
    env: { ...process.env, DATABASE_URL: '', PARLANCE_LOG: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Resolves when the server has printed its address. */
export async function serve(directory: string, environment: Record<string, string> = {}): Promise<ServerProcess> {
  const child = launch(directory, environment);
  const ended = once(child, 'exit');
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const failed = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`The server ${why}. Its output: ${output}`));
    };
    const timeout = setTimeout(failed, START_TIMEOUT_MS, 'did not start in time');
    const listen = (text: Buffer) => {
      output += text;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (!address) return;
      clearTimeout(timeout);
      resolve(address);
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(timeout);
      failed(`ended with code ${code}`);
    });
  });
  return {
    url,
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** For a server that must fail to start: its exit code and its output. */
export async function serveExpectingFailure(directory: string): Promise<{ code: number | null; output: string }> {
  const child = launch(directory, {});
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (text: Buffer) => {
      output += text;
    });
  const timeout = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timeout);
  return { code, output };
}
