/** The attempts at an interview's call: one that is asked for, put off, or taken off. */
import type { FastifyInstance } from 'fastify';
import type { Call } from '../../../calling/call.ts';
import { Fault, invalid } from '../../../faults.ts';
import type { RouteFacts, route } from '../../../http/dialect.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import * as contract from '../agents/contract.ts';
import { standingOf } from '../candidates/mapping.ts';
import { demandReachable } from '../interviews/drafts.ts';
import { attemptIdOf, isTest } from '../interviews/mapping.ts';
import { futureIn } from '../interviews/moments.ts';
import { interviewOf } from '../interviews/routes.ts';
import { bodyOf, type EnvelopeStyle, idOf } from '../shared.ts';

interface OfInterview {
  Params: { id: string };
}
interface OfAttempt {
  Params: { id: string; attemptId: string };
}

const time = s.string({ description: 'With its offset; at most 30 days ahead.', examples: ['2026-05-01T09:30:00Z'] });
const NewAttempt = s.object({ scheduledAt: s.optional(s.nullable(time)) });
const MovedAttempt = s.object({ scheduledAt: time });
const Done = s.object({ success: s.boolean(), message: s.string() });

export function attemptRoutes(
  app: FastifyInstance,
  services: Services,
  { shape, say }: EnvelopeStyle,
  routeOf: typeof route,
): void {
  const { calls, contacts, now } = services;
  const facts = (rest: Omit<RouteFacts, 'tag' | 'scope'>) =>
    routeOf({ tag: 'Call attempts', scope: 'interviews:write', query: contract.CompanyQuery, ...rest });

  /** Whoever is not to be called any more is not called again either. */
  const demandCallable = async (caller: Caller, call: Call, at: string | undefined): Promise<void> => {
    if (isTest(call)) throw new Fault('call_refused', { message: 'A test interview calls nobody.' });
    if (call.contactId === null) return;
    const { fields } = await contacts.get(caller, call.contactId);
    const standing = { ...standingOf(fields), phoneNumber: call.phone };
    demandReachable(standing, at === undefined ? now() : new Date(at), 'candidateId');
  };

  const parsed = (schema: s.Schema, body: unknown): string | undefined => {
    const sent: JsonObject = bodyOf(body);
    const issues = issuesOf(schema, sent);
    if (issues.length > 0) throw invalid(issues);
    const { scheduledAt } = sent;
    return typeof scheduledAt === 'string' ? futureIn(scheduledAt, 'scheduledAt', now()) : undefined;
  };

  /** The interview, if its attempt of that id is still to come. */
  const scheduled = async (caller: Caller, { id, attemptId }: OfAttempt['Params']): Promise<Call> => {
    const call = await interviewOf(services, caller, id);
    const wanted = idOf(attemptId, 'attempt_missing');
    const next = call.attempts + 1;
    if (call.status === 'waiting' && wanted === attemptIdOf(call.id, next)) return call;
    const attempts = (await calls.attempts(caller, [call.id])).get(call.id) ?? [];
    const attempt = attempts.find(({ number }) => wanted === attemptIdOf(call.id, number));
    if (attempt?.status === 'reserved' || attempt?.status === 'in_progress') throw new Fault('call_under_way', { id });
    if (attempt || wanted === attemptIdOf(call.id, next))
      throw new Fault('call_over', { id, message: 'Only an attempt that is scheduled can be changed.' });
    throw new Fault('attempt_missing', { id: attemptId });
  };

  app.post<OfInterview>(
    '/interviews/:id/call-attempts',
    facts({
      summary: 'Invoke call attempt',
      description: 'Now, or then. Takes the place of an attempt that is scheduled.',
      body: NewAttempt,
      late: true,
      answer: { status: 201, schema: shape(Done) },
    }),
    async ({ caller, params, body }, reply) => {
      const call = await interviewOf(services, caller, params.id);
      const at = parsed(NewAttempt, body);
      await demandCallable(caller, call, at);
      const { dueAt } = await calls.again(caller, call.id, at);
      const message = `The candidate is called at ${dueAt}, or as soon after that as a line is free.`;
      return reply.code(201).send(say({ success: true, message }));
    },
  );

  app.patch<OfAttempt>(
    '/interviews/:id/call-attempts/:attemptId',
    facts({ summary: 'Reschedule call attempt', body: MovedAttempt, late: true, answer: { status: 204 } }),
    async ({ caller, params, body }, reply) => {
      const call = await scheduled(caller, params);
      const at = parsed(MovedAttempt, body);
      await demandCallable(caller, call, at);
      await calls.again(caller, call.id, at);
      return reply.code(204).send();
    },
  );

  app.delete<OfAttempt>(
    '/interviews/:id/call-attempts/:attemptId',
    facts({ summary: 'Cancel call attempt', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      const { id } = await scheduled(caller, params);
      await calls.cancel(caller, id);
      return reply.code(204).send();
    },
  );
}
