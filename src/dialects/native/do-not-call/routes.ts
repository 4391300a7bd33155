/** Routes of the do-not-call list. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { decodeCursor, ListQuery, listOf, readPage } from '../paging.ts';
import { scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatEntry } from './mapping.ts';

interface ByPhone {
  Params: { phone: string };
}

const { read, write } = scopedRoutes('Do not call', 'calls');

export function doNotCallRoutes(app: FastifyInstance, { calls: { doNotCall } }: Services): void {
  app.get(
    '/do-not-call',
    read({
      summary: 'List do-not-call numbers',
      description: 'In the order of the numbers.',
      query: ListQuery,
      answer: listOf(contract.DoNotCallEntry),
    }),
    async ({ caller, query }) => {
      const { limit, cursor } = query as ListQuery;
      const list = (limit: number) => doNotCall.list(caller, limit, cursor && decodeCursor(cursor));
      const { items, nextCursor } = await readPage(limit, list, ({ phone }) => phone);
      return { data: items.map(formatEntry), nextCursor };
    },
  );
  app.post(
    '/do-not-call',
    write({
      summary: 'Call numbers no more',
      description:
        'No campaign and no API calls these numbers from now on. A waiting call is blocked when it is due. Existing entries stay as they are.',
      body: contract.DoNotCallInput,
      answer: { status: 204 },
    }),
    async ({ caller, body }, reply) => {
      const { phones, reason = null } = body as contract.DoNotCallInput;
      await doNotCall.add(caller, phones, reason);
      return reply.code(204).send();
    },
  );
  app.delete<ByPhone>(
    '/do-not-call/:phone',
    write({ summary: 'Allow calls to number', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await doNotCall.remove(caller, params.phone);
      return reply.code(204).send();
    },
  );
}
