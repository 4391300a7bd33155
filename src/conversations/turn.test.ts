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

describe('the beginning', () => {
  test('is the greeting, where the agent speaks first', () => {
    const { effects } = next(newState('a'), { type: 'begin', at: AT }, snapshot);
    assert.equal(effects[0]?.type === 'keep' && effects[0].message.text, 'Hello from Ana');
  });
  test('is silence, where the other side speaks first', () => {
    const quiet = structuredClone(snapshot);
    quiet.personas['a']!.profile!.greeting.speaker = 'user';
    assert.deepEqual(next(newState('a'), { type: 'begin', at: AT }, quiet).effects, []);
  });
});

test('what somebody says is kept and thought about', () => {
  const { effects } = next(newState('a'), { type: 'user', id: 'm', text: 'Hi', at: AT }, snapshot);
  assert.deepEqual(kinds(effects), ['keep', 'think']);
});

test('an answer that calls tools waits for all of them before the model is asked again', () => {
  const answer = next(
    newState('a'),
    { type: 'answer', id: 'm', text: '', calls: [call, { ...call, id: 'c2' }], model: 'x', at: AT },
    snapshot,
  );
  assert.deepEqual(kinds(answer.effects), ['keep', 'call', 'call']);
  const tool = { type: 'tool', id: 't', call, output: 'ok', failed: false, at: AT } as const;
  assert.deepEqual(kinds(next(answer.state, tool, snapshot, 1).effects), ['keep']);
  assert.deepEqual(kinds(next(answer.state, tool, snapshot, 0).effects), ['keep', 'think']);
});

test('a model that never stops calling tools is stopped', () => {
  let state = newState('a');
  for (let round = 0; round < MAX_ROUNDS; round += 1)
    state = next(state, { type: 'answer', id: 'm', text: '', calls: [call], model: 'x', at: AT }, snapshot).state;
  const last = next(state, { type: 'answer', id: 'm', text: 'Well.', calls: [call], model: 'x', at: AT }, snapshot);
  assert.deepEqual(kinds(last.effects), ['keep']);
});

describe('a hand-over', () => {
  test('puts another agent in front, and back again takes it away', () => {
    const over = next(newState('a'), { type: 'handoff', id: 'h', call, to: 'b', at: AT }, snapshot);
    assert.deepEqual(over.state.stack, ['a', 'b']);
    const back = next(over.state, { type: 'handoff', id: 'h', call, to: 'a', at: AT }, snapshot);
    assert.deepEqual(back.state.stack, ['a']);
  });
  test('to nobody is told to the model and changes nothing', () => {
    const { state, effects } = next(newState('a'), { type: 'handoff', id: 'h', call, to: 'z', at: AT }, snapshot);
    assert.deepEqual(state.stack, ['a']);
    assert.equal(effects[0]?.type === 'keep' && effects[0].message.failed, true);
  });
});

test('a model that fails leaves the conversation open', () => {
  const { state, effects } = next(
    newState('a'),
    { type: 'failure', id: 'm', said: 'Half a', reason: 'cut', at: AT },
    snapshot,
  );
  assert.equal(state.status, 'open');
  assert.deepEqual(kinds(effects), ['keep', 'apologise']);
});

test('after the end nothing happens any more', () => {
  const { state } = next(newState('a'), { type: 'end', reason: 'ended', at: AT }, snapshot);
  assert.equal(state.status, 'ended');
  assert.deepEqual(next(state, { type: 'user', id: 'm', text: 'Hello?', at: AT }, snapshot).effects, []);
});
