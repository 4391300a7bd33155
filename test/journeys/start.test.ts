/** The first minutes of a newcomer: start the server, paste the printed commands, stop it and start it again. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.ts';
import type { Credentials } from '../../src/workspaces/first-start.ts';
import { configOf } from '../harness.ts';

const launcher = fileURLToPath(new URL('../../bin/parlance.js', import.meta.url));
const parent = mkdtempSync(join(tmpdir(), 'parlance-journey-'));
const directory = join(parent, 'not', 'there', 'yet');
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  output: () => string;
  exit: Promise<number | null>;
}

/** Always on the embedded engine, as on a newcomer's machine. */
function launch(...args: string[]): Started {
  const { DATABASE_URL: _none, ...environment } = process.env;
  const child = spawn(process.execPath, [launcher, 'serve', '--port', '0', ...args], {
    env: { ...environment, PARLANCE_LOG: 'warn' },
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  return { child, output: () => text, exit: once(child, 'exit').then(([code]) => code as number | null) };
}

/** Waits for this output. */
async function until(started: Started, expected: RegExp): Promise<string> {
  while (!expected.test(started.output())) {
    const hasExited = await Promise.race([
      started.exit.then(() => true),
      once(started.child.stdout!, 'data').then(() => false),
    ]);
    if (hasExited && !expected.test(started.output()))
      throw new Error(`The server stopped. Its output: ${started.output()}`);
  }
  return started.output();
}

test('a server is healthy and ready after its start, and not before', async () => {
  const { http, start, close } = await createApp(configOf({ DATABASE_URL: '' }, directory));
  const statuses = async () =>
    Promise.all(['/healthz', '/readyz'].map(async (path) => (await http.inject(path)).statusCode));
  assert.deepEqual(await statuses(), [503, 503]);
  start();
  assert.deepEqual(await statuses(), [200, 200]);
  await close();
});

test('a first start', async () => {
  const first = launch('--data', directory);
  const printed = await until(first, /The reference is at \S+/);
  const file = join(directory, 'credentials.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const credentials = JSON.parse(readFileSync(file, 'utf8')) as Credentials;
  assert.deepEqual(Object.keys(credentials), ['url', 'workspace', 'user', 'keys']);
  const prefixes = {
    native: 'par_',
    kejue: 'kej_live_',
    agenthuman: 'ah_live_',
    instaview: 'sk_live_',
    ayra: 'sk_live_',
    agntix: 'pk_live_',
  };
  for (const [name, prefix] of Object.entries(prefixes))
    assert.ok(credentials.keys[name as keyof typeof prefixes].startsWith(prefix));
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(`${credentials.url}${path}`)).status, 200);

  // The commands work as they are printed.
  const commands = printed.split('\n').filter((line) => line.startsWith('curl '));
  assert.equal(commands.length, 6);
  for (const command of commands) {
    const status = execFileSync('bash', ['-c', `${command} -s -o /dev/null -w '%{http_code}'`], { encoding: 'utf8' });
    assert.equal(status, '200', command);
  }
  const agents = await fetch(`${credentials.url}/v1/agents`, {
    headers: { authorization: `Bearer ${credentials.keys.native}` },
  });
  const { data } = (await agents.json()) as { data: { revision: number }[] };
  assert.equal(data.length, 1);
  assert.equal(data[0]!.revision, 7, 'each of the six commands changed something');

  // A second process on the same directory stops with a sentence, and changes nothing.
  const second = launch('--data', directory);
  assert.equal(await second.exit, 1);
  assert.match(second.output(), /Another Parlance is running on the data directory .+--data/);
  assert.doesNotMatch(second.output(), /at .+\.ts:\d/);

  first.child.kill('SIGINT');
  assert.equal(await first.exit, 0);

  // The second start finds the data, and prints no secret.
  const again = launch('--data', directory);
  const text = await until(again, /Parlance is listening on \S+/);
  for (const secret of [...Object.values(credentials.keys), credentials.user.password])
    assert.ok(!text.includes(secret));
  const url = /listening on (\S+)/.exec(text)![1];
  const agentsAfter = await fetch(`${url}/v1/agents`, {
    headers: { authorization: `Bearer ${credentials.keys.native}` },
  });
  assert.deepEqual(((await agentsAfter.json()) as { data: unknown[] }).data, data);
  again.child.kill('SIGTERM');
  assert.equal(await again.exit, 0);
});

test('an update that is running when the server stops is answered or refused, never lost', async () => {
  const running = launch('--data', join(parent, 'drain'));
  await until(running, /The reference is at \S+/);
  const { url, keys } = JSON.parse(readFileSync(join(parent, 'drain', 'credentials.json'), 'utf8')) as Credentials;
  const headers = { authorization: `Bearer ${keys.native}`, 'content-type': 'application/json' };
  const { data } = (await (await fetch(`${url}/v1/agents`, { headers })).json()) as { data: { id: string }[] };
  const update = (n: number) =>
    fetch(`${url}/v1/agents/${data[0]!.id}`, {
      method: 'PATCH',
      headers,
      body: JSON.stringify({ description: `change ${n}` }),
    }).then(
      (response) => response.status,
      () => 0,
    );
  const updates = Array.from({ length: 50 }, (_, n) => update(n));
  running.child.kill('SIGINT');
  const answered = (await Promise.all(updates)).filter((status) => status === 200).length;
  assert.equal(await running.exit, 0);

  const again = launch('--data', join(parent, 'drain'));
  const next = /listening on (\S+)/.exec(await until(again, /Parlance is listening on \S+/))![1];
  const after = (await (await fetch(`${next}/v1/agents`, { headers })).json()) as { data: { revision: number }[] };
  assert.ok(after.data[0]!.revision >= 1 + answered, `${answered} answered, revision ${after.data[0]!.revision}`);
  again.child.kill('SIGINT');
  await again.exit;
});

test('under npm, Ctrl-C in a terminal and a signal to npm alone both stop the server cleanly', async () => {
  const { DATABASE_URL: _none, ...environment } = process.env;
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  // A negative id signals the whole process group, as a terminal does.
  for (const [i, sign] of ([-1, 1] as const).entries()) {
    const args = ['start', '--', '--port', '0', '--data', join(parent, `npm-${i}`)];
    const child = spawn('npm', args, { cwd, env: environment, detached: true });
    children.push(child);
    let text = '';
    const up = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        if (/The reference is at \S+/.test(text)) resolve();
      });
    });
    const exit = once(child, 'exit');
    await Promise.race([up, exit]);
    // In a group npm passes the signal on, so its child gets it twice.
    process.kill(sign * child.pid!, 'SIGINT');
    assert.deepEqual((await exit)[0], 0, text);
  }
});

test('a wrong option stops the start with a sentence', async () => {
  for (const [args, sentence] of [
    [['--port', 'x'], /--port must be a whole number/],
    [['--port', '70000'], /--port is 70000; a port is at most 65535/],
    [['--nonsense'], /nonsense/],
  ] as const) {
    const started = launch('--data', join(parent, 'never'), ...args);
    assert.equal(await started.exit, 1);
    assert.match(started.output(), sentence);
    assert.doesNotMatch(started.output(), /at .+\.ts:\d/);
  }
  assert.ok(!existsSync(join(parent, 'never')));
});
