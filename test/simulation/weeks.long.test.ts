/**
 * Two weeks with changes of clocks, thousands of people in twenty-four zones, and nodes that are killed again and again:
 * nobody is called at a wrong time, twice for one attempt, or more often than allowed, and everybody comes to an end.
 * What happened is read in the network's own book, not in ours.
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
/** In each week. Two nodes take turns at every moment, and so need longer for everybody. */
const PEOPLE = Number(process.env['SIMULATION_PEOPLE'] ?? 10_000 / NODES);
const PATIENCE_MS = 20 * 60_000;
const HOUR = 3_600_000;
/** What the network writes down about one person, at the least. */
const BYTES = 400;

interface Report {
  now: number;
  due: number | null;
  failures: string[];
}

/** Europe's clocks go forward in the first week and back in the second, some southern ones the other way. */
const WEEKS = [
  {
    name: 'spring in the north, autumn in the south',
    from: '2026-03-27T00:00:00.000Z',
    to: '2026-04-10T00:00:00.000Z',
  },
  { name: 'autumn in the north', from: '2026-10-23T00:00:00.000Z', to: '2026-11-06T00:00:00.000Z' },
] as const;

/** The weeks do not wait for each other. */
describe('simulated weeks', { concurrency: true }, () => {
  for (const week of WEEKS) simulate(week);
});

function simulate({ name, from, to }: (typeof WEEKS)[number]): void {
  test(`${PEOPLE} people, ${NODES === 1 ? 'one node' : 'two nodes'}, ${KILLS} crashes: ${name}`, {
    timeout: PATIENCE_MS,
  }, async (context) => {
    const directory = mkdtempSync(join(tmpdir(), 'parlance-week-'));
    after(() => rmSync(directory, { recursive: true, force: true }));
    const place: Place = { directory, databaseUrl: await ownDatabase() };
    const book = join(directory, 'network.jsonl');
    const crowd = people(PEOPLE);
    const workspaceId = await addSampleRecords(place, from, crowd);
    const began = performance.now();
    const nodes = Array.from({ length: NODES }, () => startNode(place, book));
    await Promise.all(nodes.map((node) => node.open(from)));
    // Loaded already, as a process that is started again by its supervisor would soon be.
    let spare = startNode(place, book);
    const random = dice(from);
    let killed = 0;
    let time = Date.parse(from);
    // Killed at moments that are spread over the calls of the week.
    const isTime = () => existsSync(book) && statSync(book).size > ((killed + random()) / (KILLS + 1)) * PEOPLE * BYTES;
    while (time < Date.parse(to)) {
      const due = Math.min(...nodes.map((node) => node.report.due ?? Number.POSITIVE_INFINITY));
      // Several nodes live in one time: none of them is ever more than a second ahead of another.
      const step = NODES === 1 ? Math.max(due, time) + HOUR / 4 : Math.ceil((due + 1) / 1000) * 1000;
      const until = Math.min(step, Date.parse(to));
      const victim = killed < KILLS && isTime() ? nodes[killed % NODES]! : undefined;
      await Promise.all(nodes.map((node) => (node === victim ? node.dieWhile(until, random() * 30) : node.run(until))));
      time = until;
      if (victim) {
        killed += 1;
        nodes[nodes.indexOf(victim)] = spare;
        await spare.open(new Date(time).toISOString());
        spare = startNode(place, book);
      }
    }
    await Promise.all([...nodes, spare].map((node) => node.stop()));
    context.diagnostic(`${Math.round((performance.now() - began) / 1000)} s of wall time, ${killed} crashes`);
    assert.equal(killed, KILLS);
    const dials = dialed(book);
    judge(dials, crowd);
    await compare(place, to, workspaceId, dials, crowd);
  });
}

/** Where a week is kept. */
interface Place {
  directory: string;
  databaseUrl: string | undefined;
}

function startNode({ directory, databaseUrl }: Place, book: string) {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const child: ChildProcess = fork(join(import.meta.dirname, 'node.ts'), [join(directory, 'data'), book], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Those that come after a crash find compiled what the first one compiled.
    env: { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled'), DATABASE_URL: databaseUrl },
  });
  let answered: (report: Report) => void = () => resolve();
  const node = {
    report: { now: 0, due: null, failures: [] } as Report,
    /** Opens its house at a moment. */
    async open(start: string): Promise<void> {
      child.send(start);
      await ready;
    },
    async run(until: number): Promise<void> {
      const { promise, resolve: done } = Promise.withResolvers<Report>();
      answered = done;
      child.send(until);
      const { failures } = await promise;
      assert.deepEqual(failures, []);
    },
    /** Killed while it works. */
    async dieWhile(until: number, afterMs: number): Promise<void> {
      child.send(until);
      await new Promise((done) => setTimeout(done, afterMs));
      child.removeAllListeners('exit');
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    },
    async stop(): Promise<void> {
      child.removeAllListeners('exit');
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    },
  };
  child.on('message', (report: Report) => {
    node.report = report;
    answered(report);
  });
  child.once('exit', (code) => reject(new Error(`The node ended by itself with ${code}.`)));
  return node;
}

const serverAt = ({ directory, databaseUrl }: Place, time: string) =>
  createApp(configOf(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, join(directory, 'data')), {
    now: () => new Date(time),
  });

/** A workspace with three campaigns that are running. */
async function addSampleRecords(place: Place, from: string, crowd: readonly Person[]): Promise<string> {
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
    const called = crowd.filter(({ campaign }) => campaign === i).map(({ phone, timezone }) => ({ phone, timezone }));
    const draft = { name, agent: { id: agent.id }, callSettings, maxConcurrent: 120 };
    const { campaign } = await campaigns.create(caller, draft, { people: called });
    await campaigns.start(caller, campaign.id);
  }
  await app.close();
  return id;
}

type Dial = Extract<LedgerLine, { type: 'dialled' }> & { endedAt: string | undefined; answered: boolean };

function dialed(book: string): Dial[] {
  const lines = readFileSync(book, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerLine);
  const ends = new Map(lines.flatMap((line) => (line.type === 'ended' ? [[line.attemptId, line.at]] : [])));
  const answers = new Set(lines.flatMap((line) => (line.type === 'answered' ? [line.attemptId] : [])));
  return lines.flatMap((line) =>
    line.type === 'dialled'
      ? [{ ...line, endedAt: ends.get(line.attemptId), answered: answers.has(line.attemptId) }]
      : [],
  );
}

/** What the people who were called would say. */
function judge(dials: readonly Dial[], crowd: readonly Person[]): void {
  const known = new Map(crowd.map((person) => [person.phone, person]));
  const wrong = dials.filter(({ to, at }) => {
    const { timezone, campaign } = known.get(to)!;
    return !mayBeCalled(CAMPAIGNS[campaign]!, timezone, at);
  });
  assert.deepEqual(wrong, [], 'nobody is called outside the hours');
  assert.equal(new Set(dials.map(({ attemptId }) => attemptId)).size, dials.length, 'no attempt is dialled twice');
  for (const [phone, own] of Map.groupBy(dials, ({ to }) => to)) {
    const { retrySchedule } = CAMPAIGNS[known.get(phone)!.campaign]!;
    assert.ok(own.length <= 1 + retrySchedule.length, `${phone} is not called more often than allowed`);
    for (const [i, dial] of own.entries()) {
      const before = own[i - 1];
      if (!before) continue;
      const pause = Date.parse(dial.at) - Date.parse(before.endedAt ?? before.at);
      assert.ok(pause >= retrySchedule[i - 1]! * 60_000, `${phone} is left alone for as long as was said`);
    }
  }
}

/** What we say of it, against what the network says. */
async function compare(
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
      'everybody comes to an end',
    );
    const perPhone = Map.groupBy(dials, ({ to: phone }) => phone);
    for (const { phone, status, progress } of all) {
      // A reservation that a crash has ended before the network heard of it was never dialled, and counts for nothing.
      const own = perPhone.get(phone) ?? [];
      assert.ok(progress.spent >= own.length, `${phone}: every ring is paid for from the budget`);
      if (status === 'completed')
        assert.ok(own.length > 0, `${phone}: nobody is said to be reached who was not called`);
    }
    const lines = await app.store.engine.read({ sql: 'select in_flight from lines', parameters: [] });
    assert.deepEqual(
      lines.map((row) => Number(row['in_flight'])),
      [0],
      'every line is free again',
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

/** The same for the same week. */
function dice(seed: string): () => number {
  let state = [...seed].reduce((sum, char) => Math.imul(sum, 31) + char.charCodeAt(0), 7) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
