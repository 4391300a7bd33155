/**
 * The parts of Parlance with nothing between them: Fastify, the store and JSON. It reads the head, changes the greeting,
 * writes the revision and its audit entry, and answers with the agent. It checks no key and no schema, counts no rate and
 * writes no hash chain.
 */
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { defaultProfile } from '../src/agents/agent.ts';
import { applyOne } from '../src/agents/change/apply.ts';
import { set } from '../src/agents/change/edit.ts';
import { newId } from '../src/lib/ids.ts';
import type { JsonObject } from '../src/lib/values.ts';
import { openStore, type Store } from '../src/stores.ts';
import { fill, WORKSPACE } from './agents.ts';
import { answerQuestions } from './children.ts';

export interface Question {
  directory: string;
  agents: number;
}
export interface Answer {
  port: number;
}

type Body = { profiles: { '@default': { greeting: { text: string } } } };

let store: Store | undefined;
let http: FastifyInstance | undefined;

async function update({ agents }: Store, id: string, { profiles }: Body): Promise<JsonObject> {
  const { text } = profiles['@default'].greeting;
  for (;;) {
    const { agent } = (await agents.head(WORKSPACE, { id }))!;
    const { document: before, ...identity } = agent;
    const path = `profiles.${defaultProfile(before)!.id}.greeting.text`;
    const edit = set(path, text);
    const document = applyOne(before, edit);
    const now = new Date();
    const at = now.toISOString();
    const revision = agent.revision + 1;
    const event = { action: 'agent.updated', target: id, revision, detail: { changed: [path] } };
    const entry = { ...event, id: newId(now), at, by: 'bench', via: 'native' as const };
    if (await agents.revise(agent, { document, edits: [edit] }, entry))
      return { ...identity, revision, updatedAt: at, ...document };
  }
}

answerQuestions<Question, Answer>(
  async ({ directory, agents }) => {
    const opened = await openStore({ databaseUrl: undefined, dataDirectory: directory }, () => new Date());
    store = opened;
    await fill(opened, directory, WORKSPACE, agents);
    http = fastify();
    http.patch<{ Params: { id: string }; Body: Body }>('/agents/:id', ({ params, body }) =>
      update(opened, params.id, body),
    );
    await http.listen({ host: '127.0.0.1', port: 0 });
    return { port: (http.server.address() as AddressInfo).port };
  },
  async () => {
    await http?.close();
    await store?.close();
  },
);
