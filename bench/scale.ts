/** Whether a million agents are slower than a thousand: two servers, asked in turn. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { begin, beginServer } from './children.ts';
import type { Plan, Report } from './compare.ts';
import { hundredths, medians, type Run, table, whole } from './figures.ts';
import type * as load from './load.ts';

const SIZES = [1000, 1_000_000] as const;
const CONNECTIONS = 32;
const WARM_UP_MS = 3000;

export async function scale({ directory, flags, milliseconds, rounds, say }: Plan): Promise<Report> {
  const load = begin<load.Question, load.Answer>('./load.ts');
  const sides = [];
  for (const agents of SIZES) {
    say(`Filling a database with ${whole(agents)} agents of 4 KB …`);
    const child = beginServer(flags);
    const own = join(directory, String(agents));
    mkdirSync(own);
    const { port, doors } = await child.ask({ open: { directory: own, agents } });
    const question = { port, door: doors[0]!, agents, connections: CONNECTIONS };
    sides.push({ agents, child, question, runs: [] as Run[] });
  }
  for (const { question } of sides) await load.ask({ ...question, milliseconds: WARM_UP_MS });
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds} …`);
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
