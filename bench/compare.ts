/** Every dialect beside the two limits, in alternating rounds, so that a noisy minute spoils all of them alike. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type * as bare from './bare.ts';
import { begin, beginServer, SERVER_FLAGS } from './children.ts';
import type * as echo from './echo.ts';
import { bothLimits, hundredths, median, medians, type Run, table, tenths, whole } from './figures.ts';
import type * as load from './load.ts';
import type * as store from './store.ts';

export interface Plan {
  milliseconds: number;
  rounds: number;
  agents: number;
  /** Only these; empty means all. */
  dialects: readonly string[];
  directory: string;
  /** Between two pieces of a stream. */
  gapMs: number;
  /** For the server's Node. */
  flags: string[];
  say: (line: string) => void;
}

export interface Report {
  figures: unknown;
  text: string;
}

const CONNECTIONS = [1, 32] as const;
const WARM_UP_MS = 1000;

interface Measured {
  dialect: string;
  connections: number;
  ours: (Run & { heldMs: number })[];
  echo: Run[];
}

export async function compare(plan: Plan): Promise<Report> {
  const { agents, milliseconds, rounds, say } = plan;
  const server = beginServer(plan.flags);
  const echo = begin<echo.Question, echo.Answer>('./echo.ts');
  const store = begin<store.Question, Run>('./store.ts');
  const bare = begin<bare.Question, bare.Answer>('./bare.ts', {}, SERVER_FLAGS);
  const load = begin<load.Question, load.Answer>('./load.ts');

  say(`Filling three databases with ${whole(agents)} agents of 4 KB …`);
  const directories = ['server', 'store', 'bare'].map((name) => join(plan.directory, name));
  for (const directory of directories) mkdirSync(directory);
  const { port, doors } = await server.ask({ open: { directory: directories[0]!, agents } });
  await store.ask({ open: { directory: directories[1]!, agents } });
  const { port: barePort } = await bare.ask({ directory: directories[2]!, agents });
  // It understands the native update, and no other.
  const bareLoad = { port: barePort, agents, door: { dialect: 'native' as const, prefix: '', key: '-' } };
  const spoken = doors.filter(({ dialect }) => plan.dialects.length === 0 || plan.dialects.includes(dialect));

  say('Warming up …');
  const bodies = new Map<string, string>();
  for (const door of spoken) {
    const warm = { door, agents, connections: 32, milliseconds: WARM_UP_MS };
    const { body } = await load.ask({ ...warm, port });
    bodies.set(door.dialect, body);
    await load.ask({ ...warm, port: (await echo.ask({ body })).port, milliseconds: WARM_UP_MS / 4 });
  }
  await load.ask({ ...bareLoad, connections: 32, milliseconds: WARM_UP_MS });
  await store.ask({ run: { inFlight: 32, milliseconds: WARM_UP_MS } });

  const measured = spoken.flatMap(({ dialect }) =>
    CONNECTIONS.map((connections): Measured => ({ dialect, connections, ours: [], echo: [] })),
  );
  const alone = CONNECTIONS.map((connections) => ({ connections, stored: [] as Run[], parts: [] as Run[] }));
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds} …`);
    for (const { connections, stored, parts } of alone) {
      stored.push(await store.ask({ run: { inFlight: connections, milliseconds } }));
      parts.push(await load.ask({ ...bareLoad, connections, milliseconds }));
    }
    for (const one of measured) {
      const door = spoken.find(({ dialect }) => dialect === one.dialect)!;
      const { connections } = one;
      await server.ask('watch');
      const ours = await load.ask({ port, door, agents, connections, milliseconds });
      one.ours.push({ ...ours, heldMs: (await server.ask('watched')).heldMs });
      const mirror = await echo.ask({ body: bodies.get(door.dialect)! });
      one.echo.push(await load.ask({ port: mirror.port, door, agents, connections, milliseconds }));
    }
  }
  await Promise.all([server, echo, store, bare, load].map((child) => child.stop()));
  return report(
    measured,
    alone.map(({ connections, stored, parts }) => ({
      connections,
      store: medians(stored).rate,
      bare: medians(parts).rate,
    })),
  );
}

function report(
  measured: readonly Measured[],
  limits: readonly { connections: number; store: number; bare: number }[],
): Report {
  const figures = measured.map(({ dialect, connections, ours, echo }) => {
    const run = medians(ours);
    const { store, bare } = limits.find((one) => one.connections === connections)!;
    const both = bothLimits(median(echo.map(({ rate }) => rate)), store);
    return {
      dialect,
      connections,
      ...run,
      echo: median(echo.map(({ rate }) => rate)),
      store,
      bare,
      ratio: run.rate / both,
      bareRatio: bare / both,
      heldMs: Math.max(...ours.map(({ heldMs }) => heldMs)),
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
