/** `parlance campaign preview`: the real command, against a running server. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../../src/workspaces/first-start.ts';

const launcher = fileURLToPath(new URL('../../bin/parlance.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'parlance-campaign-'));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

function launch(...args: string[]) {
  const { DATABASE_URL: _none, ...environment } = process.env;
  const child = spawn(process.execPath, [launcher, ...args], { env: { ...environment, PARLANCE_LOG: 'warn' } });
  children.push(child);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (output.out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (output.err += part));
  return { child, output, exit: once(child, 'close').then(([code]) => code as number | null) };
}
async function command(...args: string[]) {
  const { output, exit } = launch('campaign', ...args);
  return { code: await exit, ...output };
}
/** The command prints one sentence, and no stack. */
const failsWith = async (args: string[], sentence: RegExp) => {
  const { code, out, err } = await command(...args);
  assert.deepEqual([code, out], [1, ''], err);
  assert.match(err, sentence);
  assert.equal(err.trim().split('\n').length, 1, err);
};

test('the command line shows whom a campaign would call, before it calls anyone', async () => {
  const data = ['--data', directory];
  const server = launch('serve', '--port', '0', ...data);
  while (!/The reference is at \S+/.test(server.output.out)) await once(server.child.stdout, 'data');
  const { url, keys } = JSON.parse(readFileSync(join(directory, 'credentials.json'), 'utf8')) as Credentials;
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${url}/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.native}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 201, path);
    return (await answer.json()) as { id: string };
  };
  const agent = await post('/agents', { name: 'Ada' });
  const contacts = ['Europe/London', 'America/New_York'].flatMap((timezone, zone) =>
    [0, 1, 2].map((i) => ({ phone: `+4420718387${zone}${i}`, timezone })),
  );
  const campaign = await post('/campaigns', {
    name: 'Spring',
    agentId: agent.id,
    callSettings: { window: { start: '09:00', end: '12:00' }, autoRetry: true, retrySchedule: [60] },
    contacts: [...contacts, { phone: '+80012345678' }],
  });
  // A week that begins on a Monday, far in the future, so that the day of the test run does not matter.
  const from = ['--from', '2031-03-03T00:00:00Z', '--days', '7'];

  const printed = await command('preview', campaign.id, ...from, ...data);
  assert.equal(printed.code, 0, printed.err);
  assert.match(printed.out, /^12 calls to 6 people between 2031-03-03T00:00:00.000Z and 2031-03-10/);
  const week = printed.out.split('\n').filter((line) => /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) /.test(line));
  assert.equal(week.length, 7);
  // An hour is two characters after the name of the day: calls at nine, and second attempts at ten.
  assert.equal(week[0]!.slice(4).trimEnd(), `${' '.repeat(18)}████`);
  for (const day of week.slice(1)) assert.equal(day.slice(4).trim(), '');
  assert.match(printed.out, /2031-03-03 09:00 America\/New_York +\+442071838710 +#1 {2}The first attempt/);
  assert.match(printed.out, /Not called: 1\n {2}\+80012345678 +The contact's time zone is unknown/);

  const reached = await command('preview', campaign.id, ...from, '--assume', 'completed', '--json', ...data);
  const { total, people, calls } = JSON.parse(reached.out) as { total: number; people: number; calls: object[] };
  assert.deepEqual([total, people, calls.length], [6, 7, 6], 'a contact that was reached is not called again');

  const unknown = '01890000-0000-7000-8000-0000000000c3';
  await failsWith(['preview', unknown, ...data], /^No campaign has this id\.$/m);
  await failsWith(['preview', campaign.id, '--assume', 'perhaps', ...data], /assume/);
  await failsWith(['preview', campaign.id, '--days', 'many', ...data], /days/);
  await failsWith(['preview', campaign.id, '--key', 'par_wrong', ...data], /key/i);
  await failsWith(['preview', campaign.id, '--data', join(directory, 'nowhere')], /credentials\.json.+--data/);
  const bare = await command();
  assert.deepEqual([bare.code, /^Usage: parlance campaign preview ID/.test(bare.err)], [1, true]);

  server.child.kill('SIGINT');
  assert.equal(await server.exit, 0);
  await failsWith(
    ['preview', campaign.id, ...data],
    /^No server answers at http:\S+\. Start it, or name another one with --url\.$/m,
  );
});
