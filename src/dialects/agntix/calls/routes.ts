/** Method and path to service call: calls, and what they come to. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, inDialectTerms, plainIdOf, refuse } from '../shared.ts';
import * as contract from './contract.ts';
import * as calls from './mapping.ts';

const PLACED =
  'The call is placed now if the rules of the agent and the workspace allow it, else as soon as they do; the session says which.';

export function callRoutes(app: FastifyInstance, services: Services): void {
  const tag = 'Calls';
  const { phoneNumbers } = services;
  const variants = [
    { path: '/api/v1/phone-numbers', summary: 'Start call', shape: contract.StartCall },
    { path: '/v1/voice/phone-numbers', summary: 'Start voice call', shape: contract.StartVoiceCall },
  ];

  for (const { path, summary, shape } of variants)
    app.post<ById>(
      `${path}/:id/calls/start`,
      route({
        summary,
        description: `${PLACED} Its id is that of the session, from now on.`,
        tag,
        scope: 'voice:write',
        body: shape,
        late: true,
        answer: contract.StartedCall,
      }),
      async ({ caller, params, body }) => {
        const number = await phoneNumbers.get(caller, plainIdOf(params).id);
        const draft = calls.parseStart(asObject(body), number, shape);
        const call = await inDialectTerms({ variables: 'session_variables' }, () =>
          services.calls.place(caller, draft),
        );
        return { sessionId: call.id };
      },
    );

  app.post(
    '/v1/chat/phone-numbers/outbound/call',
    route({
      summary: 'Outbound call',
      description: `${PLACED} The id of the call is that of its session.`,
      tag,
      scope: 'voice:write',
      body: contract.OutboundCall,
      late: true,
      answer: { status: 201, schema: contract.InitiatedCall },
    }),
    async ({ caller, body }, reply) => {
      const said = asObject(body);
      refuse(contract.OutboundCall, said);
      const draft = calls.parseOutbound(said as contract.OutboundCall);
      await phoneNumbers.get(caller, draft.numberId!);
      const { id } = await services.calls.place(caller, draft);
      return reply.code(201).send({ callId: id, status: 'INITIATED' });
    },
  );

  app.get(
    '/v1/chat/analytics/calls/stats',
    route({
      summary: 'Call statistics',
      description: 'Of the calls that were asked for, or came in, on these days.',
      tag: 'Analytics',
      scope: 'analytics:read',
      query: contract.StatsQuery,
      answer: contract.Stats,
    }),
    async ({ caller, query }) => {
      const filter = calls.parseDays(query as contract.StatsQuery);
      const { total, completed, averageSeconds } = await services.calls.totals(caller, filter);
      return {
        totalCalls: total,
        completedCalls: completed,
        avgDurationSeconds: Math.round(averageSeconds * 100) / 100,
        successRate: total === 0 ? 0 : completed / total,
      };
    },
  );
}
