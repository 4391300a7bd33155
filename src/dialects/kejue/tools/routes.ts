/** Routes of custom tools. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, type PageQuery, pageOf, pathId } from '../shared.ts';
import * as contract from './contract.ts';
import { formatTool, parseTool } from './mapping.ts';

const READ = { tag: 'Tools', scope: 'tools:read' };
const WRITE = { tag: 'Tools', scope: 'tools:write' };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'tool_missing');

export function toolRoutes(app: FastifyInstance, { tools }: Services): void {
  app.post(
    '/tools',
    route({
      ...WRITE,
      summary: 'Create tool',
      body: contract.CreateTool,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Tool },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(formatTool(await tools.create(caller, parseTool(asObject(body))))),
  );

  app.get(
    '/tools',
    route({ ...READ, summary: 'List tools', query: contract.ToolQuery, answer: contract.ToolList }),
    async ({ caller, query }) => {
      const { items, total } = await tools.list(caller, {}, pageOf(query as PageQuery));
      return { tools: items.map(formatTool), total };
    },
  );

  app.get<ById>(
    '/tools/:id',
    route({ ...READ, summary: 'Get tool', answer: contract.Tool }),
    async ({ caller, params }) => formatTool(await tools.get(caller, idOf(params))),
  );

  app.patch<ById>(
    '/tools/:id',
    route({
      ...WRITE,
      summary: 'Update tool',
      body: contract.UpdateTool,
      handlerChecksBody: true,
      answer: contract.Tool,
    }),
    async ({ caller, params, body }) =>
      formatTool(await tools.update(caller, idOf(params), (before) => parseTool(asObject(body), before))),
  );

  app.delete<ById>(
    '/tools/:id',
    route({ ...WRITE, summary: 'Delete tool', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await tools.remove(caller, idOf(params));
      return reply.code(204).send();
    },
  );
}
