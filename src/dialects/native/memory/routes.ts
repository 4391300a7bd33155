/** Routes of the memory of a contact. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatMemory, parsePatch } from './mapping.ts';

const { read, write } = scopedRoutes('Contacts', 'contacts');

export function memoryRoutes(app: FastifyInstance, { memory }: Services): void {
  app.get<ById>(
    '/contacts/:id/memory',
    read({ summary: 'Get contact memory', answer: contract.Memory }),
    async (request) => {
      const id = idOf(request, 'contact_missing');
      return formatMemory(id, await memory.get(request.caller, id));
    },
  );
  app.patch<ById>(
    '/contacts/:id/memory',
    write({
      summary: 'Update contact memory',
      description: 'Facts replace those of the same name, null removes a fact, and omitted facts stay.',
      body: contract.MemoryPatch,
      handlerChecksBody: true,
      answer: contract.Memory,
    }),
    async (request) => {
      const body = asObject(request.body);
      const id = idOf(request, 'contact_missing');
      return formatMemory(id, await memory.patch(request.caller, id, () => parsePatch(body)));
    },
  );
  app.delete<ById>(
    '/contacts/:id/memory',
    write({ summary: 'Delete contact memory', answer: { status: 204 } }),
    async (request, reply) => {
      await memory.remove(request.caller, idOf(request, 'contact_missing'));
      return reply.code(204).send();
    },
  );
}
