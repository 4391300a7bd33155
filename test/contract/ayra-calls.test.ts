/** Calls as Ayra's conversations: their fields, transcripts and filters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../src/lib/values.ts';
import {
  agentOf,
  analyze,
  CALLER_NUMBER,
  callerOf,
  clock,
  dial,
  get,
  list,
  only,
  parlance,
  patch,
  put,
  ring,
  seconds,
  services,
  TAGS,
  until,
} from './ayra-workspace.ts';

test("a call to an agent's number is a conversation from its first second", async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, { metadata: { client_id: 'client_789' } });
  await ring(agent, ['Where is my order?', 'Thanks.']);
  const live = await only(tenant, '?status=in_progress');
  assert.deepEqual(live, {
    id: live['id'],
    call_id: String(live['id']).replace('conv_', 'call_'),
    agent_id: agent.id,
    caller: CALLER_NUMBER,
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
  const during = (await get(tenant, `/conversations/${live['id']}`))['data'] as JsonObject;
  assert.deepEqual(
    (during['transcript'] as JsonObject[]).map(({ speaker, text }) => [speaker, text]),
    [
      ['agent', 'Good day!'],
      ['caller', 'Where is my order?'],
      ['agent', 'Certainly.'],
    ],
  );
  await seconds(60);
  await analyze();
  const ended = await only(tenant);
  assert.deepEqual(ended, {
    ...live,
    status: 'completed',
    end_time: '2026-03-04T15:30:22.000Z',
    duration: 22,
    sentiment: 'positive',
    has_transcript: true,
  });
  assert.deepEqual(await list(tenant, '?status=in_progress'), []);
});

test('a conversation has the parts that the query includes', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await patch(agent, TAGS);
  await ring(agent, ['I want a refund.']);
  await seconds(60);
  await analyze();
  const { id, ...listed } = await only(tenant);
  const detail = (await get(tenant, `/conversations/${id}`))['data'] as JsonObject;
  const { transcript, ...rest } = detail;
  assert.deepEqual(rest, { id, ...listed });
  assert.deepEqual(
    [detail['outcome'], detail['sentiment'], detail['topics'], detail['config_version']],
    ['refund', 'positive', ['refund', 'order'], 2],
  );
  assert.equal((transcript as JsonObject[]).length, 3);
  const bare = (
    await get(tenant, `/conversations/${id}?include_transcript=false&include_recording=false&include_analytics=false`)
  )['data'] as JsonObject;
  const { sentiment, outcome, topics, recording_url, transcript: _, ...left } = detail;
  assert.deepEqual(bare, left);
});

test('a transcript is available as JSON, text and subtitles', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, { language: 'de', welcome_message: 'Guten <b>Tag</b>!' });
  await ring(agent, ['Hallo?']);
  await seconds(60);
  await analyze();
  const { id } = await only(tenant);
  const path = `/conversations/${id}/transcript`;
  const { data, meta } = await get(tenant, path);
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

  const less = (await get(tenant, `${path}?include_timestamps=false&speaker_labels=false&include_sentiment=true`))[
    'data'
  ] as JsonObject;
  assert.equal(less['sentiment'], 'positive');
  assert.deepEqual((less['messages'] as JsonObject[])[1], {
    id: messages[1]!['id'],
    ...{ text: 'Hallo?', confidence: null, sentiment: null },
  });

  const fileOf = async (query: string) => {
    const { headers, text } = await tenant.ask('ayra', 'GET', `${path}?${query}`);
    return [headers['content-type'], text];
  };
  assert.deepEqual(await fileOf('format=text'), [
    'text/plain; charset=utf-8',
    '[00:00:00] Agent: Guten <b>Tag</b>!\n[00:00:01] Caller: Hallo?\n[00:00:01] Agent: Certainly.\n',
  ]);
  assert.deepEqual(await fileOf('format=text&include_timestamps=false&speaker_labels=false'), [
    'text/plain; charset=utf-8',
    'Guten <b>Tag</b>!\nHallo?\nCertainly.\n',
  ]);
  assert.deepEqual(await fileOf('format=srt'), [
    'application/x-subrip; charset=utf-8',
    '1\n00:00:00,000 --> 00:00:01,000\nAgent: Guten ‹b>Tag‹/b>!\n\n' +
      '2\n00:00:01,000 --> 00:00:02,000\nCaller: Hallo?\n\n3\n00:00:02,000 --> 00:00:03,000\nAgent: Certainly.\n\n',
  ]);
  assert.deepEqual(await fileOf('format=vtt'), [
    'text/vtt; charset=utf-8',
    'WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n<v Agent>Guten &lt;b&gt;Tag&lt;/b&gt;!\n\n' +
      '2\n00:00:01.000 --> 00:00:02.000\n<v Caller>Hallo?\n\n3\n00:00:02.000 --> 00:00:03.000\n<v Agent>Certainly.\n\n',
  ]);
});

test('outbound calls become conversations when they end, with any outcome', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await patch(agent, { callSettings: { autoRetry: false, window: { start: '00:00', end: '24:00' } } });
  const later = await dial(agent, '+12025550150', { notBefore: '2026-03-06T15:00:00Z', metadata: { order: 7 } });
  const conversationId = (id: string) => `conv_${id.replaceAll('-', '')}`;
  assert.deepEqual(await list(tenant), [], 'a waiting call is not a conversation yet');
  assert.equal((await tenant.ask('ayra', 'GET', `/conversations/${conversationId(later)}`)).status, 404);
  for (const ending of ['50', '01', '02', '03', '04', '06']) await dial(agent, `+120255501${ending}`);
  await seconds(180);
  await services.calls.cancel(callerOf(tenant), later);
  const found = await list(tenant, '?sort_by=duration&sort_order=asc');
  assert.deepEqual(found.map(({ caller, status }) => [String(caller).slice(-2), status]).toSorted(), [
    ['01', 'abandoned'],
    ['02', 'abandoned'],
    ['03', 'abandoned'],
    ['04', 'failed'],
    ['06', 'failed'],
    ['50', 'completed'],
  ]);
  assert.equal(found[0]!['status'], 'completed', 'calls without a conversation come last');
  assert.deepEqual(
    found.slice(1).map(({ duration }) => duration),
    [null, null, null, null, null],
  );
  assert.equal((await list(tenant, '?status=abandoned')).length, 3);
  assert.equal((await list(tenant, '?status=failed')).length, 2);
  const [busy] = await list(tenant, '?caller=%2B12025550101');
  assert.ok(String(busy!['start_time']) <= String(busy!['end_time']));
});

test('conversations are filtered by every documented parameter', async () => {
  const tenant = await parlance.workspace();
  const [sales, support] = [await agentOf(tenant), await agentOf(tenant)];
  for (const agent of [sales, support]) await patch(agent, TAGS);
  const begin = clock.now().toISOString();
  await ring(sales, ['I am angry and want a refund.'], { from: '+12025550111' });
  await until('2026-03-05T16:00:00.000Z');
  await ring(support, ['Where is my ORDER 100%?', 'It is late.', 'Bye.'], { from: '+12025550122' });
  await until('2026-03-06T10:00:00.000Z');
  await analyze();
  await put(support, { transcription_enabled: false });
  await ring(support, ['Do not write this down.'], { from: '+12025550133' });
  await seconds(60);
  await analyze();
  const names: Record<string, string> = { '11': 'angry', '22': 'late', '33': 'quiet' };
  const found = async (query: string) => {
    const { data, meta } = await get(tenant, `/conversations?${query}`);
    const callers = (data as JsonObject[]).map(({ caller }) => names[String(caller).slice(-2)]);
    const { total } = (meta as { pagination: { total: number } }).pagination;
    assert.equal(total, callers.length, query);
    return callers;
  };
  const all = ['quiet', 'late', 'angry'];
  const cases: [query: string, expected: string[]][] = [
    ['', all],
    ['sort_by=start_time&sort_order=asc', ['angry', 'late', 'quiet']],
    ['sort_by=duration', ['late', 'quiet', 'angry']],
    ['sort_by=sentiment&sort_order=asc', ['angry', 'late', 'quiet']],
    [`agent_id=${sales.id}`, ['angry']],
    ['agent_id=agent_unknown', []],
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
    ['start_date=0001-01-01&end_date=9999-12-31', all],
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
  const { data, meta } = await get(tenant, '/conversations?page=2&per_page=2');
  assert.deepEqual(
    (data as JsonObject[]).map(({ caller }) => caller),
    ['+12025550111'],
  );
  assert.deepEqual((meta as JsonObject)['pagination'], { page: 2, per_page: 2, total: 3, total_pages: 2 });
});

test('duration filters compare the whole seconds that answers show', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  for (const length of [20.499, 20.5, 21.499]) {
    await ring(agent, ['Hello?'], { staysOnLine: true });
    await seconds(length - 1);
    const [call] = await services.calls.list(callerOf(tenant), { status: ['in_progress'] }, { limit: 1 });
    await (await services.dialer.activeCalls()).hangUp(call!.id, 'The test hangs up');
    await seconds(5);
  }
  const lengths = async (query: string) => (await list(tenant, query)).map(({ duration }) => duration);
  assert.deepEqual(await lengths('?sort_by=start_time&sort_order=asc'), [20, 21, 21]);
  assert.deepEqual(await lengths('?min_duration=21&max_duration=21'), [21, 21]);
  assert.deepEqual(await lengths('?max_duration=20'), [20]);
  assert.deepEqual(await lengths('?min_duration=20&max_duration=20'), [20]);
  assert.deepEqual(await lengths('?min_duration=22'), []);
});

test('without transcription no transcript is stored, also after a change during the call', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, { transcription_enabled: false });
  await ring(agent, ['My card number is 4111.']);
  const { id } = await only(tenant);
  const during = await tenant.ask('ayra', 'GET', `/conversations/${id}/transcript`);
  assert.equal(during.status, 404, 'it is not available during the call either');
  assert.deepEqual(during.body, {
    error: { type: 'not_found', message: 'Transcript not found', code: 'transcript_not_found', conversation_id: id },
  });
  // This change applies to the next call.
  await put(agent, { transcription_enabled: true });
  await seconds(60);
  await analyze();
  const after = (await get(tenant, `/conversations/${id}`))['data'] as JsonObject;
  assert.deepEqual(
    [after['status'], after['has_transcript'], after['transcript'], after['sentiment'], after['duration']],
    ['completed', false, null, null, 21],
  );
  assert.equal((await tenant.ask('ayra', 'GET', `/conversations/${id}/transcript?format=srt`)).status, 404);

  const [call] = await services.calls.list(callerOf(tenant), {}, { limit: 1 });
  assert.deepEqual(await services.conversations.messages(callerOf(tenant), call!.conversationId!), []);
});

test('without transcription a call that the agent ends is not analysed', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant, { transcription_enabled: false });
  await ring(agent, ['Secret.'], { staysOnLine: true });
  const [call] = await services.calls.list(callerOf(tenant), {}, { limit: 1 });
  await services.conversations.end(callerOf(tenant), call!.conversationId!, 'agent');
  await seconds(5);
  await analyze();
  const { status, sentiment, has_transcript } = await only(tenant);
  assert.deepEqual([status, sentiment, has_transcript], ['completed', null, false]);
  const conversation = await services.conversations.get(callerOf(tenant), call!.conversationId!);
  assert.equal(conversation.analysis, null);
});

test('conversations belong to one workspace', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await ring(agent);
  await seconds(60);
  const { id } = await only(tenant);
  const other = await parlance.workspace();
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
    const key = await tenant.key('ayra', { scopes: ['agents:read'] });
    assert.equal((await tenant.ask('ayra', 'GET', path, { key })).status, 403);
  }
});

test('an analysis does not replace a factual outcome', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await patch(agent, TAGS);
  await ring(agent, ['My order, please.'], { staysOnLine: true });
  const [call] = await services.calls.list(callerOf(tenant), {}, { limit: 1 });
  assert.equal(await (await services.dialer.activeCalls()).transfer(call!.conversationId!, '+12025550177'), true);
  await seconds(30);
  await analyze();
  const { status, outcome, sentiment, topics, transferred_to } = await only(tenant);
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

test('an analysis that finishes before the call is settled is kept', async () => {
  const tenant = await parlance.workspace();
  const agent = await agentOf(tenant);
  await ring(agent, ['Hello?'], { staysOnLine: true });
  const [call] = await services.calls.list(callerOf(tenant), {}, { limit: 1 });
  // The conversation has ended and is analysed before the active call notices its end.
  const { conversations } = parlance.app.store;
  const facts = await conversations.facts(tenant.id, call!.conversationId!);
  const ended = { ...facts!, state: { ...facts!.state, status: 'ended' as const, endReason: 'ended' as const } };
  const entry = {
    id: services.newId(),
    action: 'conversation.ended',
    target: facts!.id,
    at: clock.now().toISOString(),
    by: 'system',
    via: 'native',
    revision: null,
    detail: {},
  };
  assert.ok(
    await conversations.advance(facts!, { ...ended, endedAt: entry.at }, { messages: [], from: 1 }, entry as never),
  );
  await analyze();
  assert.equal((await only(tenant))['sentiment'], 'positive');
  await (await services.dialer.activeCalls()).hangUp(call!.id, 'The test hangs up');
  await seconds(30);
  const { status, sentiment } = await only(tenant);
  assert.deepEqual([status, sentiment], ['completed', 'positive']);
});
