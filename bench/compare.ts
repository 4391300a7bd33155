/** Measures every dialect beside the two limits. The rounds alternate, so that a busy minute affects all of them alike. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type * as bare from './bare.ts';
import { type Child, SERVER_FLAGS, startChild, startServer } from './children.ts';
import type * as echo from './echo.ts';
import { bothLimits, hundredths, median, medians, type Run, table, tenths, whole } from './figures.ts';
import type * as load from './load.ts';
import type * as server from './server.ts';
import type * as store from './store.ts';

export interface Plan {
  /** The length of each run. */
  milliseconds: number;
  rounds: number;
  agents: number;
  /** Only these dialects; empty means all. */
  dialects: readonly string[];
  directory: string;
  /** The time between two pieces of a stream. */
  gapMs: number;
  /** More flags for the Node of the server. */
  flags: string[];
  log: (line: string) => void;
}

export interface Report {
  figures: unknown;
  text: string;
}

const CONNECTIONS = [1, 32] as const;
const WARM_UP_MS = 1000;

interface Children {
  server: Child<server.Question, server.Answer>;
  echo: Child<echo.Question, echo.Answer>;
  store: Child<store.Question, Run>;
  bare: Child<bare.Question, bare.Answer>;
  load: Child<load.Question, load.Answer>;
}

/** What the load needs to know about the children. */
interface Setup {
  port: number;
  targets: server.Target[];
  /** The bare route understands the native update only. */
  bareLoad: Pick<load.Question, 'port' | 'agents' | 'target'>;
  /** A body of each dialect, for the echo server. */
  bodies: Map<string, string>;
}

interface DialectRuns {
  target: server.Target;
  connections: number;
  runs: (Run & { heldMs: number })[];
  echo: Run[];
}

/** The runs of the store alone and of the bare route. */
interface LimitRuns {
  connections: number;
  store: Run[];
  bare: Run[];
}

export async function compare(plan: Plan): Promise<Report> {
  const children: Children = {
    server: startServer(plan.flags),
    echo: startChild('./echo.ts'),
    store: startChild('./store.ts'),
    bare: startChild('./bare.ts', {}, SERVER_FLAGS),
    load: startChild('./load.ts'),
  };
  const setup = await open(children, plan);
  await warmUp(children, setup, plan);
  const dialects = setup.targets.flatMap((target) =>
    CONNECTIONS.map((connections): DialectRuns => ({ target, connections, runs: [], echo: [] })),
  );
  const limits = CONNECTIONS.map((connections): LimitRuns => ({ connections, store: [], bare: [] }));
  for (let round = 1; round <= plan.rounds; round += 1) {
    plan.log(`Round ${round} of ${plan.rounds} …`);
    for (const one of limits) await measureLimits(children, setup, one, plan);
    for (const one of dialects) await measureDialect(children, setup, one, plan);
  }
  await Promise.all(Object.values(children).map((child) => child.stop()));
  return report(dialects, limits);
}

async function open({ server, store, bare }: Children, { agents, directory, dialects, log }: Plan): Promise<Setup> {
  log(`Filling three databases with ${whole(agents)} agents of 4 KB …`);
  const own = (name: string): string => {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  };
  const { port, targets } = await server.ask({ open: { directory: own('server'), agents } });
  await store.ask({ open: { directory: own('store'), agents } });
  const { port: barePort } = await bare.ask({ directory: own('bare'), agents });
  return {
    port,
    targets: targets.filter(({ dialect }) => dialects.length === 0 || dialects.includes(dialect)),
    bareLoad: { port: barePort, agents, target: { dialect: 'native', prefix: '', key: '-' } },
    bodies: new Map(),
  };
}

/** Runs everything once without counting, and keeps a body of each dialect. */
async function warmUp({ echo, store, load }: Children, setup: Setup, { agents, log }: Plan): Promise<void> {
  log('Warming up …');
  const { port, targets, bareLoad, bodies } = setup;
  for (const target of targets) {
    const question = { target, agents, connections: 32, milliseconds: WARM_UP_MS };
    const { body } = await load.ask({ ...question, port });
    bodies.set(target.dialect, body);
    await load.ask({ ...question, port: (await echo.ask({ body })).port, milliseconds: WARM_UP_MS / 4 });
  }
  await load.ask({ ...bareLoad, connections: 32, milliseconds: WARM_UP_MS });
  await store.ask({ run: { inFlight: 32, milliseconds: WARM_UP_MS } });
}

async function measureLimits(children: Children, { bareLoad }: Setup, limit: LimitRuns, plan: Plan): Promise<void> {
  const { connections } = limit;
  const { milliseconds } = plan;
  limit.store.push(await children.store.ask({ run: { inFlight: connections, milliseconds } }));
  limit.bare.push(await children.load.ask({ ...bareLoad, connections, milliseconds }));
}

async function measureDialect(children: Children, setup: Setup, one: DialectRuns, plan: Plan): Promise<void> {
  const { server, echo, load } = children;
  const { target, connections } = one;
  const question = { target, agents: plan.agents, connections, milliseconds: plan.milliseconds };
  await server.ask('watch');
  const run = await load.ask({ ...question, port: setup.port });
  one.runs.push({ ...run, heldMs: (await server.ask('watched')).heldMs });
  const { port } = await echo.ask({ body: setup.bodies.get(target.dialect)! });
  one.echo.push(await load.ask({ ...question, port }));
}

function report(dialects: readonly DialectRuns[], limits: readonly LimitRuns[]): Report {
  const figures = dialects.map(({ target, connections, runs, echo }) => {
    const run = medians(runs);
    const limit = limits.find((one) => one.connections === connections)!;
    const [store, bare] = [medians(limit.store).rate, medians(limit.bare).rate];
    const echoRate = median(echo.map(({ rate }) => rate));
    const both = bothLimits(echoRate, store);
    return {
      dialect: target.dialect,
      connections,
      ...run,
      echo: echoRate,
      store,
      bare,
      ratio: run.rate / both,
      bareRatio: bare / both,
      heldMs: Math.max(...runs.map(({ heldMs }) => heldMs)),
    };
  });
  const head = [
    'dialect',
    'connections',
    'updates/s',
    'p50 ms',
    'p99 ms',
    'echo/s',
    'store/s',
    'bare/s',
    'ratio',
    'bare ratio',
    'held ms',
  ];
  const rows = figures.map((one) => [
    one.dialect,
    String(one.connections),
    whole(one.rate),
    hundredths(one.p50),
    hundredths(one.p99),
    whole(one.echo),
    whole(one.store),
    whole(one.bare),
    hundredths(one.ratio),
    hundredths(one.bareRatio),
    tenths(one.heldMs),
  ]);
  return { figures, text: table(head, rows) };
}
