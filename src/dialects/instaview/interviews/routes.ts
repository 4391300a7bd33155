/** Interviews: method and path to service call. Those by telephone, which are calls of the house. */
import type { FastifyInstance } from 'fastify';
import type { Call } from '../../../calling/call.ts';
import type { ContactInput } from '../../../contacts/contact.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import type { RouteFacts, route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { type Caller, requireScope } from '../../../workspaces/caller.ts';
import * as contract from '../agents/contract.ts';
import * as mapping from '../agents/mapping.ts';
import { parseNewCandidate, standingOf } from '../candidates/mapping.ts';
import { bodyOf, type EnvelopeStyle, idOf, type PageAsked, pageOf, placeOf } from '../shared.ts';
import * as drafts from './drafts.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

interface Asked extends PageAsked {
  candidateId?: string;
  agentId?: string;
  status?: string;
}

/** One of this tongue that nobody has taken back. */
export async function interviewOf({ calls }: Services, caller: Caller, id: string): Promise<Call> {
  const call = await calls.getOrDeny(caller, idOf(id, 'call_missing'));
  const { dialect, direction } = shapes.OURS;
  if (call.dialect !== dialect || call.direction !== direction || call.progress.withdrawn)
    throw new Fault('call_missing', { id });
  return call;
}

export function interviewRoutes(
  app: FastifyInstance,
  services: Services,
  { shape, say }: EnvelopeStyle,
  routeOf: typeof route,
): void {
  const { calls, conversations } = services;
  const facts = (scope: string, rest: Omit<RouteFacts, 'tag' | 'scope'>) =>
    routeOf({ tag: 'Interviews', scope, query: contract.CompanyQuery, ...rest });
  const demandBoth = (caller: Caller) => {
    requireScope(caller, 'candidates:read');
    requireScope(caller, 'agents:read');
  };

  const formatAgent = async (caller: Caller, found: readonly Call[]): Promise<JsonObject[]> => {
    const talks = found.flatMap(({ conversationId }) => (conversationId === null ? [] : [conversationId]));
    const [attempts, held] = await Promise.all([
      calls.attempts(
        caller,
        found.map(({ id }) => id),
      ),
      talks.length > 0 ? conversations.some(caller, talks) : [],
    ]);
    const conversationOf = new Map(held.map((one) => [one.id, one]));
    return found.map((call) =>
      shapes.formatInterview(call, {
        attempts: attempts.get(call.id) ?? [],
        conversation: conversationOf.get(call.conversationId ?? ''),
      }),
    );
  };

  const formatWhole = async (caller: Caller, call: Call): Promise<JsonObject> => {
    const [interview] = await formatAgent(caller, [call]);
    const { conversationId } = call;
    const said = conversationId === null ? null : await conversations.messages(caller, conversationId);
    return { ...interview, transcript: said && shapes.formatTranscript(said) };
  };

  app.post(
    '/interviews',
    facts('interviews:write', {
      summary: 'Create interview',
      description: 'Also needs read:candidates and read:agents; parts that it creates need the right to write them.',
      body: drafts.CreateInterview,
      late: true,
      answer: { status: 201, schema: shape(shapes.Interview) },
    }),
    async ({ caller, body }, reply) => {
      demandBoth(caller);
      const call = await hold(services, caller, drafts.parseInterview(bodyOf(body), services.now()));
      return reply.code(201).send(say(await formatWhole(caller, call)));
    },
  );

  app.get(
    '/interviews',
    facts('interviews:read', {
      summary: 'List interviews',
      description: 'Also needs read:candidates and read:agents.',
      query: shapes.InterviewQuery,
      answer: shape(contract.pageOf(shapes.ListedInterview)),
    }),
    async ({ caller, query }) => {
      demandBoth(caller);
      const { candidateId, agentId, status, ...page } = query as Asked;
      const place = placeOf(page);
      const filter = {
        ...shapes.OURS,
        ...(candidateId !== undefined && { contactId: candidateId.toLowerCase() }),
        ...(agentId !== undefined && { agentId: agentId.toLowerCase() }),
        ...(status !== undefined && { status: shapes.callStatuses(status) }),
      };
      const { limit, offset } = place;
      const [found, total] = await Promise.all([
        calls.list(caller, filter, { limit, offset }),
        calls.count(caller, filter),
      ]);
      return say(pageOf(await formatAgent(caller, found), total, place));
    },
  );

  app.get<ById>(
    '/interviews/:id',
    facts('interviews:read', { summary: 'Get interview', answer: shape(shapes.Interview) }),
    async ({ caller, params }) => say(await formatWhole(caller, await interviewOf(services, caller, params.id))),
  );

  app.delete<ById>(
    '/interviews/:id',
    facts('interviews:delete|interviews:write', { summary: 'Delete interview', answer: shape(contract.Deleted) }),
    async ({ caller, params }) => {
      const { id } = await interviewOf(services, caller, params.id);
      await calls.withdraw(caller, id);
      return say(true);
    },
  );
}

/** Everything is judged before anything is made, and what was made goes again where the call is refused after all. */
async function hold(services: Services, caller: Caller, draft: drafts.Draft): Promise<Call> {
  const { agents, calls, now } = services;
  const { candidate, agent, isTest, metadata, moment } = draft;
  const { fields, candidateId } = await who(services, caller, draft);
  const { type, focus } = await template(services, caller, draft);
  drafts.demandPhone(type);
  const standing = standingOf(fields);
  const jobId = drafts.jobOf(draft, focus, standing);
  const at = moment ? drafts.latestOf(moment) : now();
  drafts.demandReachable(standing, at, candidate ? 'candidate.phoneNumber' : 'candidateId');
  if (agent && caller.writeOptions.dryRun)
    throw invalidAt('agent', 'must be one that is kept: a dry run keeps none to call with', 'unsupported');
  const made: (() => Promise<void>)[] = [];
  try {
    const agentId = draft.agentId ?? (await newAgent());
    const contact = candidateId === undefined ? await newContact() : { id: candidateId };
    return await calls.place(caller, {
      agent: { id: agentId },
      contact,
      ...moment,
      metadata,
      extras: { ...(jobId !== null && { jobId }), ...(isTest && { isTest }) },
      pretended: isTest,
      outlivesAgent: true,
    });
  } catch (error) {
    for (const undo of made) await undo();
    throw error;
  }

  async function newAgent(): Promise<string> {
    const made_ = await agents.create({ ...caller }, { edits: (view) => mapping.parseNewAgent(agent!, view) });
    const { id } = made_.agent;
    made.push(() => agents.remove({ ...caller, writeOptions: {} }, { id }));
    return id;
  }

  async function newContact(): Promise<{ id: string } | ContactInput> {
    const { contacts } = services;
    if (caller.writeOptions.dryRun) return fields;
    const { id } = await contacts.create(caller, fields);
    made.push(() => contacts.remove(caller, id));
    return { id };
  }
}

async function who({ contacts, now }: Services, caller: Caller, { candidateId, candidate }: drafts.Draft) {
  if (candidateId !== undefined) {
    const { fields } = await contacts.get(caller, candidateId);
    return { fields, candidateId };
  }
  requireScope(caller, 'candidates:write');
  return {
    fields: await drafts.within('candidate', () => parseNewCandidate(candidate!, now())),
    candidateId: undefined,
  };
}

/** What the agent shows, or is going to. */
async function template({ agents }: Services, caller: Caller, { agentId, agent }: drafts.Draft): Promise<JsonObject> {
  if (agentId !== undefined) return mapping.formatAgent(await agents.get({ ...caller }, { id: agentId }));
  requireScope(caller, 'agents:write');
  await drafts.within('agent', () => agents.check(caller, { edits: (view) => mapping.parseNewAgent(agent!, view) }));
  return agent!;
}
