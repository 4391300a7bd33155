/** Routes of agents. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Agent } from '../../../agents/agent.ts';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { listOf } from '../contract.ts';
import { AgentQuery, AgentThen } from '../history/contract.ts';
import { type ById, cursorOf, idOf, notACursor, placeOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatAgent, formatReceipt, parseAgent, patched, referencesOf } from './mapping.ts';

const placeAfter = ({ agent }: { agent: Agent }): string => `${agent.createdAt} ${agent.id}`;

const isJsonPatch = ({ headers }: FastifyRequest): boolean =>
  /^application\/json-patch\+json/i.test(headers['content-type'] ?? '');

/** A JSON Patch must be a list. An object with that content type is refused. */
function asOperations(body: unknown): unknown[] {
  if (!Array.isArray(body)) throw new Fault('invalid_body', { message: 'A JSON Patch must be a list of operations.' });
  return body;
}

const labelOrRevision = () =>
  new Fault('invalid_query', {
    issues: [{ path: 'label', message: 'cannot go with revision', rule: 'not' }],
    message: 'label cannot go with revision',
  });

export function agentRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { agents }: Services): void {
  const tag = 'Agents';

  app.post(
    '/agents',
    route({
      summary: 'Create agent',
      tag,
      scope: 'agents:write',
      body: contract.AgentDraft,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.WrittenAgent },
    }),
    async (request, reply) => {
      const body = asObject(request.body);
      const view = await agents.create(request.caller, {
        lookups: () => referencesOf(body),
        edits: (view) => parseAgent(body, view),
      });
      return reply.code(201).send({ ...formatAgent(view), receipt: formatReceipt(request.caller) });
    },
  );

  app.get(
    '/agents',
    route({
      summary: 'List agents',
      tag,
      scope: 'agents:read',
      query: contract.AgentListQuery,
      answer: listOf(contract.Agent),
    }),
    async ({ caller, query }) => {
      const {
        limit = 50,
        cursor,
        status,
        ...filter
      } = query as { limit?: number; cursor?: string; status?: string; search?: string; language?: string };
      const [createdAt = '', id = ''] = cursor ? placeOf(cursor).split(' ') : [];
      if (cursor && !isUuid(id)) throw notACursor();
      const views = await agents.list(
        caller,
        { ...filter, ...(status && { status: [status] }) },
        { by: 'createdAt', direction: 'desc' },
        { limit: limit + 1, ...(cursor && { after: { createdAt, id } }) },
      );
      const data = views.slice(0, limit);
      return {
        data: data.map(formatAgent),
        nextCursor: views.length > limit ? cursorOf(placeAfter(data.at(-1)!)) : null,
      };
    },
  );
}

function memberRoutes(app: FastifyInstance, { agents, history }: Services): void {
  const tag = 'Agents';

  app.get<ById>(
    '/agents/:id',
    route({
      summary: 'Get agent',
      tag,
      scope: 'agents:read',
      query: AgentQuery,
      answer: AgentThen,
    }),
    async (request) => {
      const { caller } = request;
      const ref = { id: idOf(request, 'agent_missing') };
      const { label: name, revision } = request.query as { label?: string; revision?: number };
      if (name !== undefined && revision !== undefined) throw labelOrRevision();
      if (revision !== undefined) return formatAgent(await history.at(caller, ref, revision));
      if (name === undefined) return formatAgent(await agents.get(caller, ref));
      const { view, label } = await history.getByLabel(caller, ref, name);
      return { ...formatAgent(view), label };
    },
  );

  app.patch<ById>(
    '/agents/:id',
    route({
      summary: 'Update agent',
      tag,
      scope: 'agents:write',
      body: { ...contract.AgentPatch, 'x-kinds': contract.PATCH_KINDS },
      handlerChecksBody: true,
      answer: contract.WrittenAgent,
    }),
    async (request) => {
      const { body, caller } = request;
      const ref = { id: idOf(request, 'agent_missing') };
      const { view } = await agents.update(caller, ref, {
        lookups: () => referencesOf(body),
        edits: (view) => parseAgent(isJsonPatch(request) ? patched(asOperations(body), view) : asObject(body), view),
      });
      return { ...formatAgent(view), receipt: formatReceipt(caller) };
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ summary: 'Delete agent', tag, scope: 'agents:write', answer: { status: 204 } }),
    async (request, reply) => {
      await agents.remove(request.caller, { id: idOf(request, 'agent_missing') });
      return reply.code(204).send();
    },
  );
}
