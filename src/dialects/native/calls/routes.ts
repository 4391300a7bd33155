/** Routes of calls. */
import type { FastifyInstance } from 'fastify';
import type { Call } from '../../../calling/call.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ListQuery, listOf } from '../paging.ts';
import { type ById, idOf, parseBody, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { listCalls, withAttempts } from './lookup.ts';
import * as mapping from './mapping.ts';

const { read, write } = scopedRoutes('Calls', 'calls');
const callId = (request: { params: unknown }) => idOf(request, 'call_missing');

export function callRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  attemptRoutes(app, services);
  contextRoute(app, services);
}

async function formatOne({ calls }: Services, caller: Caller, call: Call) {
  const [formatted] = await withAttempts(calls, caller, [call]);
  return formatted;
}

function collectionRoutes(app: FastifyInstance, { calls }: Services): void {
  app.post(
    '/calls',
    write({
      summary: 'Place call',
      description:
        'The server makes the call as soon as the rules allow it; `why` and `dueAt` tell the time and the reason. A call to a number on the do-not-call list, or without the required consent, is refused with 409 `call_refused`.',
      body: contract.CallInput,
      answer: { status: 201, schema: contract.Call },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(mapping.formatCall(await calls.place(caller, mapping.parseCall(body)))),
  );
  app.get(
    '/calls',
    read({
      summary: 'List calls',
      description: 'Newest first.',
      query: contract.CallQuery,
      answer: listOf(contract.Call),
    }),
    async ({ caller, query }) =>
      listCalls(calls, caller, query as ListQuery, mapping.parseFilter(query as contract.CallQuery)),
  );
}

function memberRoutes(app: FastifyInstance, services: Services): void {
  const { calls } = services;

  app.get<ById>('/calls/:id', read({ summary: 'Get call', answer: contract.Call }), async (request) =>
    formatOne(services, request.caller, await calls.get(request.caller, callId(request))),
  );
  app.get<ById>(
    '/calls/:id/prospects',
    read({
      summary: 'Get prospects',
      description: 'The next step of the call and its reason, by the current rules.',
      answer: contract.Eligibility,
    }),
    async (request) => mapping.formatEligibility(await calls.eligibility(request.caller, callId(request))),
  );
  app.post<ById>(
    '/calls/:id/cancel',
    write({
      summary: 'Cancel call',
      description: 'A waiting call is not made, and an active call is hung up. A call that has ended stays as it is.',
      answer: contract.Call,
    }),
    async (request) => formatOne(services, request.caller, await calls.cancel(request.caller, callId(request))),
  );
}

function attemptRoutes(app: FastifyInstance, services: Services): void {
  const { calls } = services;

  app.post<ById>(
    '/calls/:id/attempts',
    write({
      summary: 'Try call once more',
      description:
        'Requests one attempt besides the retries, now or at a later time, within the hours that the rules allow. The call may have ended, but must not be active.',
      body: contract.AttemptInput,
      handlerChecksBody: true,
      answer: contract.Call,
    }),
    async (request) => {
      const id = callId(request);
      const { at } = parseBody(contract.AttemptInput, request.body ?? {});
      return formatOne(services, request.caller, await calls.requestAttempt(request.caller, id, at));
    },
  );
  app.delete<ById>(
    '/calls/:id/attempts',
    write({
      summary: 'Take back attempt',
      description:
        'Takes back the pending attempt that a client requested. The call ends if it has no other attempt left.',
      answer: contract.Call,
    }),
    async (request) =>
      formatOne(services, request.caller, await calls.takeBackAttempt(request.caller, callId(request))),
  );
}

function contextRoute(app: FastifyInstance, { calls }: Services): void {
  app.post<ById>(
    '/calls/:id/context',
    write({
      summary: 'Tell agent',
      description: 'Gives the agent context during the call. Before and after it, the answer is 409 `call_not_live`.',
      body: contract.ContextInput,
      handlerChecksBody: true,
      answer: { status: 204 },
    }),
    async (request, reply) => {
      const id = callId(request);
      await calls.get(request.caller, id);
      const { text, urgency = 'soon' } = parseBody(contract.ContextInput, request.body);
      await calls.inject(request.caller, id, text, urgency);
      return reply.code(204).send();
    },
  );
}
