/**
 * What the parts cost that Parlance is made of: Fastify, the store and JSON, with nothing in between. It reads the head,
 * changes the greeting, writes the revision and its entry in the journal, and answers with the agent. No key is checked,
 * nothing is judged, counted or sealed.
 */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { defaultProfile } from '../src/model/agent.ts';
import type { JsonObject } from '../src/model/values.ts';
import { newId } from '../src/services/ids.ts';
import { openStore, type Store } from '../src/store/index.ts';
import { fill } from './agents.ts';
import { answering } from './children.ts';

export interface Question {
  directory: string;
  agents: number;
}
export interface Answer {
  port: number;
}

type Body = { profiles: { '@default': { greeting: { text: string } } } };

const WORKSPACE = '01900000-0000-7000-a000-000000000000';
let store: Store | undefined;
let http: FastifyInstance | undefined;

async function update({ agents }: Store, id: string, { profiles }: Body): Promise<JsonObject> {
  const { text } = profiles['@default'].greeting;
  for (;;) {
    const { agent } = (await agents.head(WORKSPACE, { id }))!;
    const { document: before, ...identity } = agent;
    const profile = defaultProfile(before)!;
    const greeting = { ...profile.greeting, text };
    const document = { ...before, profiles: { ...before.profiles, [profile.id]: { ...profile, greeting } } };
    const at = new Date().toISOString();
    const path = `profiles.${profile.id}.greeting.text`;
    const entry = {
      id: newId(new Date()),
      at,
      by: 'bench',
      via: 'native',
      action: 'agent.updated',
      target: id,
    } as const;
    const next = { document, edits: [{ op: 'set' as const, path, value: text }] };
    if (await agents.revise(agent, next, { ...entry, revision: agent.revision + 1, detail: { changed: [path] } }))
      return { ...identity, revision: agent.revision + 1, updatedAt: at, ...document };
  }
}

answering<Question, Answer>(
  async ({ directory, agents }) => {
    mkdirSync(directory, { recursive: true });
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
