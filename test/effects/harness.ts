/**
 * Shows the effect of a field: one conversation starts before an update and one after it, and the server is restarted.
 * Then the first must show the old value, and the second the new one. Observed are the request to the model server, the
 * greeting, whether a conversation may start, and its analysis.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analysis } from '../../src/conversations/conversation.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { type Answer, openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, type Play, startModelServer } from '../providers/model-server.ts';
import { ownDatabase } from '../stores/database.ts';

export const server = await startModelServer();
// The analysis works through every workspace of the database.
const databaseUrl = await ownDatabase();
const parlance = await openTestServer({
  ...environmentOf(server),
  PARLANCE_ALLOW_PRIVATE_TARGETS: '1',
  PARLANCE_MODEL_ALIASES: 'KJUE-v0=openai/first,KJUE-v1.0=openai/second',
  ...(databaseUrl && { DATABASE_URL: databaseUrl }),
});

export interface Setup {
  tenant: Tenant;
  /** The agent's id in the hub. */
  id: string;
  /** Ids of other records that belong to the setup. */
  ids: Record<string, string>;
}

/** What is observed of one conversation. */
export interface Trace {
  setup: Setup;
  /** The status of its start, and of its first message. */
  startStatus: number;
  answerStatus: number;
  greeting: string | undefined;
  /** The system message and the body of the first request to the model, and the tools in it. */
  system: string;
  request: JsonObject;
  offeredTools: Record<string, string>;
  toolOutputs: string[];
  /** The requests of the analysis, and its result. */
  analysisPrompts: string;
  analysis: Analysis | null;
}

export interface Effect<T> {
  values: [T, T];
  /** Creates the agent in the field's dialect. */
  setUp(tenant: Tenant): Promise<Setup>;
  update(setup: Setup, value: T): Promise<Answer>;
  /** More fields of the conversation; another agent where the effect shows there. */
  start?(setup: Setup): JsonObject;
  say?: string;
  /** The model calls this tool before it answers, if the request offers it. */
  calls?: { name?: string; input: JsonObject };
  observe(trace: Trace): unknown;
  expect: [unknown, unknown];
}

/** The test is named after the field, so that the ledger finds it. */
export function effect<T>(field: string, facts: Effect<T>): void {
  test(`${field}: a conversation from before the update has the old value, the next one the new value`, async () => {
    const tenant = await parlance.workspace();
    const setup = await facts.setUp(tenant);
    const [before, after] = facts.values;
    accepted(await facts.update(setup, before));
    const old = await start(setup, facts);
    accepted(await facts.update(setup, after));
    const next = await start(setup, facts);
    // Open conversations survive a restart, and so do their snapshots.
    await parlance.restart();
    const restarted = { ...setup, tenant: parlance.admit(tenant) };
    const observed = [
      facts.observe(await converse(restarted, old, facts)),
      facts.observe(await converse(restarted, next, facts)),
    ];
    assert.deepEqual(await Promise.all(observed), facts.expect);
  });
}

/** For fields whose effect needs no conversation. */
export function immediateEffect(field: string, show: (tenant: Tenant) => Promise<void>): void {
  test(`${field}: takes effect at once`, async () => show(await parlance.workspace()));
}

export function accepted(answer: Answer): Answer {
  assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
}

const start = ({ tenant, ...setup }: Setup, facts: Pick<Effect<never>, 'start'>) =>
  tenant.ask('native', 'POST', '/conversations', {
    body: { agentId: setup.id, ...facts.start?.({ tenant, ...setup }) },
  });

async function converse(
  setup: Setup,
  started: Answer,
  { say = 'Hello', calls }: Pick<Effect<never>, 'say' | 'calls'>,
): Promise<Trace> {
  const { tenant } = setup;
  server.reset();
  server.always((body) => play(body, calls));
  const path = `/conversations/${started.body['id']}`;
  const reply = await tenant.ask('native', 'POST', `${path}/messages`, { body: { content: say } });
  const [first] = server.requests;
  const messages = (reply.body['messages'] ?? []) as JsonObject[];
  const tools = (first?.body['tools'] ?? []) as { function: { name: string; description: string } }[];
  const requestCount = server.requests.length;
  const system = requestCount > 0 ? server.system(0) : '';
  await tenant.ask('native', 'POST', `${path}/end`);
  while (await parlance.app.services.analysis.work());
  const read = await tenant.ask('native', 'GET', path);
  return {
    setup,
    startStatus: started.status,
    answerStatus: reply.status,
    greeting: ((started.body['messages'] ?? []) as JsonObject[])[0]?.['content'] as string | undefined,
    system,
    request: first?.body ?? {},
    offeredTools: Object.fromEntries(tools.map((tool) => [tool.function.name, tool.function.description])),
    toolOutputs: messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content)),
    analysisPrompts: JSON.stringify(server.requests.slice(requestCount).map(({ body }) => body['messages'])),
    analysis: (read.body['analysis'] ?? null) as Analysis | null,
  };
}

/** The model of these tests: it calls the tool once, and fills a schema of the analysis with the first values that fit. */
function play(body: JsonObject, calls: Effect<never>['calls']): Play {
  const format = body['response_format'] as { json_schema?: { schema: JsonObject } } | undefined;
  if (format?.json_schema) return { json: sampleOf(format.json_schema.schema) };
  const messages = body['messages'] as JsonObject[];
  const offeredTools = ((body['tools'] ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name);
  const name = calls?.name ?? offeredTools[0];
  if (!calls || !name || !offeredTools.includes(name) || messages.some(({ role }) => role === 'tool'))
    return { say: 'Very well.' };
  return { calls: [{ name, input: calls.input }] };
}

function sampleOf(schema: JsonObject): unknown {
  const type = [schema['type']].flat()[0];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (type === 'object')
    return Object.fromEntries(
      Object.entries((schema['properties'] ?? {}) as Record<string, JsonObject>).map(([key, one]) => [
        key,
        sampleOf(one),
      ]),
    );
  if (type === 'array') return [sampleOf(schema['items'] as JsonObject)];
  if (type === 'number') return 50;
  return type === 'boolean' ? true : 'something';
}

/** Those of these texts that the system message contains. */
export const inSystem =
  (...texts: string[]) =>
  ({ system }: Trace): string[] =>
    texts.filter((text) => system.includes(text));

export const NATIVE_PATCH = { 'content-type': 'application/merge-patch+json' };
