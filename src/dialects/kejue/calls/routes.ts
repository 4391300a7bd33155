/** Calls: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { type Call, isOver } from '../../../calling/call.ts';
import { Fault, invalid, invalidAt } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { issuesOf } from '../../../lib/check.ts';
import type * as s from '../../../lib/schema.ts';
import { isUuid } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { inWords, named } from '../shared.ts';
import { formatFindings, transcriptOf } from './findings.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

const idOf = ({ id }: ById['Params']): string => {
  if (!isUuid(id)) throw new Fault('call_missing', { id });
  return id.toLowerCase();
};

/** What the house refuses, in the words of the request. */
const SAID = {
  'contact.id': 'contact_id',
  variables: 'context',
  numberId: 'phone_number_id',
  profileId: 'agent_id',
  notBefore: 'schedule_at',
  phone: 'contact_id',
  'overrides.callSettings': 'config',
};

/** The agent that a body names must be there: it is a value like any other. */
export async function unlessMissing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'agent_missing' && error.code !== 'agent_foreign')) throw error;
    const issues = [{ path, message: 'refers to a persona that does not exist', rule: 'reference' }];
    throw new Fault('unknown_reference', { issues });
  }
}

export function callRoutes(app: FastifyInstance, { agents, calls, conversations, contacts, now }: Services): void {
  const tag = 'Calls';
  const read = 'calls:read';
  const write = 'calls:write';

  const place = async (caller: Caller, agentId: string, body: JsonObject, shape: s.Schema): Promise<Call> => {
    if (!isUuid(agentId)) throw new Fault('agent_missing', { id: agentId });
    const view = await agents.get({ ...caller }, { id: named(agentId) }, () => shapes.wantsForCall(body));
    const complete = await contacts.complete();
    return inWords(SAID, () => calls.place(caller, shapes.parseCall(body, view, complete, shape)));
  };

  const detail = async (caller: Caller, call: Call) => {
    if (call.conversationId === null)
      return { ...shapes.formatCall(call, now()), ...formatFindings(null, null), outcome: call.outcome };
    const [{ analysis, state }, said] = await Promise.all([
      conversations.get(caller, call.conversationId),
      call.hasTranscript ? conversations.messages(caller, call.conversationId) : [],
    ]);
    const transcript = call.hasTranscript ? transcriptOf(said) : null;
    const shown = shapes.formatCall(call, now(), state.endReason);
    const findings = formatFindings(analysis, transcript);
    return { ...shown, ...findings, outcome: shown.outcome ?? findings.outcome };
  };

  app.post<ById>(
    '/agents/:id/calls',
    route({
      summary: 'Create agent call',
      description: 'Outside the hours and days that are allowed, the call is held until they begin.',
      tag,
      scope: write,
      body: shapes.AgentCall,
      late: true,
      answer: { status: 201, schema: shapes.KejueCall },
    }),
    async ({ caller, params, body }, reply) => {
      const call = await place(caller, params.id, asObject(body), shapes.AgentCall);
      return reply.code(201).send(shapes.formatCall(call, now()));
    },
  );

  app.post(
    '/persona-calls',
    route({
      summary: 'Create persona call',
      tag,
      scope: write,
      body: shapes.PersonaCall,
      late: true,
      answer: { status: 201, schema: shapes.KejueCall },
    }),
    async ({ caller, body }, reply) => {
      const sent = asObject(body);
      const { persona_id: id } = sent;
      if (typeof id !== 'string') throw invalid(issuesOf(shapes.PersonaCall, sent));
      const call = await unlessMissing('persona_id', () => place(caller, id, sent, shapes.PersonaCall));
      return reply.code(201).send(shapes.formatCall(call, now()));
    },
  );

  app.get(
    '/calls',
    route({ summary: 'List calls', tag, scope: read, query: shapes.CallQuery, answer: shapes.CallList }),
    async ({ caller, query }) => {
      const asked = query as s.Static<typeof shapes.CallQuery>;
      const { limit = 100, offset = 0 } = asked;
      const filter = shapes.filterOf(asked, now());
      const [found, total] = await Promise.all([
        calls.list(caller, filter, { limit, offset }),
        calls.count(caller, filter),
      ]);
      return { calls: found.map((call) => shapes.formatCall(call, now())), total, limit, offset };
    },
  );

  app.get<ById>(
    '/calls/:id',
    route({ summary: 'Get call', tag, scope: read, answer: shapes.KejueCallDetail }),
    async ({ caller, params }) => detail(caller, await calls.get(caller, idOf(params))),
  );

  app.post<ById>(
    '/calls/:id/cancel',
    route({ summary: 'Cancel call', tag, scope: write, answer: shapes.KejueCall }),
    async ({ caller, params }) => {
      const before = await calls.get(caller, idOf(params));
      if (isOver(before.status) && before.status !== 'cancelled') throw new Fault('call_over', { id: before.id });
      return shapes.formatCall(await calls.cancel(caller, before.id), now());
    },
  );

  app.post<ById>(
    '/calls/:id/inject-context',
    route({
      summary: 'Inject context',
      description: 'Tells the agent something while the call lasts: at once, at its next turn, or where it fits.',
      tag,
      scope: write,
      body: shapes.InjectContext,
      late: true,
      answer: { status: 204 },
    }),
    async ({ caller, params, body }, reply) => {
      const { id } = await calls.get(caller, idOf(params));
      const sent = asObject(body);
      // A bad urgency has a status of its own.
      const issues = issuesOf(shapes.InjectContext, sent);
      if (issues.some(({ path }) => path === 'urgency'))
        throw invalidAt('urgency', `must be one of ${shapes.URGENCIES.join(', ')}`, 'urgency');
      if (issues.length > 0) throw invalid(issues);
      const { text, urgency } = sent as s.Static<typeof shapes.InjectContext>;
      await calls.inject(caller, id, text, urgency ?? 'soon');
      return reply.code(204).send();
    },
  );
}
