/** Routes of the memory of a contact: read, change, clear. */
import type { FastifyInstance } from 'fastify';
import { factIssues } from '../../../conversations/memory/memory.ts';
import { invalid } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { parsed } from '../calls/routes.ts';
import { MemoryPatch, MemoryShape } from '../knowledge/contract.ts';
import { formatMemory } from '../knowledge/mapping.ts';
import { type ById, idOf } from '../shared.ts';

const tag = 'Contacts';

export function memoryRoutes(app: FastifyInstance, { memory }: Services): void {
  app.get<ById>(
    '/contacts/:id/memory',
    route({ summary: 'Get contact memory', tag, scope: 'contacts:read', answer: MemoryShape }),
    async (request) => {
      const id = idOf(request, 'contact_missing');
      return formatMemory(id, await memory.get(request.caller, id));
    },
  );
  app.patch<ById>(
    '/contacts/:id/memory',
    route({
      summary: 'Update contact memory',
      description: 'A fact replaces the one with the same name, null deletes one, and other facts stay.',
      tag,
      scope: 'contacts:write',
      body: MemoryPatch,
      handlerChecksBody: true,
      answer: MemoryShape,
    }),
    async (request) => {
      const patch = asObject(request.body);
      const id = idOf(request, 'contact_missing');
      const kept = await memory.patch(request.caller, id, () => {
        const { global = {}, agents = {} } = parsed<{ global?: JsonObject; agents?: Record<string, JsonObject> }>(
          MemoryPatch,
          patch,
        );
        const parts = Object.entries(agents).map(([agentId, facts]) => [facts, `agents.${agentId}`] as const);
        const issues = [[global, 'global'] as const, ...parts].flatMap(([facts, path]) => factIssues(facts, path));
        if (issues.length > 0) throw invalid(issues);
        return { global, agents };
      });
      return formatMemory(id, kept);
    },
  );
  app.delete<ById>(
    '/contacts/:id/memory',
    route({ summary: 'Delete contact memory', tag, scope: 'contacts:write', answer: { status: 204 } }),
    async (request, reply) => {
      await memory.remove(request.caller, idOf(request, 'contact_missing'));
      return reply.code(204).send();
    },
  );
}
