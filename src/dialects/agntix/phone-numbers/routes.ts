/** Method and path to service call: phone numbers, and the agents that they are given to. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import type { Services } from '../../../services.ts';
import * as contract from '../agents/contract.ts';
import * as shapes from '../calls/contract.ts';
import { type ById, inDialectTerms, paginated, placeOf, plainIdOf, refuse } from '../shared.ts';

const PATH = '/v1/chat/phone-numbers';

const present = ({ id, number, provider, label, agentId, outboundAgentId, workspaceId, createdAt }: PhoneNumber) => ({
  ...{ id, number, provider, label, agentId },
  inBoundAgentId: agentId,
  outBoundAgentId: outboundAgentId,
  orgId: workspaceId,
  createdAt,
});

const lower = (id: string | null): string | null => id?.toLowerCase() ?? null;

export function numberRoutes(app: FastifyInstance, { phoneNumbers }: Services): void {
  const tag = 'Phone numbers';
  const read = 'voice:read';
  const write = 'voice:write';

  app.get(
    PATH,
    route({
      summary: 'List phone numbers',
      tag,
      scope: read,
      query: contract.PageQuery,
      answer: contract.pageOf(shapes.PhoneNumber),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query);
      const { items, total } = await phoneNumbers.list(caller, place);
      return paginated(items.map(present), total, place);
    },
  );

  app.get(
    '/api/v1/phone-numbers',
    route({
      summary: 'List numbers to call from',
      tag,
      scope: read,
      query: shapes.NumberQuery,
      answer: shapes.Numbers,
    }),
    async ({ caller, query }) => {
      const { page, size } = query as { page?: unknown; size?: unknown };
      const { items } = await phoneNumbers.list(caller, placeOf({ page, limit: size }, 50));
      return {
        items: items.map(({ id, number, provider, label }) => ({ id, phone_number: number, provider, label })),
      };
    },
  );

  app.post(
    PATH,
    route({
      summary: 'Create phone number',
      tag,
      scope: write,
      body: shapes.CreateNumber,
      late: true,
      answer: { status: 201, schema: shapes.PhoneNumber },
    }),
    async ({ caller, body }, reply) => {
      const sent = asObject(body);
      refuse(shapes.CreateNumber, sent);
      const { provider, number, agentId = null, label = null } = sent as shapes.CreateNumber;
      const made = await phoneNumbers.create(caller, { provider, number, label, agentId: lower(agentId) });
      return reply.code(201).send(present(made));
    },
  );

  app.patch<ById>(
    `${PATH}/:id`,
    route({
      summary: 'Update phone number',
      description: 'The inbound agent answers it; the outbound agent calls from it where a call names no agent.',
      tag,
      scope: write,
      body: shapes.UpdateNumber,
      late: true,
      answer: shapes.PhoneNumber,
    }),
    async ({ caller, params, body }) => {
      const { id } = plainIdOf(params);
      const before = await phoneNumbers.get(caller, id);
      const sent = asObject(body);
      refuse(shapes.UpdateNumber, sent);
      const { inBoundAgentId, outBoundAgentId, agentId, label } = sent as shapes.UpdateNumber;
      // Two words for one thing: whichever of them says something new.
      const isNew = (id: string | null | undefined) => id !== undefined && lower(id) !== before.agentId;
      const [said, inbound] = isNew(inBoundAgentId) ? ['inBoundAgentId', inBoundAgentId] : ['agentId', agentId];
      const changes = {
        ...(label !== undefined && { label }),
        // Which of its profiles spoke is nothing that another agent could keep.
        ...(isNew(inbound) && { agentId: lower(inbound ?? null), profileId: null }),
        ...(outBoundAgentId !== undefined && { outboundAgentId: lower(outBoundAgentId) }),
      };
      const names = { agentId: said!, outboundAgentId: 'outBoundAgentId' };
      return present(await inDialectTerms(names, () => phoneNumbers.update(caller, id, changes)));
    },
  );
}
