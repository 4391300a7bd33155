/** Routes of agents. */
import type { FastifyInstance } from 'fastify';
import type { AgentRef } from '../../../agents/service.ts';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { listOf, readPage } from '../paging.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const { read, write } = scopedRoutes('Agents', 'agents');
const refOf = (request: { params: unknown }): AgentRef => ({ id: idOf(request, 'agent_missing') });

export function agentRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { agents }: Services): void {
  app.post(
    '/agents',
    write({
      summary: 'Create agent',
      body: contract.AgentDraft,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.WrittenAgent },
    }),
    async (request, reply) => {
      const body = asObject(request.body);
      const view = await agents.create(request.caller, {
        lookups: () => mapping.referencesOf(body),
        edits: (view) => mapping.parseAgent(body, view),
      });
      return reply.code(201).send(mapping.formatWritten(view, request.caller));
    },
  );

  app.get(
    '/agents',
    read({ summary: 'List agents', query: contract.AgentListQuery, answer: listOf(contract.Agent) }),
    async ({ caller, query }) => {
      const { limit, filter, after } = mapping.parseListQuery(query as contract.AgentListQuery);
      const order = { by: 'createdAt', direction: 'desc' } as const;
      const list = (limit: number) => agents.list(caller, filter, order, { limit, ...after });
      const { items, nextCursor } = await readPage(limit, list, mapping.placeInList);
      return { data: items.map(mapping.formatAgent), nextCursor };
    },
  );
}

function memberRoutes(app: FastifyInstance, services: Services): void {
  const { agents } = services;

  app.get<ById>(
    '/agents/:id',
    read({ summary: 'Get agent', query: contract.AgentQuery, answer: contract.SelectedAgent }),
    async (request) => {
      const ref = refOf(request);
      return readAgent(services, request.caller, ref, mapping.parseSelection(request.query as contract.AgentQuery));
    },
  );

  app.patch<ById>(
    '/agents/:id',
    write({
      summary: 'Update agent',
      body: { ...contract.AgentPatch, 'x-kinds': contract.PATCH_KINDS },
      handlerChecksBody: true,
      answer: contract.WrittenAgent,
    }),
    async (request) => {
      const { body, caller, headers } = request;
      const { view } = await agents.update(caller, refOf(request), {
        lookups: () => mapping.referencesOf(body),
        edits: (view) => mapping.parsePatch(body, headers['content-type'], view),
      });
      return mapping.formatWritten(view, caller);
    },
  );

  app.delete<ById>(
    '/agents/:id',
    write({ summary: 'Delete agent', answer: { status: 204 } }),
    async (request, reply) => {
      await agents.remove(request.caller, refOf(request));
      return reply.code(204).send();
    },
  );
}

/** The agent as it is now, at one revision, or at the revision with one label. */
async function readAgent(
  { agents, history }: Services,
  caller: Caller,
  ref: AgentRef,
  { label: name, revision }: contract.AgentQuery,
) {
  if (revision !== undefined) return mapping.formatAgent(await history.at(caller, ref, revision));
  if (name === undefined) return mapping.formatAgent(await agents.get(caller, ref));
  const { view, label } = await history.getByLabel(caller, ref, name);
  return { ...mapping.formatAgent(view), label };
}
