/** Routes of tools. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, formatPage, pageOf, parsePage, uuidOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatTool, parseFilter, parseNewTool, parseTool } from './mapping.ts';

const READ = { tag: 'Tools', scope: 'tools:read' };
const WRITE = { tag: 'Tools', scope: 'tools:write' };
const MANAGE = { tag: 'Tools', scope: 'tools:manage' };

export function toolRoutes(app: FastifyInstance, { tools }: Services): void {
  app.post(
    '/v1/chat/tools',
    route({
      ...WRITE,
      summary: 'Create tool',
      body: contract.CreateTool,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Tool },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(formatTool(await tools.create(caller, parseNewTool(asObject(body))))),
  );

  app.get(
    '/v1/chat/tools',
    route({
      ...READ,
      summary: 'List tools',
      query: contract.ToolListQuery,
      answer: pageOf(contract.Tool),
    }),
    async ({ caller, query }) => {
      const page = parsePage(query);
      const { items, total } = await tools.list(caller, parseFilter(query as contract.ToolListQuery), page);
      return formatPage(items.map(formatTool), total, page);
    },
  );

  app.get<ById>(
    '/v1/chat/tools/:id',
    route({ ...READ, summary: 'Get tool', answer: contract.Tool }),
    async ({ caller, params }) => formatTool(await tools.get(caller, uuidOf(params).id)),
  );

  app.patch<ById>(
    '/v1/chat/tools/:id',
    route({
      ...WRITE,
      summary: 'Update tool',
      body: contract.UpdateTool,
      handlerChecksBody: true,
      answer: contract.Tool,
    }),
    async ({ caller, params, body }) => {
      const before = await tools.get(caller, uuidOf(params).id);
      const parse = (spec: typeof before.spec) => parseTool(asObject(body), { ...before, spec });
      return formatTool(await tools.update(caller, before.id, parse));
    },
  );

  app.delete<ById>(
    '/v1/chat/tools/:id',
    route({ ...MANAGE, summary: 'Delete tool', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await tools.remove(caller, uuidOf(params).id);
      return reply.code(204).send();
    },
  );
}
