/** Runs the blocks of one page in order, as a reader pastes them into one terminal, and says where that fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import type { Block } from './blocks.ts';
import { difference } from './compare.ts';

export interface Programs {
  curl: string;
  python: string | undefined;
}

/** A page with its blocks, or the preamble that stands before them: blocks of another page. */
export interface Page {
  name: string;
  blocks: Block[];
}

interface Step {
  page: string;
  block: Block;
  /** Names the files of this step. */
  id: string;
}

const COMMANDS = { sh: '.', js: 'node --import "$DOCS_STATE/programs/fetch.mjs"', python: 'python3' } as const;
const SUFFIXES = { sh: 'sh', js: 'mjs', python: 'py' } as const;
type RunLanguage = keyof typeof COMMANDS;

/**
 * Stands before the real curl: keeps the status and the body of every answer for the runner. A page's curl would print a
 * failure and go on; the runner then finds its status.
 */
const CURL = `#!/bin/sh
"$DOCS_CURL" --silent --show-error --max-time 60 --dump-header "$DOCS_STATE/headers" "$@" >"$DOCS_STATE/body" || exit $?
awk '/^HTTP\\//{ status = $2 } END { print status }' "$DOCS_STATE/headers" >>"$DOCS_STATE/$DOCS_STEP.statuses"
cp "$DOCS_STATE/body" "$DOCS_STATE/$DOCS_STEP.answer"
exec cat "$DOCS_STATE/body"
`;

/** Loaded before a js block: keeps the status of every answer likewise. A page's fetch would not throw for a failure. */
const FETCH = `import { appendFileSync } from 'node:fs';
const { DOCS_STATE, DOCS_STEP } = process.env;
const send = globalThis.fetch;
globalThis.fetch = async (...request) => {
  const response = await send(...request);
  appendFileSync(\`\${DOCS_STATE}/\${DOCS_STEP}.statuses\`, \`\${response.status}\\n\`);
  return response;
};
`;

const LIMIT_MS = 90_000;

/** Returns the first failure as "page:line: sentence", or undefined where every block does what the page says. */
export async function runPage(
  directory: string,
  preamble: Page | undefined,
  page: Page,
  programs: Programs,
): Promise<string | undefined> {
  const steps = [preamble, page].flatMap((part, index) =>
    (part?.blocks ?? [])
      .filter(({ use, language }) => use !== 'show' && (language !== 'python' || programs.python !== undefined))
      .map((block): Step => ({ page: part?.name ?? '', block, id: `${index}-${block.line}` })),
  );
  const state = join(directory, 'state');
  mkdirSync(join(state, 'programs'), { recursive: true });
  writeFileSync(join(state, 'programs/curl'), CURL, { mode: 0o755 });
  writeFileSync(join(state, 'programs/fetch.mjs'), FETCH);
  const runs = steps.filter(({ block }) => block.use === 'run');
  const ended = await runScript(directory, state, programs, runs.map((step) => scriptOf(state, step)).join(''));
  return judge(steps, state, ended);
}

/** The lines of the page's script for one block. What it prints and answers goes to files that are named for it. */
function scriptOf(state: string, { block, id }: Step): string {
  const language = block.language as RunLanguage;
  const file = join(state, `${id}.${SUFFIXES[language]}`);
  writeFileSync(file, block.text);
  const output = join(state, id);
  return `export DOCS_STEP='${id}'\n: >'${output}.begun'\n${COMMANDS[language]} '${file}' >'${output}.out' 2>'${output}.err'\n`;
}

/** Runs the script in one shell that stops at the first command that fails. Returns how it ended. */
async function runScript(directory: string, state: string, programs: Programs, script: string): Promise<string> {
  const file = join(state, 'page.sh');
  writeFileSync(file, script);
  const path = [join(state, 'programs'), dirname(process.execPath), process.env['PATH']].join(delimiter);
  const child = spawn('sh', ['-eu', file], {
    cwd: directory,
    env: {
      PATH: path,
      HOME: process.env['HOME'],
      LANG: 'C.UTF-8',
      PARLANCE_LOG: 'warn',
      DOCS_CURL: programs.curl,
      DOCS_STATE: state,
    },
    stdio: ['ignore', 'ignore', 'ignore'],
    // A process group of its own, so that a script that waits for ever ends together with its shell.
    detached: true,
  });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), LIMIT_MS);
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(timer);
  return signal ? `did not end within ${LIMIT_MS / 1000} seconds` : `ended with ${code}`;
}

function judge(steps: Step[], state: string, ended: string): string | undefined {
  const read = (id: string, kind: string): string | undefined => {
    const file = join(state, `${id}.${kind}`);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const runs = steps.filter(({ block }) => block.use === 'run');
  const last = runs.findLast(({ id }) => read(id, 'begun') !== undefined);
  let answer: string | undefined;
  for (const step of steps) {
    const { block, id, page } = step;
    const at = `${page}:${block.line}:`;
    if (block.use === 'configure') {
      const trouble = configurationTrouble(block.text);
      if (trouble !== undefined) return `${at} ${trouble}`;
    } else if (block.use === 'compare') {
      const trouble = answerTrouble(block.text, answer);
      if (trouble !== undefined) return `${at} ${trouble}`;
    } else {
      const status = statusTrouble(block, read(id, 'statuses') ?? '');
      if (status !== undefined) return `${at} ${status}\n${read(id, 'answer') ?? read(id, 'err')}`;
      if (step === last && ended !== 'ended with 0')
        return `${at} the block ${ended}\n${read(id, 'err')}${read(id, 'out')}`;
      answer = read(id, 'answer') ?? read(id, 'out');
    }
  }
  return undefined;
}

/** A request may fail only as the last one of a block that says so. */
function statusTrouble({ answers }: Block, log: string): string | undefined {
  const statuses = log.split('\n').filter((line) => line !== '');
  const failed = statuses.findIndex((status) => Number(status) >= 400);
  if (answers === undefined)
    return failed < 0 ? undefined : `request ${failed + 1} of the block was answered with ${statuses[failed]}`;
  const isShown = failed === statuses.length - 1 && statuses[failed] === String(answers);
  return isShown ? undefined : `the block says ${answers}, and its requests were answered with ${statuses.join(', ')}`;
}

function answerTrouble(text: string, answer: string | undefined): string | undefined {
  const shown = parse(text);
  if (shown === undefined) return 'the block is not JSON';
  if (answer === undefined) return 'nothing was answered before this block';
  // With `curl -i` the head of the answer stands before its body.
  const body = parse(answer.replace(/^HTTP\/[\s\S]*?\r\n\r\n/, ''));
  if (body === undefined) return `the last answer is not JSON: ${answer}`;
  return difference(shown, body);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads NAME=value lines as the server would at its start. */
function configurationTrouble(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const pairs = lines.map((line) => /^([A-Z_]+)=(?:'(.*)'|(.*))$/.exec(line));
  const wrong = pairs.indexOf(null);
  if (wrong >= 0) return `"${lines[wrong]}" is not NAME=value`;
  try {
    readConfig(Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2] ?? pair?.[3]])), {});
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
