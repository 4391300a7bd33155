/**
 * `parlance campaign preview ID [--from TIME] [--days N] [--assume no_answer|completed] [--json] [--data DIR]`: asks a
 * running server whom a campaign would call and when, and prints a heat map of the week and a list.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';

export const usage =
  'Usage: parlance campaign preview ID [--from TIME] [--days N] [--assume no_answer|completed] [--json]\n' +
  '         [--url URL] [--key KEY] [--data DIR]\n' +
  'Without --url and --key, the command reads them from credentials.json in the data directory.';
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const SHADES = ' ░▒▓█';
/** How many calls, and how many contacts that are not called, are printed. */
const MAX_ROWS = 20;

/** The answer of `POST /v1/campaigns/{id}/preview`. */
interface Preview {
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
  const server = serverOf(values);
  if (typeof server === 'string') return fail(server);
  const { url, key } = server;
  const body = { ...(from && { from }), ...(assume && { assume }), ...(days && { days: Number(days) }) };
  const answer = await fetch(`${url}/v1/campaigns/${encodeURIComponent(id)}/preview`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (!answer) return fail(`No server answers at ${url}. Start it, or name another one with --url.`);
  const preview = (await answer.json().catch(() => undefined)) as (Preview & { detail?: string }) | undefined;
  if (!preview) return fail(`The server at ${url} is not Parlance: it answered ${answer.status} without JSON.`);
  if (!answer.ok) return fail(preview.detail ?? `The server answered ${answer.status}.`);
  console.log(values.json ? JSON.stringify(preview, null, 2) : previewText(preview));
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

interface ServerFlags {
  url?: string | undefined;
  key?: string | undefined;
  data?: string | undefined;
}

/** The address and key of the server; an error sentence where they are not known. */
function serverOf({ url, key, data }: ServerFlags): { url: string; key: string } | string {
  if (url !== undefined && key !== undefined) return { url, key };
  const { dataDirectory } = readConfig(process.env, data === undefined ? {} : { data });
  const file = join(dataDirectory, 'credentials.json');
  if (!existsSync(file))
    return `${file} does not exist; name its directory with --data, or the server with --url and --key.`;
  const stored = JSON.parse(readFileSync(file, 'utf8')) as { url: string; keys: { native: string } };
  return { url: url ?? stored.url, key: key ?? stored.keys.native };
}

/** The calls per weekday and hour of the contact's clock as a heat map, then the first calls. */
export function previewText({
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
}: Preview) {
  const busiest = Math.max(1, ...heat.flat());
  const shade = (count: number) => (count === 0 ? ' ' : SHADES[Math.ceil((count / busiest) * (SHADES.length - 1))]!);
  const hours = Array.from({ length: 24 }, (_, hour) => (hour % 6 === 0 ? String(hour).padEnd(12) : '')).join('');
  const week = heat.map((row, day) => `${DAYS[day]} ${row.map((count) => shade(count).repeat(2)).join('')}`);
  const list = calls.slice(0, MAX_ROWS).map(({ phone, local, timezone, attempt, why }) => {
    const when = `${local.replace('T', ' ')} ${timezone}`;
    return `  ${when.padEnd(42)} ${phone.padEnd(16)} #${attempt}  ${why}`;
  });
  const skipped = uncalled.slice(0, MAX_ROWS).map(({ phone, why }) => `  ${phone.padEnd(16)} ${why}`);
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
    ...(skipped.length > 0 ? ['', `Not called: ${notCalled}`, ...skipped] : []),
  ].join('\n');
}
