/** Tools in conversations: a scripted model, real tool servers, and the whole app. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Message } from '../../src/conversations/conversation.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { type Cue, createScriptedModel } from '../../src/providers/llm/scripted.ts';
import type { Caller } from '../../src/workspaces/caller.ts';
import { systemCaller } from '../../src/workspaces/caller.ts';
import { openTestServer, type Tenant } from '../harness.ts';
import { json, openShop } from './tool-server.ts';

const shop = await openShop();
let script: Cue[][] = [];
let fake = createScriptedModel([]);
const model = {
  answer: (request: Parameters<typeof fake.answer>[0]) => fake.answer(request),
};
const parlance = await openTestServer({ PARLANCE_ALLOW_PRIVATE_TARGETS: '1' }, { providers: { model } });
const guarded = await openTestServer({}, { providers: { model } });

const play = (...cues: Cue[][]) => {
  script = cues;
  fake = createScriptedModel(script, { otherwise: [{ say: 'Well.' }] });
};
const callerOf = (tenant: Tenant): Caller => systemCaller({ id: tenant.id, number: 0 });

async function made(tenant: Tenant, path: string, body: JsonObject): Promise<string> {
  const answer = await tenant.ask('native', 'POST', path, { body });
  assert.equal(answer.status, 201, answer.text);
  return String(answer.body['id']);
}

/** Starts a conversation and sends one message. */
async function talk(tenant: Tenant, agentId: string, draft: JsonObject = {}, place = parlance) {
  const { conversations } = place.app.services;
  const caller = callerOf(tenant);
  const { conversation } = await conversations.create(caller, { agent: { id: agentId }, channel: 'chat', ...draft });
  const received: Message[] = [];
  const handoffs: string[] = [];
  const say = (content: string) =>
    conversations.say(caller, conversation.id, () => content, {
      message: (message) => void received.push(message),
      handoff: (to) => void handoffs.push(to),
    });
  const result = await say('Hello?');
  return { ...result, say, heard: received, handoffs, id: conversation.id, caller };
}
const toolMessages = (messages: readonly Message[]) => messages.filter(({ role }) => role === 'tool');
const offered = (turn: number) => fake.requests[turn]!.tools.map(({ name }) => name);

describe('a tool', () => {
  test('is called with the model’s arguments, and the model receives the result', async () => {
    const tenant = await parlance.workspace();
    const toolId = await made(tenant, '/tools', {
      name: 'find_order',
      description: 'Finds an order.',
      kind: 'http',
      http: { url: `${shop.url}/orders/{id}`, method: 'GET', headers: { 'X-Api-Key': 'sesame-open' } },
      dynamicParameters: [{ name: 'id', type: 'string', location: 'path', required: true, source: 'ai' }],
      announcement: 'One moment, I am looking.',
    });
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools: [{ toolId }] });
    shop.requests.length = 0;
    shop.answer = json({ state: 'sent' });
    play(
      [{ say: 'Let me see.' }, { call: { name: 'find_order', input: { id: '7' } } }],
      [{ say: 'It is on its way.' }],
    );
    const { messages } = await talk(tenant, agentId);
    assert.deepEqual(
      messages.map(({ role, text }) => [role, text]),
      [
        ['user', 'Hello?'],
        ['assistant', 'Let me see.'],
        ['note', 'One moment, I am looking.'],
        ['tool', '{"state":"sent"}'],
        ['assistant', 'It is on its way.'],
      ],
    );
    assert.deepEqual([shop.requests[0]?.path, shop.requests[0]?.headers['x-api-key']], ['/orders/7', 'sesame-open']);
    assert.deepEqual(offered(0), ['find_order']);
    assert.doesNotMatch(JSON.stringify(fake.requests[1]?.messages), /One moment, I am/);
    assert.match(JSON.stringify(fake.requests[1]?.messages), /sent/);
  });

  test('is not called with arguments that its schema forbids', async () => {
    const tenant = await parlance.workspace();
    const inputSchema = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] };
    const toolId = await made(tenant, '/tools', { name: 'order', kind: 'http', http: { url: shop.url }, inputSchema });
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools: [{ toolId }] });
    shop.requests.length = 0;
    play([{ call: { name: 'order', input: { count: 'many' } } }, { call: { name: 'no_such', input: {} } }]);
    const { messages } = await talk(tenant, agentId);
    assert.deepEqual(
      toolMessages(messages).map(({ text, failed }) => [text, failed]),
      [
        ['The arguments are not acceptable: count must be an integer', true],
        ['There is no tool no_such.', true],
      ],
    );
    assert.equal(messages.at(-1)?.text, 'Well.');
    assert.deepEqual(shop.requests, []);
  });

  test('that fails does not end the conversation, and one on a private address is not called', async () => {
    const tenant = await guarded.workspace();
    const toolId = await made(tenant, '/tools', { name: 'inside', kind: 'http', http: { url: shop.url } });
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools: [{ toolId }] });
    shop.requests.length = 0;
    play([{ call: { name: 'inside' } }], [{ say: 'It does not work.' }], [{ say: 'Still here.' }]);
    const { messages, say } = await talk(tenant, agentId, {}, guarded);
    assert.equal(
      toolMessages(messages)[0]?.text,
      'The address is not public; PARLANCE_ALLOW_PRIVATE_TARGETS=1 allows private addresses.',
    );
    assert.equal((await say('And now?')).messages.at(-1)?.text, 'Still here.');
    assert.deepEqual(shop.requests, []);
  });

  test('is offered only on the channels that it is attached to', async () => {
    const tenant = await parlance.workspace();
    const tools = await Promise.all(
      ['text', 'voice', 'post-call'].map(async (channel) => {
        const name = channel.replace('-', '_');
        const toolId = await made(tenant, '/tools', { name, kind: 'http', http: { url: shop.url } });
        return { toolId, channels: [channel] };
      }),
    );
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools });
    for (const [channel, name] of [
      ['chat', 'text'],
      ['whatsapp', 'text'],
      ['voice', 'voice'],
      ['phone', 'voice'],
    ]) {
      play();
      const { conversation } = await talk(tenant, agentId, { channel });
      assert.deepEqual(offered(0), [name]);
      const { afterwards } = conversation.snapshot.personas[agentId]!;
      assert.deepEqual(
        afterwards.map((one) => one.name),
        ['post_call'],
      );
    }
  });

  test('of a running conversation stays as it was at the start', async () => {
    const tenant = await parlance.workspace();
    const toolId = await made(tenant, '/tools', { name: 'order', kind: 'http', http: { url: `${shop.url}/old` } });
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools: [{ toolId }] });
    play();
    const { say } = await talk(tenant, agentId);
    await tenant.ask('native', 'PATCH', `/tools/${toolId}`, { body: { http: { url: `${shop.url}/new` } } });
    await tenant.ask('native', 'PATCH', `/agents/${agentId}`, { body: { tools: [] } });
    shop.requests.length = 0;
    play([{ call: { name: 'order' } }]);
    await say('Go.');
    play();
    await talk(tenant, agentId);
    assert.deepEqual([shop.requests.map(({ path }) => path), offered(0)], [['/old'], []]);
  });
});

describe('a built-in tool', () => {
  test('ends the conversation after the next answer', async () => {
    const tenant = await parlance.workspace();
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools: [{ name: 'hang_up', channels: ['text'] }] });
    play([{ call: { name: 'hang_up', input: { reason: 'done' } } }], [{ say: 'Goodbye!' }]);
    const { conversation, messages, say } = await talk(tenant, agentId);
    assert.deepEqual([conversation.state.status, conversation.state.endReason], ['ended', 'agent']);
    assert.equal(messages.at(-1)?.text, 'Goodbye!');
    await assert.rejects(say('Hello?'), { code: 'conversation_closed' });
  });

  test('reads and changes the contact', async () => {
    const tenant = await parlance.workspace();
    const contactId = await made(tenant, '/contacts', { firstName: 'Li', metadata: { notes: 'an old one' } });
    const names = [
      'get_contact_info',
      'update_contact_info',
      'add_contact_note',
      'set_contact_status',
      'schedule_callback',
    ];
    const agentId = await made(tenant, '/agents', {
      name: 'Ana',
      tools: names.map((name) => ({ name, channels: ['text'] })),
    });
    const at = new Date(Date.now() + 86_400_000).toISOString();
    play(
      [
        { call: { name: 'update_contact_info', input: { email: 'li@example.com', metadata: { size: 42 } } } },
        { call: { name: 'update_contact_info', input: { email: 'no address' } } },
        { call: { name: 'update_contact_info', input: { workspaceId: 'x' } } },
        { call: { name: 'add_contact_note', input: { note: 'Likes tea.' } } },
        { call: { name: 'set_contact_status', input: { status: 'interested' } } },
        { call: { name: 'schedule_callback', input: { at, reason: 'Prices' } } },
        { call: { name: 'schedule_callback', input: { at: 'tomorrow' } } },
        { call: { name: 'schedule_callback', input: { at: '2020-01-01T10:00:00Z' } } },
        { call: { name: 'schedule_callback', input: { at: '2222-01-01T10:00:00Z' } } },
      ],
      [{ call: { name: 'get_contact_info' } }],
    );
    const { messages } = await talk(tenant, agentId, { contact: { id: contactId } });
    const outcomes = toolMessages(messages);
    assert.deepEqual(
      outcomes.map(({ failed }) => failed ?? false),
      [false, true, true, false, false, false, true, true, true, false],
      JSON.stringify(outcomes, null, 1),
    );
    const { body } = await tenant.ask('native', 'GET', `/contacts/${contactId}`);
    assert.deepEqual([body['email'], body['firstName']], ['li@example.com', 'Li']);
    const { size, status, notes, callbacks } = body['metadata'] as JsonObject;
    assert.deepEqual([size, status], [42, 'interested']);
    const [first, second] = notes as [string, JsonObject];
    assert.deepEqual([first, second['text'], second['by']], ['an old one', 'Likes tea.', agentId]);
    const [callback] = callbacks as [JsonObject];
    assert.deepEqual([callback['at'], callback['reason']], [at, 'Prices']);
    const contact = JSON.parse(outcomes.at(-1)!.text) as JsonObject;
    assert.deepEqual([contact['email'], (contact['metadata'] as JsonObject)['size']], ['li@example.com', 42]);
  });

  test('fails without a stored contact, or under an unknown name', async () => {
    const tenant = await parlance.workspace();
    const tools = ['get_contact_info', 'water_plants'].map((name) => ({ name, channels: ['text'] }));
    const agentId = await made(tenant, '/agents', { name: 'Ana', tools });
    play([{ call: { name: 'get_contact_info' } }, { call: { name: 'water_plants' } }]);
    const { messages } = await talk(tenant, agentId);
    assert.deepEqual(
      toolMessages(messages).map(({ text }) => text),
      [
        'The contact of this conversation is not stored, so it cannot be read or changed.',
        'water_plants is not possible in this conversation.',
      ],
    );
  });
});

describe('a hand-off', () => {
  const handoff = { enabled: true, toChildMessage: 'I connect you to billing.', toParentMessage: 'Back to Ana.' };

  test('goes to a sub-agent with its own prompt and tools, and back', async () => {
    const tenant = await parlance.workspace();
    const childId = await made(tenant, '/agents', {
      name: 'Bill',
      description: 'Knows invoices.',
      role: 'You are in billing.',
      tools: [{ name: 'water_plants', channels: ['text'] }],
    });
    const inputSchema = { type: 'object', properties: { invoice: { type: 'string' } }, required: ['invoice'] };
    const agentId = await made(tenant, '/agents', {
      name: 'Ana',
      role: 'You are at the desk.',
      subAgents: [{ slug: 'billing', agentId: childId, handoff, inputSchema }],
    });
    play(
      [{ call: { name: 'transfer_to_billing', input: {} } }],
      [{ call: { name: 'transfer_to_billing', input: { invoice: 'R-1' } } }],
      [{ say: 'Bill here.' }],
      [{ call: { name: 'transfer_back' } }],
      [{ say: 'Ana again.' }],
    );
    const { messages, handoffs, say } = await talk(tenant, agentId);
    assert.deepEqual(
      messages.slice(1).map(({ role, text, agentId: by }) => [role, text, by === childId]),
      [
        ['assistant', '', false],
        ['tool', 'The arguments are not acceptable: invoice is required', false],
        ['assistant', '', false],
        ['tool', 'Handed over to Bill. The other side was told: I connect you to billing.', false],
        ['note', 'I connect you to billing.', false],
        ['assistant', 'Bill here.', true],
      ],
    );
    assert.match(fake.requests[2]!.system, /^You are in billing\./);
    assert.deepEqual([offered(0), offered(2)], [['transfer_to_billing'], ['water_plants', 'transfer_back']]);
    const back = await say('Thanks, back please.');
    assert.deepEqual(handoffs, [childId, agentId]);
    assert.deepEqual(
      back.messages.filter(({ role }) => role === 'note').map(({ text }) => text),
      ['Back to Ana.'],
    );
    assert.deepEqual(back.conversation.state.stack, [agentId]);
    assert.match(fake.requests[4]!.system, /^You are at the desk\./);
    assert.deepEqual(offered(4), ['transfer_to_billing']);
  });

  test('happens once for each answer, to the first agent named', async () => {
    const tenant = await parlance.workspace();
    const [bill, sal] = await Promise.all(['Bill', 'Sal'].map((name) => made(tenant, '/agents', { name })));
    const agentId = await made(tenant, '/agents', {
      name: 'Ana',
      subAgents: [
        { slug: 'bill', agentId: bill },
        { slug: 'sal', agentId: sal },
      ],
    });
    play([{ call: { name: 'transfer_to_bill' } }, { call: { name: 'transfer_to_sal' } }], [{ say: 'Bill here.' }]);
    const { conversation, messages } = await talk(tenant, agentId);
    assert.deepEqual(conversation.state.stack, [agentId, bill]);
    assert.deepEqual(
      toolMessages(messages).map(({ text }) => text),
      ['Handed over to Bill.', 'The conversation is being handed over already.'],
    );
  });

  test('by agent_transfer goes to its targets, which must exist', async () => {
    const tenant = await parlance.workspace();
    const targetId = await made(tenant, '/agents', { name: 'Sal' });
    const agentId = await made(tenant, '/agents', { name: 'Ana' });
    const attach = (persona_id: unknown) =>
      tenant.ask('kejue', 'POST', `/agents/${agentId}/tools`, {
        body: {
          tool_name: 'agent_transfer',
          channels: ['whatsapp'],
          config: { targets: [{ key: 'sales', persona_id, when_to_use: 'Prices.' }] },
        },
      });
    const stranger = await (await parlance.workspace()).ask('native', 'POST', '/agents', { body: { name: 'Else' } });
    for (const unknown of ['00000000-0000-7000-8000-000000000000', 'unknown', stranger.body['id']])
      assert.equal((await attach(unknown)).status, 422, String(unknown));
    assert.equal((await attach(targetId)).status, 201);
    play([{ call: { name: 'transfer_to_sales' } }], [{ say: 'Sal here.' }]);
    const { conversation } = await talk(tenant, agentId);
    assert.deepEqual(conversation.state.stack, [agentId, targetId]);
    assert.deepEqual([offered(0), offered(1)], [['transfer_to_sales'], []]);
  });
});

test('a conversation starts without the tools of an MCP server that does not answer, and has a note', async () => {
  const tenant = await parlance.workspace();
  const toolId = await made(tenant, '/tools', {
    name: 'crm',
    kind: 'mcp',
    mcp: { url: 'http://127.0.0.1:1/mcp', headers: { 'X-Key': 'sesame-open' } },
  });
  const shown = await tenant.ask('native', 'GET', `/tools/${toolId}`);
  assert.deepEqual(shown.body['mcp'], { url: 'http://127.0.0.1:1/mcp', headers: { 'X-Key': '********' } });
  const agentId = await made(tenant, '/agents', { name: 'Ana', tools: [{ toolId }] });
  play();
  const { conversation } = await talk(tenant, agentId);
  assert.deepEqual(offered(0), []);
  assert.match(conversation.snapshot.notes[0] ?? '', /crm/);
});
