import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { maskedTool, unmaskedTool } from '../../../tools/secrets.ts';
import type { ToolSpec } from '../../../tools/tool.ts';
import { parseTool } from '../agents/mapping.ts';
import { SearchQuery } from '../contract.ts';
import { crudRoutes, stamped } from '../crud.ts';
import * as contract from './contract.ts';

export function toolRoutes(app: FastifyInstance, { tools }: Services): void {
  crudRoutes<Awaited<ReturnType<typeof tools.get>>>(app, {
    path: '/tools',
    tag: 'Tools',
    noun: 'tool',
    missing: 'tool_missing',
    input: contract.ToolInput,
    patch: contract.ToolPatch,
    shape: contract.Tool,
    query: SearchQuery,
    create: (caller, body) => tools.create(caller, unmaskedTool(body as ToolSpec, undefined)),
    list: (caller, query, where) => tools.list(caller, query, where),
    update: (caller, id, patch) => tools.update(caller, id, (spec) => parseTool(patch, spec)),
    service: tools,
    format: (tool) => stamped(tool, maskedTool(tool.spec)),
  });
}
