/** Phone numbers: who answers them. Kejue has no list of them; ours is an extension. */
import type { FastifyInstance } from 'fastify';
import { Fault, invalid, invalidAt } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import { isUuid } from '../../../lib/text.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { named } from '../shared.ts';

interface ById {
  Params: { id: string };
}

const RouteBody = s.object({ voice_config_id: s.string() });
const Routing = s.object({
  phone_id: s.string(),
  voice_config_id: s.string(),
  inbound_routing_status: s.oneOf(['approved']),
  webhook_url: s.string(),
  provisioning: s.oneOf(['self_serve']),
});
const KejueNumber = s.object({
  id: s.string(),
  number: s.string(),
  provider: s.string(),
  label: s.nullable(s.string()),
  persona_id: s.nullable(s.string()),
  voice_config_id: s.nullable(s.string()),
  is_inbound: s.boolean(),
  is_outbound: s.boolean(),
  created_at: s.string(),
  updated_at: s.string(),
});
const NumberQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
const NumberList = s.object({
  phone_numbers: s.array(KejueNumber),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});

/** Any number of a workspace calls and is called. */
const formatNumber = (number: PhoneNumber): s.Static<typeof KejueNumber> => ({
  id: number.id,
  number: number.number,
  provider: number.provider,
  label: number.label,
  persona_id: number.agentId,
  voice_config_id: number.profileId,
  is_inbound: true,
  is_outbound: true,
  created_at: number.createdAt,
  updated_at: number.updatedAt,
});

const idOf = ({ id }: ById['Params']): string => {
  if (!isUuid(id)) throw new Fault('number_missing', { id });
  return id.toLowerCase();
};

export function numberRoutes(app: FastifyInstance, { agents, phoneNumbers }: Services): void {
  const tag = 'Phone numbers';
  const read = 'phone-numbers:read';
  const write = 'phone-numbers:write';

  const speakerOf = async (caller: Caller, id: string) => {
    const refuse = (message: string) => invalidAt('voice_config_id', message, 'reference');
    const agent = isUuid(id) ? await agents.withProfile(caller, named(id)) : undefined;
    if (!agent) throw refuse('refers to a voice configuration that does not exist');
    if (!agent.document.profiles[named(id)]!.active) throw refuse('is a voice configuration that is switched off');
    return { agentId: agent.id, profileId: named(id) };
  };

  app.get(
    '/phone-numbers',
    route({ summary: 'List phone numbers', tag, scope: read, query: NumberQuery, answer: NumberList }),
    async ({ caller, query }) => {
      const { limit = 100, offset = 0 } = query as s.Static<typeof NumberQuery>;
      const { items, total } = await phoneNumbers.list(caller, { limit, offset });
      return { phone_numbers: items.map(formatNumber), total, limit, offset };
    },
  );

  app.put<ById>(
    '/phone-numbers/:id/inbound-routing',
    route({
      summary: 'Set inbound routing',
      tag,
      scope: write,
      body: RouteBody,
      late: true,
      answer: Routing,
    }),
    async ({ caller, params, body, protocol, host }) => {
      const { id } = await phoneNumbers.get(caller, idOf(params));
      const sent = asObject(body);
      const issues = issuesOf(RouteBody, sent);
      if (issues.length > 0) throw invalid(issues);
      const speaker = await speakerOf(caller, (sent as s.Static<typeof RouteBody>).voice_config_id);
      await phoneNumbers.update(caller, id, speaker);
      return {
        phone_id: id,
        voice_config_id: speaker.profileId,
        inbound_routing_status: 'approved',
        webhook_url: `${protocol}://${host}/inbound/${speaker.profileId}/twiml`,
        provisioning: 'self_serve',
      };
    },
  );

  app.delete<ById>(
    '/phone-numbers/:id/inbound-routing',
    route({ summary: 'Remove inbound routing', tag, scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await phoneNumbers.update(caller, idOf(params), { agentId: null, profileId: null });
      return reply.code(204).send();
    },
  );
}
