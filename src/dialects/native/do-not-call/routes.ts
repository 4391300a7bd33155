/** Routes of the do-not-call list. */
import type { FastifyInstance } from 'fastify';
import type { DoNotCallEntry } from '../../../calling/call.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import * as contract from '../calls/contract.ts';
import { ListQuery, listOf } from '../contract.ts';
import { cursorOf, placeOf } from '../shared.ts';

interface ByPhone {
  Params: { phone: string };
}

const tag = 'Do not call';
const read = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'calls:read' });
const write = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'calls:write' });

const formatDoNotCall = ({ phone, reason, at, by }: DoNotCallEntry) => ({ phone, reason, at, by });

export function doNotCallRoutes(app: FastifyInstance, { calls: { doNotCall } }: Services): void {
  app.get(
    '/do-not-call',
    read({
      summary: 'List do-not-call numbers',
      description: 'By their numbers.',
      query: ListQuery,
      answer: listOf(contract.DoNotCallShape),
    }),
    async ({ caller, query }) => {
      const { limit = 50, cursor } = query as { limit?: number; cursor?: string };
      const found = await doNotCall.list(caller, limit + 1, cursor && placeOf(cursor));
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return { data: shown.map(formatDoNotCall), nextCursor: last ? cursorOf(last.phone) : null };
    },
  );
  app.post(
    '/do-not-call',
    write({
      summary: 'Call numbers no more',
      description:
        'None of them is called from now on, by no campaign and no API; calls that wait are blocked when they are due. Those that are on the list already stay as they are.',
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
