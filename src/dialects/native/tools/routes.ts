/** Routes of tools. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import type { Tool, ToolSpec } from '../../../tools/tool.ts';
import { crudRoutes } from '../crud.ts';
import { SearchQuery } from '../paging.ts';
import * as contract from './contract.ts';
import { formatTool, parsePatch, parseTool } from './mapping.ts';

export function toolRoutes(app: FastifyInstance, { tools }: Services): void {
  crudRoutes<Tool>(app, {
    path: '/tools',
    tag: 'Tools',
    noun: 'tool',
    missing: 'tool_missing',
    input: contract.ToolInput,
    patch: contract.ToolPatch,
    shape: contract.Tool,
    query: SearchQuery,
    create: (caller, body) => tools.create(caller, parseTool(body as ToolSpec)),
    list: (caller, query, page) => tools.list(caller, query, page),
    update: (caller, id, patch) => tools.update(caller, id, (spec) => parsePatch(patch, spec)),
    service: tools,
    format: formatTool,
  });
}
