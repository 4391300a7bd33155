// `npm test` runs every *.test.ts with Node's own runner, except the long suites (*.long.test.ts), which `npm run
// test:long` runs. Arguments that begin with a dash go to the runner (--test-name-pattern=…); others name the files or
// folders to run.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(
    `The tests need Node 24 or later; this is Node ${process.versions.node}. "npm ci" installs Node 24; run "npm test".`,
  );
  process.exit(1);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const LONG = '--long';
const isLong = process.argv.includes(LONG);
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-') && argument !== LONG);
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

const testsIn = (path) =>
  statSync(path).isFile()
    ? [path]
    : readdirSync(path, { recursive: true })
        .filter((name) => name.endsWith('.test.ts') && name.endsWith('.long.test.ts') === isLong)
        .map((name) => join(path, name));
const places =
  chosen.length > 0 ? chosen.map((path) => resolve(path)) : ['src', 'test'].map((folder) => join(root, folder));
const files = places.flatMap(testsIn).sort();
if (files.length === 0) {
  console.error('No test file matches.');
  process.exit(1);
}

/**
 * Files that share a process share what they load, which costs most of their time. A group is a file that imports
 * others. Not on PostgreSQL, where each process would keep the connections of all its files.
 */
function grouped(paths) {
  const count = 3 * availableParallelism();
  const groups = Array.from({ length: count }, () => ({ size: 0, paths: [] }));
  const bySize = paths.map((path) => ({ path, size: statSync(path).size })).sort((a, b) => b.size - a.size);
  for (const { path, size } of bySize) {
    const smallest = groups.reduce((least, group) => (group.size < least.size ? group : least));
    smallest.size += size;
    smallest.paths.push(path);
  }
  const directory = mkdtempSync(join(tmpdir(), 'parlance-tests-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return groups
    .filter((group) => group.paths.length > 0)
    .map((group, index) => {
      const file = join(directory, `group-${index + 1}.test.mjs`);
      const lines = group.paths.sort().map((path) => `await import(${JSON.stringify(pathToFileURL(path).href)});`);
      writeFileSync(file, `${lines.join('\n')}\n`);
      return file;
    });
}

const isGrouped = chosen.length === 0 && !isLong && !process.env.DATABASE_URL;
// A test that hangs fails; the others go on. A group is timed as a whole.
const LIMIT_MS = isLong || isGrouped ? 600_000 : 120_000;
// Long suites use both cores by themselves. On PostgreSQL each file opens a pool or two of ten connections, and a
// server with the usual hundred must do.
const atOnce = isLong ? 1 : isGrouped ? availableParallelism() + 1 : Math.max(2, Math.min(availableParallelism(), 4));
const run = isGrouped ? grouped(files) : files;
const { status, signal } = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${atOnce}`, `--test-timeout=${LIMIT_MS}`, ...options, ...run],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (signal) console.error(`The test runner was ended by ${signal}.`);
process.exit(status ?? 1);
