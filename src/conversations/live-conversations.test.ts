import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationEvents } from './events.ts';
import { LiveConversations } from './live-conversations.ts';

const openLive = () => {
  const conversations = { facts: async () => undefined, messages: async () => [] };
  const events = new ConversationEvents({ engine: { notices: null }, conversations });
  const live = new LiveConversations({ events, endIdle: async () => 0, setTimer: () => () => undefined });
  return { events, live };
};
const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'));
  });

test('the snapshot counts running turns and subscribers, and names the state of the idle sweep', async () => {
  const { events, live } = openLive();
  assert.deepEqual(live.snapshot(), { openTurns: 0, subscribers: 0, idleSweepRunning: false });
  live.start((error) => assert.ifError(error));
  const unsubscribe = events.subscribe('w', { onEvent: () => undefined, onClose: () => undefined });
  const client = new AbortController();
  const turn = live.runTurn(client.signal, untilAborted);
  assert.deepEqual(live.snapshot(), { openTurns: 1, subscribers: 1, idleSweepRunning: true });
  client.abort();
  assert.equal(await turn, 'aborted');
  unsubscribe();
  assert.deepEqual(live.snapshot(), { openTurns: 0, subscribers: 0, idleSweepRunning: true });
});

test('stopping aborts the running turns and those that follow', async () => {
  const { live } = openLive();
  const never = new AbortController().signal;
  const turn = live.runTurn(never, untilAborted);
  await live.stop();
  assert.equal(await turn, 'aborted');
  assert.equal(await live.runTurn(never, untilAborted), 'aborted');
});
