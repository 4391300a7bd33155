// `npm test` runs every *.test.ts with Node's own runner, except the long suites (*.long.test.ts), which `npm run
// test:long` runs. Arguments that begin with a dash go to the runner (--test-name-pattern=…); others name the files or
// folders to run.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

// A test that hangs fails; the others go on.
const LIMIT_MS = isLong ? 600_000 : 120_000;
// Long suites use both cores by themselves. On PostgreSQL each file opens a pool or two of ten connections, and a
// server with the usual hundred must do.
const atOnce = isLong ? 1 : Math.max(2, Math.min(availableParallelism(), 4));
const { status, signal } = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${atOnce}`, `--test-timeout=${LIMIT_MS}`, ...options, ...files],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (signal) console.error(`The test runner was ended by ${signal}.`);
process.exit(status ?? 1);
