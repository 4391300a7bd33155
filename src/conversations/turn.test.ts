import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newDocument } from '../agents/agent.ts';
import { newProfile } from '../agents/profile.ts';
import type { Persona, Snapshot } from './conversation.ts';
import { type Effect, MAX_ROUNDS, newState, next } from './turn.ts';

const AT = '2026-05-01T10:00:00.000Z';
const persona = (agentId: string, name: string): Persona => ({
  agentId,
  revision: 1,
  document: newDocument(name),
  profile: {
    ...newProfile(`${agentId}-p`, AT, true),
    greeting: { text: `Hello from ${name}`, speaker: 'agent', interruptible: true },
  },
  name,
  tools: [],
  afterwards: [],
});
const snapshot: Snapshot = {
  personas: { a: persona('a', 'Ana'), b: persona('b', 'Bob') },
  firstAgentId: 'a',
  channel: 'chat',
  locale: 'en',
  variables: {},
  contact: null,
  memory: {},
  settings: {},
  overrides: {},
  label: null,
  notes: [],
  startedAt: AT,
};
const kinds = (effects: readonly Effect[]) => effects.map(({ type }) => type);
const call = { id: 'c1', name: 'tool', input: {} };

describe('the start', () => {
  test('stores the greeting where the agent speaks first', () => {
    const { effects } = next(newState('a'), { type: 'start', at: AT }, snapshot);
    assert.equal(effects[0]?.type === 'store' && effects[0].message.text, 'Hello from Ana');
  });
  test('stores nothing where the contact speaks first', () => {
    const quiet = structuredClone(snapshot);
    quiet.personas['a']!.profile!.greeting.speaker = 'user';
    assert.deepEqual(next(newState('a'), { type: 'start', at: AT }, quiet).effects, []);
  });
});

test('a message of the contact is stored and the model is asked', () => {
  const { effects } = next(newState('a'), { type: 'user', id: 'm', text: 'Hi', at: AT }, snapshot);
  assert.deepEqual(kinds(effects), ['store', 'ask-model']);
});

test('the model is asked again only when every tool of its answer has returned', () => {
  const answer = next(
    newState('a'),
    { type: 'answer', id: 'm', text: '', calls: [call, { ...call, id: 'c2' }], model: 'x', at: AT },
    snapshot,
  );
  assert.deepEqual(kinds(answer.effects), ['store', 'call-tool', 'call-tool']);
  const tool = { type: 'tool', id: 't', call, output: 'ok', failed: false, at: AT } as const;
  assert.deepEqual(kinds(next(answer.state, tool, snapshot, 1).effects), ['store']);
  assert.deepEqual(kinds(next(answer.state, tool, snapshot, 0).effects), ['store', 'ask-model']);
});

test('tool calls are ignored after too many rounds', () => {
  let state = newState('a');
  for (let round = 0; round < MAX_ROUNDS; round += 1)
    state = next(state, { type: 'answer', id: 'm', text: '', calls: [call], model: 'x', at: AT }, snapshot).state;
  const last = next(state, { type: 'answer', id: 'm', text: 'Well.', calls: [call], model: 'x', at: AT }, snapshot);
  assert.deepEqual(kinds(last.effects), ['store']);
});

describe('a hand-off', () => {
  test('puts the target on the stack, and the way back removes it', () => {
    const over = next(newState('a'), { type: 'handoff', id: 'h', call, to: 'b', at: AT }, snapshot);
    assert.deepEqual(over.state.stack, ['a', 'b']);
    const back = next(over.state, { type: 'handoff', id: 'h', call, to: 'a', at: AT }, snapshot);
    assert.deepEqual(back.state.stack, ['a']);
  });
  test('to an unknown agent fails and leaves the stack as it is', () => {
    const { state, effects } = next(newState('a'), { type: 'handoff', id: 'h', call, to: 'z', at: AT }, snapshot);
    assert.deepEqual(state.stack, ['a']);
    assert.equal(effects[0]?.type === 'store' && effects[0].message.failed, true);
  });
});

test('a failure of the model leaves the conversation open', () => {
  const { state, effects } = next(
    newState('a'),
    { type: 'failure', id: 'm', partialText: 'Half a', reason: 'cut', at: AT },
    snapshot,
  );
  assert.equal(state.status, 'open');
  assert.deepEqual(kinds(effects), ['store', 'apologise']);
});

test('after the end, events have no effect', () => {
  const { state } = next(newState('a'), { type: 'end', reason: 'ended', at: AT }, snapshot);
  assert.equal(state.status, 'ended');
  assert.deepEqual(next(state, { type: 'user', id: 'm', text: 'Hello?', at: AT }, snapshot).effects, []);
});
