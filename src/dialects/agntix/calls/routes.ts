/** Routes of calls and their statistics. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, textIdOf, withFieldNames } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const WRITE = { tag: 'Calls', scope: 'voice:write' };
const PLACED =
  'Parlance places the call now if the rules of the agent and the workspace allow it, else as soon as they do. The session shows its status.';
const FIELD_NAMES = { variables: 'session_variables' };

export function callRoutes(app: FastifyInstance, services: Services): void {
  startRoutes(app, services);
  outboundRoute(app, services);
  statsRoute(app, services);
}

function startRoutes(app: FastifyInstance, { calls, phoneNumbers }: Services): void {
  const variants = [
    { path: '/api/v1/phone-numbers', summary: 'Start call', shape: contract.StartCall },
    { path: '/v1/voice/phone-numbers', summary: 'Start voice call', shape: contract.StartVoiceCall },
  ];

  for (const { path, summary, shape } of variants)
    app.post<ById>(
      `${path}/:id/calls/start`,
      route({
        ...WRITE,
        summary,
        description: `${PLACED} The call and its session have the same id.`,
        body: shape,
        handlerChecksBody: true,
        answer: contract.StartedCall,
      }),
      async ({ caller, params, body }) => {
        const number = await phoneNumbers.get(caller, textIdOf(params));
        const draft = mapping.parseStart(asObject(body), number, shape);
        const { id } = await withFieldNames(FIELD_NAMES, () => calls.place(caller, draft));
        return { sessionId: id };
      },
    );
}

function outboundRoute(app: FastifyInstance, { calls, phoneNumbers }: Services): void {
  app.post(
    '/v1/chat/phone-numbers/outbound/call',
    route({
      ...WRITE,
      summary: 'Outbound call',
      description: `${PLACED} The call and its session have the same id.`,
      body: contract.OutboundCall,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.InitiatedCall },
    }),
    async ({ caller, body }, reply) => {
      const draft = mapping.parseOutbound(asObject(body));
      await phoneNumbers.get(caller, draft.numberId);
      const { id } = await calls.place(caller, draft);
      return reply.code(201).send({ callId: id, status: 'INITIATED' });
    },
  );
}

function statsRoute(app: FastifyInstance, { calls }: Services): void {
  app.get(
    '/v1/chat/analytics/calls/stats',
    route({
      tag: 'Analytics',
      scope: 'analytics:read',
      summary: 'Call statistics',
      description: 'Counts the outbound and inbound calls that were created on these days.',
      query: contract.StatsQuery,
      answer: contract.Stats,
    }),
    async ({ caller, query }) => {
      const filter = mapping.parseDays(query as contract.StatsQuery);
      return mapping.formatStats(await calls.totals(caller, filter));
    },
  );
}
