/** The reader of pages and the comparison, without a server: `npm run test:docs` uses both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBlocks } from './blocks.ts';
import { difference } from './compare.ts';

const page = (...lines: string[]) => lines.join('\n');

test('a page is read into blocks with their line, language and text', () => {
  const [block, ...others] = readBlocks(page('# Title', '', '```sh', 'echo 1', '', 'echo 2', '```', 'End'));
  assert.deepEqual(others, []);
  assert.deepEqual(block, {
    line: 3,
    language: 'sh',
    use: 'run',
    text: 'echo 1\n\necho 2\n',
    noRun: undefined,
    answers: undefined,
  });
});

test('a fence may say why it is not run, and which failure it shows', () => {
  const [docker, stale] = readBlocks(page('```sh no-run: needs Docker', '```', '```js answers: 412', '```'));
  assert.equal(docker?.use, 'show');
  assert.equal(docker?.noRun, 'needs Docker');
  assert.equal(stale?.use, 'run');
  assert.equal(stale?.answers, 412);
});

test('a fence that the runner does not know is an error with its line', () => {
  for (const [fence, message] of [
    ['```', /line 2: a block is one of/],
    ['```console', /line 2: a block is one of/],
    ['```sh slowly', /line 2: a block is one of/],
    ['```json no-run: x', /line 2: only a block that is run/],
    ['```sh answers: 200', /line 2: "answers" takes/],
    ['  ```sh', /line 2: write the fence/],
  ] as const)
    assert.throws(() => readBlocks(page('', fence, '```')), message);
  assert.throws(() => readBlocks(page('```sh', 'echo 1')), /line 1: the block is not closed/);
});

test('an answer fits where the page shows less, and ids and times by their shape', () => {
  const answer = {
    id: '01a22f28-e938-7000-a65d-5638b3432a8a',
    at: '2026-12-01T01:12:20.022Z',
    why: 'The first attempt, and the window opens',
    list: [1, 2],
    nothing: null,
  };
  for (const shown of [
    {},
    { id: '0195c4c2-0000-7000-8000-000000000000', at: '2026-03-01T10:00:00.000Z' },
    { id: '01…', why: 'The first attempt, …', list: ['…'], nothing: null },
    { list: [1, '…'], at: '…', nothing: '…' },
  ])
    assert.equal(difference(shown, answer), undefined);
  for (const [shown, message] of [
    [{ missing: '…' }, '/missing is missing, and the page shows "…"'],
    [{ list: [1] }, '/list has 2 items, and the page shows 1'],
    [{ list: [1, 3] }, '/list/1 is 2, and the page shows 3'],
    [{ id: 'x' }, `/id is "${answer.id}", and the page shows "x"`],
    [{ nothing: {} }, '/nothing is null, and the page shows {}'],
    [[], '/ is {"id"'],
  ] as const)
    assert.ok(difference(shown, answer)?.startsWith(message), String(difference(shown, answer)));
});
