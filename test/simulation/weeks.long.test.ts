/**
 * Two fortnights with clock changes, thousands of people in twenty-four time zones, and nodes that are killed again and
 * again. No person is called outside the window, twice for one attempt, or more often than allowed, and every call
 * ends. The facts come from the carrier's log, not from the server's database.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createApp } from '../../src/app.ts';
import type { LedgerLine } from '../../src/providers/carrier/call-log.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { configOf } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';
import { CAMPAIGNS, mayBeCalled, type Person, people } from './world.ts';

const KILLS = 20;
const NODES = process.env['DATABASE_URL'] ? 2 : 1;
/** People per simulation. Two nodes advance in small steps and need longer per person. */
const PEOPLE = Number(process.env['SIMULATION_PEOPLE'] ?? 10_000 / NODES);
const TIMEOUT_MS = 20 * 60_000;
const HOUR = 3_600_000;
/** The least that the carrier logs per person. */
const LOG_BYTES_PER_PERSON = 400;

interface Report {
  now: number;
  due: number | null;
  failures: string[];
}

/** Europe's clocks go forward in the first period and back in the second; some southern ones do the opposite. */
const WEEKS = [
  {
    name: 'spring in the north, autumn in the south',
    from: '2026-03-27T00:00:00.000Z',
    to: '2026-04-10T00:00:00.000Z',
  },
  { name: 'autumn in the north', from: '2026-10-23T00:00:00.000Z', to: '2026-11-06T00:00:00.000Z' },
] as const;

/** Both periods run at the same time. */
describe('simulated weeks', { concurrency: true }, () => {
  for (const week of WEEKS) simulate(week);
});

function simulate({ name, from, to }: (typeof WEEKS)[number]): void {
  test(`${PEOPLE} people, ${NODES === 1 ? 'one node' : 'two nodes'}, ${KILLS} crashes: ${name}`, {
    timeout: TIMEOUT_MS,
  }, async (context) => {
    const directory = mkdtempSync(join(tmpdir(), 'parlance-week-'));
    after(() => rmSync(directory, { recursive: true, force: true }));
    const place: Place = { directory, databaseUrl: await ownDatabase() };
    const logPath = join(directory, 'network.jsonl');
    const crowd = people(PEOPLE);
    const workspaceId = await createCampaigns(place, from, crowd);
    const startedAt = performance.now();
    const nodes = Array.from({ length: NODES }, () => startNode(place, logPath));
    await Promise.all(nodes.map((node) => node.open(from)));
    // The replacement of the next victim is loaded in advance, to keep the test fast.
    let spare = startNode(place, logPath);
    const random = seededRandom(from);
    let killed = 0;
    let time = Date.parse(from);
    // The kills are spread evenly over the calls, by the size of the log.
    const isKillDue = () =>
      existsSync(logPath) &&
      statSync(logPath).size > ((killed + random()) / (KILLS + 1)) * PEOPLE * LOG_BYTES_PER_PERSON;
    while (time < Date.parse(to)) {
      const due = Math.min(...nodes.map((node) => node.report.due ?? Number.POSITIVE_INFINITY));
      // Nodes share one time: none is more than a second ahead of another.
      const step = NODES === 1 ? Math.max(due, time) + HOUR / 4 : Math.ceil((due + 1) / 1000) * 1000;
      const until = Math.min(step, Date.parse(to));
      const victim = killed < KILLS && isKillDue() ? nodes[killed % NODES]! : undefined;
      await Promise.all(nodes.map((node) => (node === victim ? node.dieWhile(until, random() * 30) : node.run(until))));
      time = until;
      if (victim) {
        killed += 1;
        nodes[nodes.indexOf(victim)] = spare;
        await spare.open(new Date(time).toISOString());
        spare = startNode(place, logPath);
      }
    }
    await Promise.all([...nodes, spare].map((node) => node.stop()));
    context.diagnostic(`${Math.round((performance.now() - startedAt) / 1000)} s of wall time, ${killed} crashes`);
    assert.equal(killed, KILLS);
    const dials = loggedDials(logPath);
    checkDials(dials, crowd);
    await compareWithServer(place, to, workspaceId, dials, crowd);
  });
}

/** Where a simulation keeps its data. */
interface Place {
  directory: string;
  databaseUrl: string | undefined;
}

function startNode({ directory, databaseUrl }: Place, logPath: string) {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const child: ChildProcess = fork(join(import.meta.dirname, 'node.ts'), [join(directory, 'data'), logPath], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Restarted nodes reuse the compile cache of the first one.
    env: { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled'), DATABASE_URL: databaseUrl },
  });
  let onReport: (report: Report) => void = () => resolve();
  const node = {
    report: { now: 0, due: null, failures: [] } as Report,
    /** Opens the server at a moment, ISO 8601. */
    async open(start: string): Promise<void> {
      child.send(start);
      await ready;
    },
    async run(until: number): Promise<void> {
      const { promise, resolve: done } = Promise.withResolvers<Report>();
      onReport = done;
      child.send(until);
      const { failures } = await promise;
      assert.deepEqual(failures, []);
    },
    /** Kills the process while it works. */
    async dieWhile(until: number, afterMs: number): Promise<void> {
      child.send(until);
      await new Promise((done) => setTimeout(done, afterMs));
      child.removeAllListeners('exit');
      const exited = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await exited;
    },
    async stop(): Promise<void> {
      child.removeAllListeners('exit');
      const exited = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await exited;
    },
  };
  child.on('message', (report: Report) => {
    node.report = report;
    onReport(report);
  });
  child.once('exit', (code) => reject(new Error(`The node exited with code ${code}.`)));
  return node;
}

const serverAt = ({ directory, databaseUrl }: Place, time: string) =>
  createApp(configOf(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, join(directory, 'data')), {
    now: () => new Date(time),
  });

/** Creates a workspace with three running campaigns. */
async function createCampaigns(place: Place, from: string, crowd: readonly Person[]): Promise<string> {
  const app = await serverAt(place, from);
  const { accounts, agents, campaigns, settings } = app.services;
  const { id } = await accounts.createWorkspace('Week');
  const caller = systemCaller({ id, number: 0 });
  await settings.update(caller, id, { calling: { lines: 400, linesForIncoming: 10 } });
  const { agent } = await agents.create(caller, {
    edits: () => [{ op: 'set', path: 'name', value: 'Caller' }],
  });
  for (const [i, { name, allowedDays, start, end, retrySchedule }] of CAMPAIGNS.entries()) {
    const callSettings = { allowedDays, window: { start, end }, autoRetry: true, retrySchedule };
    const contacts = crowd.filter(({ campaign }) => campaign === i).map(({ phone, timezone }) => ({ phone, timezone }));
    const draft = { name, agent: { id: agent.id }, callSettings, maxConcurrent: 120 };
    const { campaign } = await campaigns.create(caller, draft, { people: contacts });
    await campaigns.start(caller, campaign.id);
  }
  await app.close();
  return id;
}

type Dial = Extract<LedgerLine, { type: 'dialed' }> & { endedAt: string | undefined; answered: boolean };

function loggedDials(logPath: string): Dial[] {
  const lines = readFileSync(logPath, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerLine);
  const ends = new Map(lines.flatMap((line) => (line.type === 'ended' ? [[line.attemptId, line.at]] : [])));
  const answers = new Set(lines.flatMap((line) => (line.type === 'answered' ? [line.attemptId] : [])));
  return lines.flatMap((line) =>
    line.type === 'dialed'
      ? [{ ...line, endedAt: ends.get(line.attemptId), answered: answers.has(line.attemptId) }]
      : [],
  );
}

/** Checks every dial against the rules of its campaign. */
function checkDials(dials: readonly Dial[], crowd: readonly Person[]): void {
  const byPhone = new Map(crowd.map((person) => [person.phone, person]));
  const wrong = dials.filter(({ to, at }) => {
    const { timezone, campaign } = byPhone.get(to)!;
    return !mayBeCalled(CAMPAIGNS[campaign]!, timezone, at);
  });
  assert.deepEqual(wrong, [], 'no person is called outside the window');
  assert.equal(new Set(dials.map(({ attemptId }) => attemptId)).size, dials.length, 'no attempt is dialed twice');
  for (const [phone, own] of Map.groupBy(dials, ({ to }) => to)) {
    const { retrySchedule } = CAMPAIGNS[byPhone.get(phone)!.campaign]!;
    assert.ok(own.length <= 1 + retrySchedule.length, `${phone} is not called more often than allowed`);
    for (const [i, dial] of own.entries()) {
      const before = own[i - 1];
      if (!before) continue;
      const pause = Date.parse(dial.at) - Date.parse(before.endedAt ?? before.at);
      assert.ok(pause >= retrySchedule[i - 1]! * 60_000, `the pause before the next call to ${phone} is long enough`);
    }
  }
}

/** Compares the server's database with the carrier's log. */
async function compareWithServer(
  place: Place,
  to: string,
  workspaceId: string,
  dials: readonly Dial[],
  crowd: readonly Person[],
) {
  const app = await serverAt(place, to);
  try {
    const { calls, campaigns } = app.services;
    const caller = systemCaller({ id: workspaceId, number: 0 });
    const all = await calls.list(caller, {}, { limit: 100_000 });
    assert.equal(all.length, crowd.length);
    const open = all.filter(({ status }) => ['waiting', 'dialing', 'in_progress'].includes(status));
    assert.deepEqual(
      open.map(({ phone, status, why }) => ({ phone, status, why })),
      [],
      'every call ends',
    );
    const perPhone = Map.groupBy(dials, ({ to: phone }) => phone);
    for (const { phone, status, progress } of all) {
      // An attempt that a crash ended before the carrier got the order is void, and does not count.
      const own = perPhone.get(phone) ?? [];
      assert.ok(progress.spent >= own.length, `${phone}: every dial counts against the budget`);
      if (status === 'completed') assert.ok(own.length > 0, `${phone}: a completed call was dialed`);
    }
    const lines = await app.store.engine.read({ sql: 'select in_flight from lines', parameters: [] });
    assert.deepEqual(
      lines.map((row) => Number(row['in_flight'])),
      [0],
      'every line is free',
    );
    const views = await campaigns.list(caller, {}, { limit: 10 });
    assert.deepEqual(
      views.map(({ campaign }) => [campaign.status, campaign.inFlight]),
      views.map(() => ['completed', 0]),
    );
    assert.ok(all.some(({ status }) => status === 'completed') && all.some(({ status }) => status === 'unknown'));
  } finally {
    await app.close();
  }
}

/** Random numbers from 0 to 1, the same for the same seed. */
function seededRandom(seed: string): () => number {
  let state = [...seed].reduce((sum, char) => Math.imul(sum, 31) + char.charCodeAt(0), 7) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
