/** The command line: `--help` of every command, and unknown commands. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const parlance = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/parlance.js', ...args], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

test('every command prints its usage', () => {
  for (const command of ['serve', 'audit', 'campaign', 'key', 'openapi', 'warm']) {
    const { status, stdout } = parlance(command, '--help');
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^Usage: parlance ${command}`));
  }
  assert.match(parlance('--help').stdout, /serve +run the server/);
  assert.match(parlance('--version').stdout, /^\d+\.\d+\.\d+\n$/);
});

test('an unknown command is named in the error', () => {
  const { status, stdout, stderr } = parlance('fly');
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /The command "fly" does not exist/);
});
