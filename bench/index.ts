/**
 * `npm run bench -- [--seconds N] [--rounds N] [--agents N] [--dialects a,b] [--million] [--settings] [--streams] [--gap MS] [--json] [--directory DIR] [--flags=FLAGS]`
 *
 * Measures the updates per second of every dialect, beside the two limits of the machine. docs/guides/benchmark.md explains
 * the table.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { scale } from './scale.ts';
import { settings } from './settings.ts';
import { streams } from './streams.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1.5' },
    rounds: { type: 'string', default: '3' },
    agents: { type: 'string', default: '10000' },
    dialects: { type: 'string', default: '' },
    million: { type: 'boolean', default: false },
    settings: { type: 'boolean', default: false },
    streams: { type: 'boolean', default: false },
    gap: { type: 'string', default: '500' },
    json: { type: 'boolean', default: false },
    // The default is the disk of the server's own data: /tmp is often memory, where a sync costs nothing.
    directory: { type: 'string', default: 'data' },
    flags: { type: 'string', default: '' },
  },
});

mkdirSync(values.directory, { recursive: true });
const plan = {
  milliseconds: Number(values.seconds) * 1000,
  rounds: Number(values.rounds),
  agents: Number(values.agents),
  dialects: values.dialects.split(',').filter((name) => name !== ''),
  directory: mkdtempSync(join(values.directory, 'bench-')),
  gapMs: Number(values.gap),
  flags: values.flags.split(' ').filter((flag) => flag !== ''),
  log: (line: string) => console.error(line),
};
try {
  const measure = values.streams ? streams : values.settings ? settings : values.million ? scale : compare;
  const { figures, text } = await measure(plan);
  console.log(values.json ? JSON.stringify(figures, null, 2) : text);
} finally {
  rmSync(plan.directory, { recursive: true, force: true });
}
