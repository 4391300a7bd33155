/** Routes of an interview's call attempts: request, reschedule, cancel. */
import type { Call } from '../../../calling/call.ts';
import { Fault } from '../../../faults.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { factsOf } from '../candidates/mapping.ts';
import { checkCallable } from '../interviews/drafts.ts';
import { isTest } from '../interviews/mapping.ts';
import { findInterview } from '../interviews/reading.ts';
import { type ById, bodyOf, CompanyQuery, pathId, type RouteGroup } from '../shared.ts';
import * as contract from './contract.ts';
import { formatCreated, isScheduled, parseTime, refusalOf } from './mapping.ts';

interface OfAttempt {
  Params: { id: string; attemptId: string };
}

const WRITE = { tag: 'Call attempts', scope: 'interviews:write', query: CompanyQuery };

export const callAttemptRoutes: RouteGroup = (app, services, { route, schema, wrap }) => {
  const { calls, now } = services;

  app.post<ById>(
    '/interviews/:id/call-attempts',
    route({
      ...WRITE,
      summary: 'Invoke call attempt',
      description: 'Places the call now or at the given time. Replaces an attempt that is already scheduled.',
      body: contract.CreateCallAttempt,
      handlerChecksBody: true,
      answer: { status: 201, schema: schema(contract.CallAttemptCreated) },
    }),
    async ({ caller, params, body }, reply) => {
      const call = await findInterview(services, caller, params.id);
      const at = parseTime(contract.CreateCallAttempt, bodyOf(body), now());
      await checkCandidate(services, caller, call, at);
      return reply.code(201).send(wrap(formatCreated(await calls.requestAttempt(caller, call.id, at))));
    },
  );

  app.patch<OfAttempt>(
    '/interviews/:id/call-attempts/:attemptId',
    route({
      ...WRITE,
      summary: 'Reschedule call attempt',
      body: contract.UpdateCallAttempt,
      handlerChecksBody: true,
      answer: { status: 204 },
    }),
    async ({ caller, params, body }, reply) => {
      const call = await findScheduled(services, caller, params);
      const at = parseTime(contract.UpdateCallAttempt, bodyOf(body), now());
      await checkCandidate(services, caller, call, at);
      await calls.requestAttempt(caller, call.id, at);
      return reply.code(204).send();
    },
  );

  app.delete<OfAttempt>(
    '/interviews/:id/call-attempts/:attemptId',
    route({ ...WRITE, summary: 'Cancel call attempt', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      const { id } = await findScheduled(services, caller, params);
      await calls.cancel(caller, id);
      return reply.code(204).send();
    },
  );
};

/** The interview whose next attempt has this id. */
async function findScheduled(
  services: Services,
  caller: Caller,
  { id, attemptId }: OfAttempt['Params'],
): Promise<Call> {
  const call = await findInterview(services, caller, id);
  if (isScheduled(call, pathId(attemptId, 'attempt_missing'))) return call;
  const attempts = await services.calls.attempts(caller, [call.id]);
  throw refusalOf(call, attempts.get(call.id) ?? [], attemptId);
}

/** A candidate whose data has expired since the interview was created is not called again. */
async function checkCandidate(
  { contacts, now }: Services,
  caller: Caller,
  call: Call,
  at: string | undefined,
): Promise<void> {
  if (isTest(call)) throw new Fault('call_refused', { message: 'A test interview places no calls.' });
  if (call.contactId === null) return;
  const { fields } = await contacts.get(caller, call.contactId);
  const facts = { ...factsOf(fields), phoneNumber: call.phone };
  checkCallable(facts, at === undefined ? now() : new Date(at), 'candidateId');
}
