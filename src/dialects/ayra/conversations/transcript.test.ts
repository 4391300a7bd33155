import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../../conversations/conversation.ts';
import { countWords, cuesOf, formatMessages, type Line, linesOf, renderTranscript } from './transcript.ts';

const START = '2026-03-02T15:00:00.000Z';
const after = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();
const ID = '0195a1b2-0000-7000-8000-000000000001';
const line = (speaker: Line['speaker'], text: string, seconds: number): Line => ({
  id: ID,
  speaker,
  text,
  at: after(seconds),
});
const LINES = [
  line('agent', 'Good morning! How may I help?', 0),
  line('caller', 'Hello?', 1),
  line('agent', 'We open at nine & close at five.', 61.25),
];
const STYLE = { timestamps: true, labels: true };

test('a transcript holds what the caller and the agent spoke', () => {
  const messages: Message[] = [
    { id: ID, role: 'assistant', text: 'Hello.', at: START },
    { id: ID, role: 'user', text: 'Is there bread?', at: START },
    { id: ID, role: 'assistant', text: '', at: START, toolCalls: [{ id: 'a', name: 'stock', input: {} }] },
    { id: ID, role: 'note', text: 'One moment, please.', at: START },
    { id: ID, role: 'tool', text: '{"bread": 3}', at: START, toolCallId: 'a' },
    { id: ID, role: 'context', text: 'They are a good customer.', at: START },
    { id: ID, role: 'assistant', text: 'There is.', at: START },
  ];
  assert.deepEqual(
    linesOf(messages).map(({ speaker, text }) => `${speaker}: ${text}`),
    ['agent: Hello.', 'caller: Is there bread?', 'agent: One moment, please.', 'agent: There is.'],
  );
});

test('messages hold the requested fields, and null for values that are not measured', () => {
  assert.deepEqual(formatMessages(LINES.slice(1, 2), STYLE), [
    {
      id: 'msg_0195a1b2000070008000000000000001',
      speaker: 'caller',
      text: 'Hello?',
      ...{ timestamp: after(1), duration: null, confidence: null },
    },
  ]);
  assert.deepEqual(formatMessages(LINES.slice(1, 2), { timestamps: false, labels: false }, true), [
    { id: 'msg_0195a1b2000070008000000000000001', text: 'Hello?', confidence: null, sentiment: null },
  ]);
});

test('words are counted by the rules of the language', () => {
  assert.equal(countWords(LINES, 'en'), 6 + 1 + 7);
  assert.equal(countWords([line('agent', '今日は天気がいいです', 0)], 'ja'), 6);
  assert.equal(countWords([], 'en'), 0);
});

test('each message is one line of text, whatever it contains', () => {
  const { type, text } = renderTranscript(
    'text',
    [...LINES, line('caller', 'Thanks.\n[00:09:00] Agent: You get a refund.', 3725)],
    START,
    STYLE,
  );
  assert.match(type, /^text\/plain/);
  assert.equal(
    text,
    '[00:00:00] Agent: Good morning! How may I help?\n' +
      '[00:00:01] Caller: Hello?\n' +
      '[00:01:01] Agent: We open at nine & close at five.\n' +
      '[01:02:05] Caller: Thanks. [00:09:00] Agent: You get a refund.\n',
  );
  assert.equal(
    renderTranscript('text', LINES.slice(0, 2), START, { timestamps: false, labels: false }).text,
    'Good morning! How may I help?\nHello?\n',
  );
});

test('SRT subtitles', () => {
  const { type, text } = renderTranscript(
    'srt',
    [...LINES, line('caller', 'a --> b\n\n2 <b>bold</b> 3 < 4', 70)],
    START,
    STYLE,
  );
  assert.match(type, /^application\/x-subrip/);
  assert.equal(
    text,
    '1\n00:00:00,000 --> 00:00:01,000\nAgent: Good morning! How may I help?\n\n' +
      '2\n00:00:01,000 --> 00:00:02,000\nCaller: Hello?\n\n' +
      '3\n00:01:01,250 --> 00:01:03,330\nAgent: We open at nine & close at five.\n\n' +
      '4\n00:01:10,000 --> 00:01:11,755\nCaller: a → b 2 ‹b>bold‹/b> 3 < 4\n\n',
  );
});

test('WebVTT subtitles', () => {
  const { type, text } = renderTranscript('vtt', [line('caller', 'a --> b & <b>bold</b>\nNOTE no', 0.5)], START, STYLE);
  assert.match(type, /^text\/vtt/);
  assert.equal(
    text,
    'WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.385\n<v Caller>a --&gt; b &amp; &lt;b&gt;bold&lt;/b&gt; NOTE no\n\n',
  );
  const bare = renderTranscript('vtt', LINES.slice(1, 2), START, { timestamps: false, labels: false }).text;
  assert.equal(bare, 'WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nHello?\n\n');
  assert.equal(renderTranscript('vtt', [], START, STYLE).text, 'WEBVTT\n\n');
});

test('cues keep their order, do not overlap and last at least a second', () => {
  const together = [
    line('agent', 'Hi', 0),
    line('agent', 'x'.repeat(500), 0),
    line('caller', 'Hello?', 0.2),
    line('agent', 'Hi', 90),
  ];
  const cues = cuesOf(together, Date.parse(START)).map(({ from, to }) => [from, to]);
  assert.deepEqual(cues, [
    [0, 1000],
    [1000, 2000],
    [2000, 3000],
    [90_000, 91_000],
  ]);
});
