/** Method and path to service call: tools. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import * as contract from '../agents/contract.ts';
import { type ById, idOf, paginated, placeOf } from '../shared.ts';
import { formatTool, kindOf, parseNewTool, parseTool } from './mapping.ts';

export function toolRoutes(app: FastifyInstance, { tools }: Services): void {
  const tag = 'Tools';
  const read = 'tools:read';
  const write = 'tools:write';
  const manage = 'tools:manage';

  app.post(
    '/v1/chat/tools',
    route({
      summary: 'Create tool',
      tag,
      scope: write,
      body: contract.CreateTool,
      late: true,
      answer: { status: 201, schema: contract.Tool },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(formatTool(await tools.create(caller, parseNewTool(asObject(body))))),
  );

  app.get(
    '/v1/chat/tools',
    route({
      summary: 'List tools',
      tag,
      scope: read,
      query: contract.ToolListQuery,
      answer: contract.pageOf(contract.Tool),
    }),
    async ({ caller, query }) => {
      const { search, type } = query as { search?: string; type?: (typeof contract.TOOL_TYPES)[number] };
      const filter = { ...(search && { search }), ...(type && { kind: kindOf(type) }) };
      const place = placeOf(query);
      const { items, total } = await tools.list(caller, filter, place);
      return paginated(items.map(formatTool), total, place);
    },
  );

  app.get<ById>(
    '/v1/chat/tools/:id',
    route({ summary: 'Get tool', tag, scope: read, answer: contract.Tool }),
    async ({ caller, params }) => formatTool(await tools.get(caller, idOf(params).id)),
  );

  app.patch<ById>(
    '/v1/chat/tools/:id',
    route({
      summary: 'Update tool',
      tag,
      scope: write,
      body: contract.UpdateTool,
      late: true,
      answer: contract.Tool,
    }),
    async ({ caller, params, body }) => {
      const before = await tools.get(caller, idOf(params).id);
      const parse = (spec: typeof before.spec) => parseTool(asObject(body), { ...before, spec });
      return formatTool(await tools.update(caller, before.id, parse));
    },
  );

  app.delete<ById>(
    '/v1/chat/tools/:id',
    route({ summary: 'Delete tool', tag, scope: manage, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await tools.remove(caller, idOf(params).id);
      return reply.code(204).send();
    },
  );
}
