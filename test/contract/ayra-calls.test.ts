/** Calls as Ayra tells of them: conversations, what was said in them, and who is not talked to at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFake } from '../../src/engines/llm/fake.ts';
import type { JsonObject } from '../../src/model/values.ts';
import { type Caller, systemCaller } from '../../src/services/caller.ts';
import { createClock } from '../clock.ts';
import { type Ask, type Guest, openHouse } from '../harness.ts';
import { ownDatabase } from '../stores/database.ts';

// A Wednesday, and half past ten in the morning in New York.
const clock = createClock('2026-03-04T15:30:00.000Z');
const databaseUrl = await ownDatabase();
const fake = createFake([], { otherwise: [{ say: 'Certainly.' }] });
const model = {
  answer: fake.answer,
  async judge({ schema, text }: { schema: JsonObject; text: string }): Promise<JsonObject> {
    const part = Object.keys(schema['properties'] as JsonObject)[0]!;
    if (part === 'sentiment') return { sentiment: text.includes('angry') ? 'negative' : 'positive' };
    if (part === 'tags') return { tags: text.includes('refund') ? ['refund', 'order'] : ['order'] };
    return { [part]: 'They talked.' };
  },
};
const house = await openHouse(databaseUrl ? { DATABASE_URL: databaseUrl } : {}, {
  now: clock.now,
  engines: { model },
  telephony: { later: clock.later, pollMs: 60_000 },
});
const { services } = house.app;
services.dialler.start((error) => {
  throw error;
});
const idle = () => services.dialler.quiet();
const seconds = (count: number) => clock.advance(count * 1000, { idle });
const until = (at: string) => clock.run(new Date(at), { idle });
const lookBack = async () => {
  while (await services.analysis.work());
};

const THEIRS = '+12025550199';
const NEW_YORK = { contact: { timezone: 'America/New_York' } };
const TAGS = { callSettings: { tags: [{ name: 'refund' }, { name: 'order' }] } };

let lastNumber = 2_000;
const newNumber = () => `+1212555${++lastNumber}`;

const hub = (shown: unknown) => String(shown).replace(/^[a-z]+_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const callerOf = (guest: Guest): Caller => systemCaller({ id: guest.id, number: 0 });

interface Phone {
  guest: Guest;
  /** As Ayra shows it. */
  id: string;
  number: string;
}

async function agentOf(guest: Guest, facts: JsonObject = {}): Promise<Phone> {
  const number = newNumber();
  const body = {
    name: `Agent ${number}`,
    voice_platform: 'vapi',
    phone_number: number,
    welcome_message: 'Good day!',
    ...facts,
  };
  const { status, body: made, text } = await guest.ask('ayra', 'POST', '/agents', { body });
  assert.equal(status, 201, text);
  await services.sealer.sealDue();
  return { guest, id: String((made['data'] as JsonObject)['id']), number };
}

const put = async ({ guest, id }: Phone, body: JsonObject) => {
  const { status, text } = await guest.ask('ayra', 'PUT', `/agents/${id}`, { body });
  assert.equal(status, 200, text);
};

/** Somebody calls the agent and says this. */
const ring = async (
  { number }: Phone,
  says: string[] = ['Hello?'],
  more: { from?: string; staysOnLine?: boolean } = {},
) => {
  const attemptId = await services.ring!({ from: THEIRS, to: number, says, ...more });
  await seconds(1);
  return attemptId;
};

const dial = async ({ guest, id }: Phone, phone: string, more: JsonObject = {}) => {
  const call = await services.calls.place(callerOf(guest), { agent: { id: hub(id) }, phone, ...NEW_YORK, ...more });
  return call.id;
};

const get = async (guest: Guest, path: string, ask?: Ask) => {
  const { status, body, text } = await guest.ask('ayra', 'GET', path, ask);
  assert.equal(status, 200, text);
  return body;
};
const list = async (guest: Guest, query = '') => (await get(guest, `/conversations${query}`))['data'] as JsonObject[];
const only = async (guest: Guest, query = ''): Promise<JsonObject> => {
  const found = await list(guest, query);
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0]!;
};

test('a call to the number of an agent is a conversation from its first second', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, { metadata: { client_id: 'client_789' } });
  await ring(agent, ['Where is my order?', 'Thanks.']);
  const live = await only(guest, '?status=in_progress');
  assert.deepEqual(live, {
    id: live['id'],
    call_id: String(live['id']).replace('conv_', 'call_'),
    agent_id: agent.id,
    caller: THEIRS,
    status: 'in_progress',
    start_time: '2026-03-04T15:30:00.000Z',
    end_time: null,
    duration: null,
    sentiment: null,
    outcome: null,
    topics: [],
    has_recording: false,
    has_transcript: false,
    recording_url: null,
    transferred_to: null,
    metadata: {},
    config_version: 1,
  });
  assert.match(String(live['id']), /^conv_[0-9a-f]{32}$/);
  const soFar = (await get(guest, `/conversations/${live['id']}`))['data'] as JsonObject;
  assert.deepEqual(
    (soFar['transcript'] as JsonObject[]).map(({ speaker, text }) => [speaker, text]),
    [
      ['agent', 'Good day!'],
      ['caller', 'Where is my order?'],
      ['agent', 'Certainly.'],
    ],
  );
  await seconds(60);
  await lookBack();
  const over = await only(guest);
  assert.deepEqual(over, {
    ...live,
    status: 'completed',
    end_time: '2026-03-04T15:30:22.000Z',
    duration: 22,
    sentiment: 'positive',
    has_transcript: true,
  });
  assert.deepEqual(await list(guest, '?status=in_progress'), []);
});

test('a conversation shows as much of itself as is asked for', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await guest.ask('native', 'PATCH', `/agents/${hub(agent.id)}`, {
    body: TAGS,
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await ring(agent, ['I want a refund.']);
  await seconds(60);
  await lookBack();
  const { id, ...facts } = await only(guest);
  const whole = (await get(guest, `/conversations/${id}`))['data'] as JsonObject;
  const { transcript, ...rest } = whole;
  assert.deepEqual(rest, { id, ...facts });
  assert.deepEqual(
    [whole['outcome'], whole['sentiment'], whole['topics'], whole['config_version']],
    ['refund', 'positive', ['refund', 'order'], 2],
  );
  assert.equal((transcript as JsonObject[]).length, 3);
  const bare = (
    await get(guest, `/conversations/${id}?include_transcript=false&include_recording=false&include_analytics=false`)
  )['data'] as JsonObject;
  const { sentiment, outcome, topics, recording_url, transcript: _, ...left } = whole;
  assert.deepEqual(bare, left);
});

test('a transcript is had as JSON, as text and as subtitles', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, { language: 'de', welcome_message: 'Guten <b>Tag</b>!' });
  await ring(agent, ['Hallo?']);
  await seconds(60);
  await lookBack();
  const { id } = await only(guest);
  const path = `/conversations/${id}/transcript`;
  const { data, meta } = await get(guest, path);
  const messages = (data as JsonObject)['messages'] as JsonObject[];
  assert.deepEqual(data, {
    conversation_id: id,
    language: 'de',
    word_count: 6,
    messages: [
      ['agent', 'Guten <b>Tag</b>!'],
      ['caller', 'Hallo?'],
      ['agent', 'Certainly.'],
    ].map(([speaker, text], i) => ({
      id: messages[i]!['id'],
      speaker,
      text,
      timestamp: messages[i]!['timestamp'],
      duration: null,
      confidence: null,
    })),
  });
  assert.match(String(messages[0]!['id']), /^msg_[0-9a-f]{32}$/);
  const [first, second] = messages.map(({ timestamp }) => Date.parse(String(timestamp)));
  assert.equal(second! - first!, 1000);
  assert.match(String((meta as JsonObject)['request_id']), /^req_/);

  const less = (await get(guest, `${path}?include_timestamps=false&speaker_labels=false&include_sentiment=true`))[
    'data'
  ] as JsonObject;
  assert.equal(less['sentiment'], 'positive');
  assert.deepEqual((less['messages'] as JsonObject[])[1], {
    id: messages[1]!['id'],
    ...{ text: 'Hallo?', confidence: null, sentiment: null },
  });

  const written = async (query: string) => {
    const { headers, text } = await guest.ask('ayra', 'GET', `${path}?${query}`);
    return [headers['content-type'], text];
  };
  assert.deepEqual(await written('format=text'), [
    'text/plain; charset=utf-8',
    '[00:00:00] Agent: Guten <b>Tag</b>!\n[00:00:01] Caller: Hallo?\n[00:00:01] Agent: Certainly.\n',
  ]);
  assert.deepEqual(await written('format=text&include_timestamps=false&speaker_labels=false'), [
    'text/plain; charset=utf-8',
    'Guten <b>Tag</b>!\nHallo?\nCertainly.\n',
  ]);
  assert.deepEqual(await written('format=srt'), [
    'application/x-subrip; charset=utf-8',
    '1\n00:00:00,000 --> 00:00:01,000\nAgent: Guten ‹b>Tag‹/b>!\n\n' +
      '2\n00:00:01,000 --> 00:00:02,000\nCaller: Hallo?\n\n3\n00:00:02,000 --> 00:00:03,000\nAgent: Certainly.\n\n',
  ]);
  assert.deepEqual(await written('format=vtt'), [
    'text/vtt; charset=utf-8',
    'WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n<v Agent>Guten &lt;b&gt;Tag&lt;/b&gt;!\n\n' +
      '2\n00:00:01.000 --> 00:00:02.000\n<v Caller>Hallo?\n\n3\n00:00:02.000 --> 00:00:03.000\n<v Agent>Certainly.\n\n',
  ]);
});

test('calls that are made are conversations once they are over, however they went', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await guest.ask('native', 'PATCH', `/agents/${hub(agent.id)}`, {
    body: { callSettings: { autoRetry: false, window: { start: '00:00', end: '24:00' } } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  const later = await dial(agent, '+12025550150', { notBefore: '2026-03-06T15:00:00Z', metadata: { order: 7 } });
  const asShown = (id: string) => `conv_${id.replaceAll('-', '')}`;
  assert.deepEqual(await list(guest), [], 'what waits for its time is none yet');
  assert.equal((await guest.ask('ayra', 'GET', `/conversations/${asShown(later)}`)).status, 404);
  for (const ending of ['50', '01', '02', '03', '04', '06']) await dial(agent, `+120255501${ending}`);
  await seconds(180);
  await services.calls.cancel(callerOf(guest), later);
  const found = await list(guest, '?sort_by=duration&sort_order=asc');
  assert.deepEqual(found.map(({ caller, status }) => [String(caller).slice(-2), status]).toSorted(), [
    ['01', 'abandoned'],
    ['02', 'abandoned'],
    ['03', 'abandoned'],
    ['04', 'failed'],
    ['06', 'failed'],
    ['50', 'completed'],
  ]);
  assert.equal(found[0]!['status'], 'completed', 'those that were never talked come last');
  assert.deepEqual(
    found.slice(1).map(({ duration }) => duration),
    [null, null, null, null, null],
  );
  assert.equal((await list(guest, '?status=abandoned')).length, 3);
  assert.equal((await list(guest, '?status=failed')).length, 2);
  const [busy] = await list(guest, '?caller=%2B12025550101');
  assert.ok(String(busy!['start_time']) <= String(busy!['end_time']));
});

test('conversations are found by everything that is known of them', async () => {
  const guest = await house.workspace();
  const [sales, support] = [await agentOf(guest), await agentOf(guest)];
  for (const { id } of [sales, support])
    await guest.ask('native', 'PATCH', `/agents/${hub(id)}`, {
      body: TAGS,
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  const begin = clock.now().toISOString();
  await ring(sales, ['I am angry and want a refund.'], { from: '+12025550111' });
  await until('2026-03-05T16:00:00.000Z');
  await ring(support, ['Where is my ORDER 100%?', 'It is late.', 'Bye.'], { from: '+12025550122' });
  await until('2026-03-06T10:00:00.000Z');
  await lookBack();
  await put(support, { transcription_enabled: false });
  await ring(support, ['Do not write this down.'], { from: '+12025550133' });
  await seconds(60);
  await lookBack();
  const named: Record<string, string> = { '11': 'angry', '22': 'late', '33': 'quiet' };
  const found = async (query: string) => {
    const { data, meta } = await get(guest, `/conversations?${query}`);
    const names = (data as JsonObject[]).map(({ caller }) => named[String(caller).slice(-2)]);
    const { total } = (meta as { pagination: { total: number } }).pagination;
    assert.equal(total, names.length, query);
    return names;
  };
  const all = ['quiet', 'late', 'angry'];
  const cases: [query: string, expected: string[]][] = [
    ['', all],
    ['sort_by=start_time&sort_order=asc', ['angry', 'late', 'quiet']],
    ['sort_by=duration', ['late', 'quiet', 'angry']],
    ['sort_by=sentiment&sort_order=asc', ['angry', 'late', 'quiet']],
    [`agent_id=${sales.id}`, ['angry']],
    ['agent_id=agent_nobody', []],
    ['status=completed', all],
    ['status=abandoned', []],
    ['sentiment=negative', ['angry']],
    ['sentiment=positive', ['late']],
    ['sentiment=neutral', []],
    ['outcome=refund', ['angry']],
    ['outcome=order', ['late']],
    ['topic=order', ['late', 'angry']],
    ['topic=refund', ['angry']],
    ['topic=Refund', []],
    ['caller=%2B12025550122', ['late']],
    ['caller=+12025550122', ['late']],
    ['min_duration=22', ['late']],
    ['max_duration=21', ['quiet', 'angry']],
    ['min_duration=21&max_duration=21', ['quiet', 'angry']],
    [`end_date=${begin}`, ['angry']],
    [`start_date=${begin}`, all],
    ['start_date=2026-03-05', ['quiet', 'late']],
    ['end_date=2026-03-05', ['late', 'angry']],
    ['start_date=2026-03-05&end_date=2026-03-05', ['late']],
    ['start_date=2026-03-05T16:00:00.001Z', ['quiet']],
    ['has_recording=true', []],
    ['has_recording=false', all],
    ['has_transcript=true', ['late', 'angry']],
    ['has_transcript=false', ['quiet']],
    ['search=order%20100%25', ['late']],
    ['search=write%20this', []],
    ['search=certainly', ['late', 'angry']],
    ['search=nothing', []],
    ['search=&status=', all],
  ];
  for (const [query, expected] of cases) assert.deepEqual(await found(query), expected, query);
  const { data, meta } = await get(guest, '/conversations?page=2&per_page=2');
  assert.deepEqual(
    (data as JsonObject[]).map(({ caller }) => caller),
    ['+12025550111'],
  );
  assert.deepEqual((meta as JsonObject)['pagination'], { page: 2, per_page: 2, total: 3, total_pages: 2 });
});

test('what an agent does not want written down is not kept, however the call ends', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, { transcription_enabled: false });
  await ring(agent, ['My card number is 4111.']);
  const { id } = await only(guest);
  const during = await guest.ask('ayra', 'GET', `/conversations/${id}/transcript`);
  assert.equal(during.status, 404, 'nor is it read while it is said');
  assert.deepEqual(during.body, {
    error: { type: 'not_found', message: 'Transcript not found', code: 'transcript_not_found', conversation_id: id },
  });
  // What is changed now is for the next call.
  await put(agent, { transcription_enabled: true });
  await seconds(60);
  await lookBack();
  const after = (await get(guest, `/conversations/${id}`))['data'] as JsonObject;
  assert.deepEqual(
    [after['status'], after['has_transcript'], after['transcript'], after['sentiment'], after['duration']],
    ['completed', false, null, null, 21],
  );
  assert.equal((await guest.ask('ayra', 'GET', `/conversations/${id}/transcript?format=srt`)).status, 404);

  const [call] = await services.calls.list(callerOf(guest), {}, { limit: 1 });
  assert.deepEqual(await services.conversations.messages(callerOf(guest), call!.conversationId!), []);
});

test('a call of an agent that ends it by itself is not judged either where nothing is to be kept', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, { transcription_enabled: false });
  await ring(agent, ['Secret.'], { staysOnLine: true });
  const [call] = await services.calls.list(callerOf(guest), {}, { limit: 1 });
  await services.conversations.end(callerOf(guest), call!.conversationId!, 'agent');
  await seconds(5);
  await lookBack();
  const { status, sentiment, has_transcript } = await only(guest);
  assert.deepEqual([status, sentiment, has_transcript], ['completed', null, false]);
  const talk = await services.conversations.get(callerOf(guest), call!.conversationId!);
  assert.equal(talk.analysis, null);
});

const NINE_TO_FIVE = {
  timezone: 'America/New_York',
  schedule: [
    { day: 'monday', open: '09:00', close: '12:00' },
    { day: 'monday', open: '13:00', close: '17:00' },
    { day: 'friday', open: '22:00', close: '02:00' },
  ],
};

test('an agent is called within its hours, by the clock of its zone', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, { business_hours: NINE_TO_FIVE });
  const answers = async (at: string) => {
    await until(at);
    await ring(agent);
    await seconds(60);
    const [latest] = await list(guest, '?per_page=1');
    assert.equal(latest!['start_time'], at);
    assert.equal(latest!['status'] === 'completed', latest!['outcome'] === null);
    return latest!['status'] === 'completed';
  };
  // On Sunday the 8th of March the clocks of New York go forward: nine is 14:00 before, and 13:00 after.
  const moments: [at: string, open: boolean][] = [
    ['2026-03-06T14:00:00.000Z', false],
    ['2026-03-07T02:58:00.000Z', false],
    ['2026-03-07T03:00:00.000Z', true],
    ['2026-03-07T06:58:00.000Z', true],
    ['2026-03-07T07:00:00.000Z', false],
    ['2026-03-08T15:00:00.000Z', false],
    ['2026-03-09T12:58:00.000Z', false],
    ['2026-03-09T13:00:00.000Z', true],
    ['2026-03-09T15:58:00.000Z', true],
    ['2026-03-09T16:00:00.000Z', false],
    ['2026-03-09T17:00:00.000Z', true],
    ['2026-03-09T21:00:00.000Z', false],
  ];
  for (const [at, open] of moments) assert.equal(await answers(at), open, at);
  await put(agent, { business_hours: { timezone: 'America/New_York', schedule: [] } });
  assert.equal(await answers('2026-03-10T14:30:00.000Z'), false, 'no hours at all are never');
  await put(agent, { business_hours: null });
  assert.equal(await answers('2026-03-10T23:00:00.000Z'), true, 'nothing said is always');
});

test('outside its hours a caller hears so, or is put through', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, { business_hours: NINE_TO_FIVE });
  await until('2026-03-11T15:00:00.000Z');
  const attempt = await ring(agent);
  await seconds(60);
  const closed = await only(guest);
  const { status, outcome, duration, has_transcript, transferred_to, config_version } = closed;
  assert.deepEqual(
    { status, outcome, duration, has_transcript, transferred_to, config_version },
    {
      status: 'abandoned',
      outcome: 'after_hours',
      duration: null,
      has_transcript: false,
      transferred_to: null,
      config_version: null,
    },
  );
  assert.deepEqual(
    [closed['start_time'], closed['end_time']],
    ['2026-03-11T15:00:00.000Z', '2026-03-11T15:00:05.000Z'],
  );
  assert.equal((await guest.ask('ayra', 'GET', `/conversations/${closed['id']}/transcript`)).status, 404);
  assert.equal(((await get(guest, `/conversations/${closed['id']}`))['data'] as JsonObject)['transcript'], null);
  assert.ok(attempt);

  await put(agent, { transfer_number: '+12025550177' });
  await ring(agent);
  await seconds(60);
  const [through] = await list(guest, '?per_page=1');
  assert.deepEqual(
    [through!['status'], through!['outcome'], through!['transferred_to']],
    ['abandoned', 'after_hours', '+12025550177'],
  );
  assert.equal((await list(guest, '?outcome=after_hours&status=abandoned')).length, 2);

  // Where nobody takes it there, they hear that it is closed.
  await put(agent, { transfer_number: '+12025550101' });
  await ring(agent);
  await seconds(60);
  const [nobody] = await list(guest, '?per_page=1');
  assert.deepEqual([nobody!['outcome'], nobody!['transferred_to']], ['after_hours', null]);
});

test('a call that began within the hours is not cut off at their end', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest, {
    business_hours: { timezone: 'America/New_York', schedule: [{ day: 'wednesday', start: '09:00', end: '17:00' }] },
  });
  await until('2026-03-11T20:59:50.000Z');
  await ring(agent, ['One', 'Two', 'Three', 'Four']);
  await until('2026-03-11T21:00:05.000Z');
  assert.equal((await only(guest))['status'], 'in_progress');
  await seconds(60);
  const { status, end_time } = await only(guest);
  assert.equal(status, 'completed');
  assert.ok(String(end_time) > '2026-03-11T21:00:10Z');
});

test('who is paused or archived is not called, and ends what was begun', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await ring(agent);
  await put(agent, { status: 'paused' });
  await seconds(60);
  assert.equal((await only(guest))['status'], 'completed', 'the call that was under way went on');
  for (const status of ['paused', 'archived']) {
    await put(agent, { status });
    await ring(agent);
    await seconds(60);
    const [latest] = await list(guest, '?per_page=1');
    assert.deepEqual([latest!['status'], latest!['outcome']], ['abandoned', `agent_${status}`]);
  }
  await put(agent, { transfer_number: '+12025550177' });
  await ring(agent);
  await seconds(60);
  assert.equal((await list(guest, '?per_page=1'))[0]!['transferred_to'], '+12025550177');
  await put(agent, { status: 'active' });
  await ring(agent);
  await seconds(60);
  assert.equal((await list(guest, '?per_page=1'))[0]!['status'], 'completed');
});

test('an agent with calls running cannot be deleted; its conversations outlive it, and its number is free', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await ring(agent, ['Hello?'], { from: '+12025550111' });
  await ring(agent, ['Hello?'], { from: '+12025550122' });
  const refused = await guest.ask('ayra', 'DELETE', `/agents/${agent.id}`);
  assert.equal(refused.status, 409);
  assert.deepEqual(refused.body, {
    error: { type: 'conflict', message: 'The agent has active calls', code: 'agent_has_active_calls', active_calls: 2 },
  });
  assert.equal((await guest.ask('ayra', 'GET', `/agents/${agent.id}`)).status, 200);
  const other = await house.workspace();
  assert.equal((await other.ask('ayra', 'DELETE', `/agents/${agent.id}`)).status, 404, 'nobody else hears of them');
  await seconds(60);
  assert.equal((await guest.ask('ayra', 'DELETE', `/agents/${agent.id}`)).status, 204);
  await services.sealer.sealDue();
  assert.equal((await list(guest, `?agent_id=${agent.id}`)).length, 2);
  await ring(agent);
  await seconds(60);
  assert.equal((await list(guest)).length, 2, 'nobody answers there any more');
  const heir = await guest.ask('ayra', 'POST', '/agents', {
    body: { name: 'Heir', voice_platform: 'vapi', phone_number: agent.number },
  });
  assert.equal(heir.status, 201);
  await services.sealer.sealDue();
  await ring(agent);
  await seconds(60);
  const [latest] = await list(guest);
  assert.equal(latest!['agent_id'], (heir.body['data'] as JsonObject)['id']);
});

test('conversations are one workspace’s own', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await ring(agent);
  await seconds(60);
  const { id } = await only(guest);
  const other = await house.workspace();
  assert.deepEqual(await list(other), []);
  for (const path of [`/conversations/${id}`, `/conversations/${id}/transcript`]) {
    const { status, body } = await other.ask('ayra', 'GET', path);
    assert.equal(status, 404);
    assert.deepEqual(body, {
      error: {
        type: 'not_found',
        message: 'Conversation not found',
        code: 'conversation_not_found',
        conversation_id: id,
      },
    });
    const key = await guest.key('ayra', { scopes: ['agents:read'] });
    assert.equal((await guest.ask('ayra', 'GET', path, { key })).status, 403);
  }
});

test('an outcome that is a fact is not overruled by a judgement', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await guest.ask('native', 'PATCH', `/agents/${hub(agent.id)}`, {
    body: TAGS,
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await ring(agent, ['My order, please.'], { staysOnLine: true });
  const [call] = await services.calls.list(callerOf(guest), {}, { limit: 1 });
  assert.equal(await (await services.dialler.lines()).transfer(call!.conversationId!, '+12025550177'), true);
  await seconds(30);
  await lookBack();
  const { status, outcome, sentiment, topics, transferred_to } = await only(guest);
  assert.deepEqual(
    { status, outcome, sentiment, topics, transferred_to },
    {
      status: 'completed',
      outcome: 'transferred',
      sentiment: 'positive',
      topics: ['order'],
      transferred_to: '+12025550177',
    },
  );
});

test('what is found while a call is being settled is not lost', async () => {
  const guest = await house.workspace();
  const agent = await agentOf(guest);
  await ring(agent, ['Hello?'], { staysOnLine: true });
  const [call] = await services.calls.list(callerOf(guest), {}, { limit: 1 });
  // The talk is over and judged, and the line knows nothing of it yet.
  const { conversations } = house.app.store;
  const talk = await conversations.facts(guest.id, call!.conversationId!);
  const ended = { ...talk!, state: { ...talk!.state, status: 'ended' as const, endReason: 'ended' as const } };
  const entry = {
    id: services.newId(),
    action: 'conversation.ended',
    target: talk!.id,
    at: clock.now().toISOString(),
    by: 'system',
    via: 'native',
    revision: null,
    detail: {},
  };
  assert.ok(
    await conversations.advance(talk!, { ...ended, endedAt: entry.at }, { messages: [], from: 1 }, entry as never),
  );
  await lookBack();
  assert.equal((await only(guest))['sentiment'], 'positive');
  await (await services.dialler.lines()).hangUp(call!.id, 'It is over');
  await seconds(30);
  const { status, sentiment } = await only(guest);
  assert.deepEqual([status, sentiment], ['completed', 'positive']);
});
