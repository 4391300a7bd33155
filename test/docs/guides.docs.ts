/**
 * Executes the README and every guide as written: `npm run test:docs`. Plain `npm test` does not run this file.
 *
 * One server serves all pages. Each page has a directory and a workspace of its own, laid out as after a first start.
 * The preamble of docs/guides/index.md comes first; then the blocks of the page run in order, in one shell:
 *
 * - `sh`, `js` and `python` blocks are run. A failing command, or an answer with a status of 400 or more, fails the page,
 *   unless the fence says `answers: 409` and the block's last request has that status.
 * - `json` blocks are compared with the last answer: the body of the last request that curl made in a block, else what
 *   the block printed. A page may show less; ids and times are compared by shape (compare.ts has the rule).
 * - `env` blocks are lines of NAME=value. The server's own configuration must accept them together.
 * - `text` and `http` blocks are only shown.
 *
 * A fence may say `no-run: reason`. At most ten do, and the last test lists them.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readBlocks } from './blocks.ts';
import { type Page, type Programs, runPage } from './run-page.ts';
import { ROOT, Server } from './server.ts';

const INDEX = 'docs/guides/index.md';
/** These begin with the preamble themselves. */
const WITH_PREAMBLE = ['README.md', INDEX];
const MAX_NOT_RUN = 10;

const guides = readdirSync(join(ROOT, 'docs/guides')).filter((name) => name.endsWith('.md'));
const names = ['README.md', ...guides.map((name) => `docs/guides/${name}`)];

function readPage(name: string): Page {
  try {
    return { name, blocks: readBlocks(readFileSync(join(ROOT, name), 'utf8')) };
  } catch (error) {
    throw new Error(`${name}, ${(error as Error).message}`);
  }
}

/** The full path of a program, so that the runner's own curl can stand before it. */
function find(program: string): string | undefined {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** The first shell block of the index. */
function preamble(): Page {
  const block = readPage(INDEX).blocks.find(({ language }) => language === 'sh');
  assert.ok(block, `${INDEX} has no preamble`);
  return { name: INDEX, blocks: [block] };
}

const curl = find('curl');
const python = find('python3');
const hasPython = python !== undefined && spawnSync(python, ['-c', '']).status === 0;

describe('pages', {
  concurrency: Math.max(2, availableParallelism()),
  skip: curl === undefined && 'The pages need curl, which is not installed.',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-docs-'));
  const programs: Programs = { curl: curl ?? '', python: hasPython ? python : undefined };
  let server: Server;
  before(async () => {
    server = await Server.start(directory);
  });
  after(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const name of names)
    test(name, async (t) => {
      const page = readPage(name);
      if (!hasPython && page.blocks.some(({ language }) => language === 'python'))
        t.diagnostic('The python blocks of this page are skipped: python3 is not installed.');
      const own = join(directory, name.replaceAll('/', '-'));
      mkdirSync(own);
      await server.prepare(own, name);
      const first = WITH_PREAMBLE.includes(name) ? undefined : preamble();
      const failure = await runPage(own, first, page, programs);
      if (failure !== undefined) assert.fail(failure);
    });
});

test(`at most ${MAX_NOT_RUN} blocks are not run`, (t) => {
  const notRun = names.flatMap((name) =>
    readPage(name).blocks.flatMap(({ line, noRun }) => (noRun === undefined ? [] : [`${name}:${line}: ${noRun}`])),
  );
  for (const line of notRun) t.diagnostic(line);
  assert.ok(notRun.length <= MAX_NOT_RUN, `${notRun.length} blocks are not run:\n${notRun.join('\n')}`);
});
