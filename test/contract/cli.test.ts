/** The command line says what it takes: asked for help it explains, and what it does not know it says so. */
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

test('every command explains itself', () => {
  for (const command of ['serve', 'audit', 'campaign', 'key', 'openapi', 'warm']) {
    const { status, stdout } = parlance(command, '--help');
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^Usage: parlance ${command}`));
  }
  assert.match(parlance('--help').stdout, /serve +run the server/);
  assert.match(parlance('--version').stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a command that is not there is named', () => {
  const { status, stdout, stderr } = parlance('fly');
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /There is no command "fly"/);
});
