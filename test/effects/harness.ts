/**
 * Shows what a field does: it is updated in its own tongue between the beginnings of two conversations, and what is
 * seen in the one, begun before, must be the old value, and in the other the new one. Seen is what reaches the model
 * server, what the agent says first, what may begin, and what is found afterwards. In between the server is started anew.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analysis } from '../../src/conversations/conversation.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { type Answer, openTestServer, type Tenant } from '../harness.ts';
import { environmentOf, type Play, startModelServer } from '../providers/model-server.ts';
import { ownDatabase } from '../stores/database.ts';

export const server = await startModelServer();
// Looking back concerns every workspace at once.
const databaseUrl = await ownDatabase();
const parlance = await openTestServer({
  ...environmentOf(server),
  PARLANCE_ALLOW_PRIVATE_TARGETS: '1',
  PARLANCE_MODEL_ALIASES: 'KJUE-v0=openai/first,KJUE-v1.0=openai/second',
  ...(databaseUrl && { DATABASE_URL: databaseUrl }),
});

export interface Stage {
  tenant: Tenant;
  /** The agent's id in the hub. */
  id: string;
  /** Whatever else was prepared. */
  more: Record<string, string>;
}

/** What can be seen of one conversation. */
export interface Trace {
  stage: Stage;
  /** How its beginning was answered, and its later message. */
  begun: number;
  answered: number;
  greeting: string | undefined;
  /** What the model was asked with, the first time and after tools. */
  system: string;
  request: JsonObject;
  offered: Record<string, string>;
  /** What tools answered. */
  outputs: string[];
  /** What was asked afterwards, and what was found. */
  judged: string;
  analysis: Analysis | null;
}

export interface Effect<T> {
  values: [T, T];
  /** Makes the agent, in the field's tongue. */
  stage(tenant: Tenant): Promise<Stage>;
  update(stage: Stage, value: T): Promise<Answer>;
  /** What a conversation is begun with besides its agent; another agent where the effect is seen there. */
  begin?(stage: Stage): JsonObject;
  say?: string;
  /** The model calls this tool, if it is offered, before it answers. */
  calls?: { name?: string; input: JsonObject };
  observe(trace: Trace): unknown;
  expect: [unknown, unknown];
}

/** The name of the test is that of the field, which the ledger looks for. */
export function effect<T>(field: string, facts: Effect<T>): void {
  test(`${field}: the old value in what began before the update, the new one in what begins after`, async () => {
    const tenant = await parlance.workspace();
    const stage = await facts.stage(tenant);
    const [before, after] = facts.values;
    accepted(await facts.update(stage, before));
    const old = await begin(stage, facts);
    accepted(await facts.update(stage, after));
    const fresh = await begin(stage, facts);
    // What is open survives the server, and so does what it runs on.
    await parlance.restart();
    const again = { ...stage, tenant: parlance.admit(tenant) };
    const seen = [facts.observe(await talk(again, old, facts)), facts.observe(await talk(again, fresh, facts))];
    assert.deepEqual(await Promise.all(seen), facts.expect);
  });
}

/** For fields that no conversation has a part in. */
export function shownAtOnce(field: string, show: (tenant: Tenant) => Promise<void>): void {
  test(`${field}: shown at once`, async () => show(await parlance.workspace()));
}

export function accepted(answer: Answer): Answer {
  assert.ok(answer.status >= 200 && answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
}

const begin = ({ tenant, ...stage }: Stage, facts: Pick<Effect<never>, 'begin'>) =>
  tenant.ask('native', 'POST', '/conversations', {
    body: { agentId: stage.id, ...facts.begin?.({ tenant, ...stage }) },
  });

async function talk(
  stage: Stage,
  begun: Answer,
  { say = 'Hello', calls }: Pick<Effect<never>, 'say' | 'calls'>,
): Promise<Trace> {
  const { tenant } = stage;
  server.reset();
  server.always((body) => played(body, calls));
  const path = `/conversations/${begun.body['id']}`;
  const said = await tenant.ask('native', 'POST', `${path}/messages`, { body: { content: say } });
  const [first] = server.requests;
  const messages = (said.body['messages'] ?? []) as JsonObject[];
  const tools = (first?.body['tools'] ?? []) as { function: { name: string; description: string } }[];
  const asked = server.requests.length;
  const system = asked > 0 ? server.system(0) : '';
  await tenant.ask('native', 'POST', `${path}/end`);
  while (await parlance.app.services.analysis.work());
  const read = await tenant.ask('native', 'GET', path);
  return {
    stage,
    begun: begun.status,
    answered: said.status,
    greeting: ((begun.body['messages'] ?? []) as JsonObject[])[0]?.['content'] as string | undefined,
    system,
    request: first?.body ?? {},
    offered: Object.fromEntries(tools.map((tool) => [tool.function.name, tool.function.description])),
    outputs: messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content)),
    judged: JSON.stringify(server.requests.slice(asked).map(({ body }) => body['messages'])),
    analysis: (read.body['analysis'] ?? null) as Analysis | null,
  };
}

/** Speaks, calls what it was told to call once, and judges anything with the first value that fits. */
function played(body: JsonObject, calls: Effect<never>['calls']): Play {
  const format = body['response_format'] as { json_schema?: { schema: JsonObject } } | undefined;
  if (format?.json_schema) return { json: sampleOf(format.json_schema.schema) };
  const messages = body['messages'] as JsonObject[];
  const offered = ((body['tools'] ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name);
  const name = calls?.name ?? offered[0];
  if (!calls || !name || !offered.includes(name) || messages.some(({ role }) => role === 'tool'))
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

/** Those of two texts that the model was told. */
export const told =
  (...texts: string[]) =>
  ({ system }: Trace): string[] =>
    texts.filter((text) => system.includes(text));

export const NATIVE_PATCH = { 'content-type': 'application/merge-patch+json' };
