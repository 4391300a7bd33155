/** Routes of calls. */
import type { FastifyInstance } from 'fastify';
import type { Call } from '../../../calling/call.ts';
import type { CallFilter } from '../../../calling/call-service.ts';
import { Fault, invalid } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Schema } from '../../../lib/schema.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { listOf } from '../contract.ts';
import { type ById, idOf, newestFirst } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const tag = 'Calls';
const read = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'calls:read' });
const write = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'calls:write' });
const theId = (request: { params: unknown }) => idOf(request, 'call_missing');

export function callRoutes(app: FastifyInstance, services: Services): void {
  placeRoutes(app, services);
  controlRoutes(app, services);
  simulationRoutes(app, services);
}

function placeRoutes(app: FastifyInstance, services: Services): void {
  const { calls } = services;
  const shown = (caller: Caller, call: Call) => formatOne(services, caller, call);

  app.post(
    '/calls',
    write({
      summary: 'Place call',
      description:
        'It is made at once if that is allowed, else as soon as it is: `why` and `dueAt` say when and for what reason. One that may never be made, because they are on the do-not-call list or have not agreed, is refused with 409 `call_refused`.',
      body: contract.CallInput,
      answer: { status: 201, schema: contract.CallShape },
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
      answer: listOf(contract.CallShape),
    }),
    async ({ caller, query }) => {
      const { limit, cursor, ...filter } = query as contract.CallQuery;
      return listCalls(services, caller, { limit, cursor }, mapping.parseQuery(filter));
    },
  );
  app.get<ById>('/calls/:id', read({ summary: 'Get call', answer: contract.CallShape }), async (request) =>
    shown(request.caller, await calls.get(request.caller, theId(request))),
  );
  app.get<ById>(
    '/calls/:id/prospects',
    read({
      summary: 'Get prospects',
      description: 'What is next for the call and why, by the rules as they are now.',
      answer: contract.EligibilityShape,
    }),
    async (request) => mapping.formatEligibility(await calls.eligibility(request.caller, theId(request))),
  );
}

function controlRoutes(app: FastifyInstance, services: Services): void {
  const { calls } = services;
  const shown = (caller: Caller, call: Call) => formatOne(services, caller, call);

  app.post<ById>(
    '/calls/:id/cancel',
    write({
      summary: 'Cancel call',
      description: 'It is not made any more; one that is under way is hung up on. One that is over stays as it is.',
      answer: contract.CallShape,
    }),
    async (request) => shown(request.caller, await calls.cancel(request.caller, theId(request))),
  );
  app.post<ById>(
    '/calls/:id/attempts',
    write({
      summary: 'Try call once more',
      description:
        'One attempt besides the retries, now or not before a moment, within the hours that the rules allow. Also of a call that is over; not of one that is under way.',
      body: contract.AttemptInput,
      handlerChecksBody: true,
      answer: contract.CallShape,
    }),
    async (request) => {
      const id = theId(request);
      const { at } = parsed<contract.AttemptInput>(contract.AttemptInput, request.body ?? {});
      return shown(request.caller, await calls.requestAttempt(request.caller, id, at));
    },
  );
  app.delete<ById>(
    '/calls/:id/attempts',
    write({
      summary: 'Take back attempt',
      description:
        'Of the attempt that was asked for besides the retries. Where nothing else is left, the call is over.',
      answer: contract.CallShape,
    }),
    async (request) => shown(request.caller, await calls.takeBackAttempt(request.caller, theId(request))),
  );
  app.post<ById>(
    '/calls/:id/context',
    write({
      summary: 'Tell agent',
      description: 'Something that the agent is to know while the call lasts. 409 `call_not_live` before and after.',
      body: contract.ContextInput,
      handlerChecksBody: true,
      answer: { status: 204 },
    }),
    async (request, reply) => {
      const id = theId(request);
      await calls.get(request.caller, id);
      const { text, urgency = 'soon' } = parsed<contract.ContextInput>(contract.ContextInput, request.body);
      await calls.inject(request.caller, id, text, urgency);
      return reply.code(204).send();
    },
  );
}

function simulationRoutes(app: FastifyInstance, { calls, newId, simulateIncomingCall: ring }: Services): void {
  app.post(
    '/simulations/calls',
    write({
      summary: 'Simulate incoming call',
      description:
        'Simulates an incoming call to one of your numbers; the call is the newest one from that number. Other carriers cannot do that: 404.',
      body: contract.IncomingInput,
      answer: { status: 201, schema: contract.IncomingShape },
    }),
    async ({ caller, body }, reply) => {
      if (!ring) throw new Fault('route_missing', { message: 'The carrier in use plays no calls.' });
      const incoming = body as contract.IncomingInput;
      const { from, to } = incoming;
      if (!(await calls.receives(caller, to))) {
        const issues = [{ path: 'to', message: 'is not a number of yours that an agent answers', rule: 'reference' }];
        throw new Fault('unknown_reference', { issues });
      }
      const attemptId = caller.writeOptions.dryRun ? newId() : await ring(incoming);
      return reply.code(201).send({ attemptId, from, to });
    },
  );
}

/** Calls with their attempts, which are read together. */
export async function listCalls(
  { calls }: Pick<Services, 'calls'>,
  caller: Caller,
  page: { limit?: number | undefined; cursor?: string | undefined },
  filter: CallFilter,
) {
  const list = (where: { limit: number; below?: number }) => calls.list(caller, filter, where);
  const { shown, nextCursor } = await newestFirst(page, list, ({ counter }) => counter);
  const ids = shown.filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  const attempts = ids.length > 0 ? await calls.attempts(caller, ids) : new Map();
  return { data: shown.map((call) => mapping.formatCall(call, attempts.get(call.id))), nextCursor };
}

async function formatOne({ calls }: Services, caller: Caller, call: Call) {
  const attempts = call.attempts > 0 ? await calls.attempts(caller, [call.id]) : undefined;
  return mapping.formatCall(call, attempts?.get(call.id));
}

/** A body that is checked after its record was found. */
export function parsed<T>(schema: Schema, body: unknown): T {
  const fields = asObject(body);
  const issues = issuesOf(schema, fields);
  if (issues.length > 0) throw invalid(issues);
  return fields as T;
}
