/** Compares a million agents with a thousand: two servers, measured in turn. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, startServer } from './children.ts';
import type { Plan, Report } from './compare.ts';
import { hundredths, medians, type Run, table, whole } from './figures.ts';
import type * as load from './load.ts';

const SIZES = [1000, 1_000_000] as const;
const CONNECTIONS = 32;
const WARM_UP_MS = 3000;

export async function scale({ directory, flags, milliseconds, rounds, log }: Plan): Promise<Report> {
  const load = startChild<load.Question, load.Answer>('./load.ts');
  const sides = [];
  for (const agents of SIZES) {
    log(`Filling a database with ${whole(agents)} agents of 4 KB …`);
    const child = startServer(flags);
    const ownDirectory = join(directory, String(agents));
    mkdirSync(ownDirectory);
    const { port, targets } = await child.ask({ open: { directory: ownDirectory, agents } });
    const question = { port, target: targets[0]!, agents, connections: CONNECTIONS };
    sides.push({ agents, child, question, runs: [] as Run[] });
  }
  for (const { question } of sides) await load.ask({ ...question, milliseconds: WARM_UP_MS });
  for (let round = 1; round <= rounds; round += 1) {
    log(`Round ${round} of ${rounds} …`);
    for (const { question, runs } of sides) runs.push(await load.ask({ ...question, milliseconds }));
  }
  await Promise.all([load.stop(), ...sides.map(({ child }) => child.stop())]);

  const figures = sides.map(({ agents, runs }) => ({ agents, connections: CONNECTIONS, ...medians(runs) }));
  const [few, many] = figures;
  const ratio = many!.rate / few!.rate;
  const rows = figures.map(({ agents, rate, p50, p99 }) => [
    whole(agents),
    whole(rate),
    hundredths(p50),
    hundredths(p99),
  ]);
  return {
    figures: { sizes: figures, ratio },
    text: `${table(['agents', 'updates/s', 'p50 ms', 'p99 ms'], rows)}\n\na million / a thousand: ${hundredths(ratio)}`,
  };
}
