/**
 * `parlance campaign preview ID [--from TIME] [--days N] [--assume no_answer|completed] [--json] [--data DIR]`: when a
 * campaign of a running server would call whom, as a picture of the week and a list.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';

export const usage =
  'Usage: parlance campaign preview ID [--from TIME] [--days N] [--assume no_answer|completed] [--json]\n' +
  '         [--url URL] [--key KEY] [--data DIR]\n' +
  'Without --url and --key they are read from credentials.json in the data directory.';
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const SHADES = ' ░▒▓█';
const SHOWN = 20;

interface Shown {
  from: string;
  until: string;
  total: number;
  people: number;
  notCalled: number;
  firstAt: string | null;
  lastAt: string | null;
  concurrent: number;
  peak: number;
  heat: number[][];
  calls: { phone: string; at: string; local: string; timezone: string; attempt: number; why: string }[];
  uncalled: { phone: string; why: string }[];
}

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      days: { type: 'string' },
      assume: { type: 'string' },
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
      key: { type: 'string' },
      data: { type: 'string' },
    },
  });
  const [action, id] = positionals;
  if (action !== 'preview' || id === undefined) {
    console.error(usage);
    process.exitCode = 1;
    return;
  }
  const { from, assume, days } = values;
  const server = reached(values);
  if (typeof server === 'string') return failed(server);
  const { url, key } = server;
  const body = { ...(from && { from }), ...(assume && { assume }), ...(days && { days: Number(days) }) };
  const answer = await fetch(`${url}/v1/campaigns/${encodeURIComponent(id)}/preview`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (!answer) return failed(`Nothing answers at ${url}. Is the server running?`);
  const said = (await answer.json().catch(() => undefined)) as (Shown & { detail?: string }) | undefined;
  if (!said) return failed(`What answers at ${url} is not Parlance: ${answer.status}.`);
  if (!answer.ok) return failed(said.detail ?? `The server answered ${answer.status}.`);
  console.log(values.json ? JSON.stringify(said, null, 2) : picture(said));
}

function failed(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

/** Where the server is, and what opens it; a sentence where that is not known. */
function reached({
  url,
  key,
  data,
}: {
  url?: string | undefined;
  key?: string | undefined;
  data?: string | undefined;
}) {
  if (url !== undefined && key !== undefined) return { url, key };
  const { dataDirectory } = readConfig(process.env, data === undefined ? {} : { data });
  const file = join(dataDirectory, 'credentials.json');
  if (!existsSync(file))
    return `There is no ${file}: name the directory with --data, or the server with --url and --key.`;
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { url: string; keys: { native: string } };
  return { url: url ?? kept.url, key: key ?? kept.keys.native };
}

/** The week as it is seen by those who are called, then the first calls. */
export function picture({
  heat,
  total,
  people,
  notCalled,
  from,
  until,
  firstAt,
  lastAt,
  peak,
  concurrent,
  calls,
  uncalled,
}: Shown) {
  const most = Math.max(1, ...heat.flat());
  const shade = (count: number) => (count === 0 ? ' ' : SHADES[Math.ceil((count / most) * (SHADES.length - 1))]!);
  const hours = Array.from({ length: 24 }, (_, hour) => (hour % 6 === 0 ? String(hour).padEnd(12) : '')).join('');
  const week = heat.map((row, day) => `${DAYS[day]} ${row.map((count) => shade(count).repeat(2)).join('')}`);
  const list = calls.slice(0, SHOWN).map(({ phone, local, timezone, attempt, why }) => {
    const when = `${local.replace('T', ' ')} ${timezone}`;
    return `  ${when.padEnd(42)} ${phone.padEnd(16)} #${attempt}  ${why}`;
  });
  const left = uncalled.slice(0, SHOWN).map(({ phone, why }) => `  ${phone.padEnd(16)} ${why}`);
  return [
    `${total} calls to ${people - notCalled} people between ${from} and ${until}`,
    ...(firstAt
      ? [`The first at ${firstAt}, the last at ${lastAt}; at most ${peak} of ${concurrent} at the same time`]
      : []),
    '',
    `    ${hours}`,
    ...week,
    '',
    ...list,
    ...(total > list.length && list.length > 0 ? [`  … and ${total - list.length} more`] : []),
    ...(left.length > 0 ? ['', `Not called: ${notCalled}`, ...left] : []),
  ].join('\n');
}
