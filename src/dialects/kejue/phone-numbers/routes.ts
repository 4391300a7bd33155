/** Routes of phone numbers and their inbound routing. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { type ById, PageQuery, pageOf, pathId } from '../shared.ts';
import * as contract from './contract.ts';
import { formatNumber, formatRouting, parseRoute, routeTo } from './mapping.ts';

const READ = { tag: 'Phone numbers', scope: 'phone-numbers:read' };
const WRITE = { tag: 'Phone numbers', scope: 'phone-numbers:write' };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'number_missing');

export function phoneNumberRoutes(app: FastifyInstance, { agents, phoneNumbers }: Services): void {
  app.get(
    '/phone-numbers',
    route({ ...READ, summary: 'List phone numbers', query: PageQuery, answer: contract.PhoneNumberList }),
    async ({ caller, query }) => {
      const page = pageOf(query as PageQuery);
      const { items, total } = await phoneNumbers.list(caller, page);
      return { phone_numbers: items.map(formatNumber), total, ...page };
    },
  );

  app.put<ById>(
    '/phone-numbers/:id/inbound-routing',
    route({
      ...WRITE,
      summary: 'Set inbound routing',
      body: contract.RouteBody,
      handlerChecksBody: true,
      answer: contract.Routing,
    }),
    async ({ caller, params, body, protocol, host }) => {
      const { id } = await phoneNumbers.get(caller, idOf(params));
      const profileId = parseRoute(asObject(body));
      const agent = isUuid(profileId) ? await agents.findByProfile(caller, profileId) : undefined;
      await phoneNumbers.update(caller, id, routeTo(agent, profileId));
      return formatRouting(id, profileId, `${protocol}://${host}`);
    },
  );

  app.delete<ById>(
    '/phone-numbers/:id/inbound-routing',
    route({ ...WRITE, summary: 'Remove inbound routing', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await phoneNumbers.update(caller, idOf(params), { agentId: null, profileId: null });
      return reply.code(204).send();
    },
  );
}
