/** Routes of sessions, with a key and, for public agents, without one. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import { RateWindows } from '../../../http/limits.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { findSession } from '../calls/lookup.ts';
import { formatCall, formatSessionOrCall, formatView, type Session } from '../calls/mapping.ts';
import { type ById, formatPage, pageOf, parsePage, textIdOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';
import { answerMessage } from './messages.ts';

type Facts = Omit<RouteFacts, 'tag' | 'scope' | 'public'>;
type Request = FastifyRequest<ById>;

const SESSIONS = '/v1/chat/chat/sessions';
const PUBLIC = '/v1/chat/public/chat/sessions';
/** The path in the documents of calls, whose answers include the analysis. */
const LEGACY = '/api/v1/chat/sessions';

const READ = { tag: 'Chat', scope: 'chat:read' };
const WRITE = { tag: 'Chat', scope: 'chat:write' };

const createFacts: Facts = {
  summary: 'Create session',
  description:
    'The session uses the agent as it is now until its end. Later changes to the agent do not affect it. Its first message is the greeting.',
  body: contract.CreateSession,
  handlerChecksBody: true,
  answer: { status: 201, schema: contract.Session },
};
const getFacts: Facts = { summary: 'Get session', answer: contract.Session };
const closeFacts: Facts = {
  summary: 'Close session',
  description: 'A session that is already closed does not change.',
  body: contract.CloseSession,
  handlerChecksBody: true,
  answer: contract.Session,
};
const messageFacts: Facts = {
  summary: 'Send message',
  description:
    'Unless `stream` is false, the answer is `text/event-stream`: `data: {"id", "delta"}` for each piece and `data: [DONE]` at the end. An error after the start is `data: {"error": {"code", "message"}}`.',
  body: contract.SendMessage,
  handlerChecksBody: true,
  answer: contract.Message,
};
const listFacts: Facts = {
  summary: 'List messages',
  description: 'Oldest first.',
  query: contract.MessageListQuery,
  answer: pageOf(contract.Message),
};

export function sessionRoutes(app: FastifyInstance, services: Services): void {
  app.post(SESSIONS, route({ ...createFacts, ...WRITE }), async ({ caller, body }, reply) =>
    create(services, caller, body, reply),
  );
  listRoute(app, services);
  app.get<ById>(`${SESSIONS}/:id`, route({ ...getFacts, ...READ }), async (request) =>
    get(services, request.caller, request),
  );
  app.patch<ById>(`${SESSIONS}/:id/close`, route({ ...closeFacts, ...WRITE }), async (request) =>
    close(services, request.caller, request),
  );
  app.post<ById>(`${SESSIONS}/:id/messages`, route({ ...messageFacts, ...WRITE }), async (request, reply) =>
    answerMessage(services, request.caller, request, reply),
  );
  for (const path of [SESSIONS, LEGACY])
    app.get<ById>(
      `${path}/:id/messages`,
      route({ ...listFacts, ...READ, ...(path === LEGACY && { summary: 'List messages afterwards' }) }),
      async (request) => listMessages(services, request.caller, request),
    );
  app.get<ById>(
    `${LEGACY}/:id`,
    route({ ...READ, summary: 'Get session afterwards', answer: contract.SessionView }),
    async ({ caller, params }) => formatView(await findSession(services, caller, textIdOf(params))),
  );
  publicRoutes(app, services);
}

function listRoute(app: FastifyInstance, services: Services): void {
  const { conversations } = services;

  app.get(
    SESSIONS,
    route({
      ...READ,
      summary: 'List sessions',
      description: 'Newest first.',
      query: contract.SessionListQuery,
      answer: pageOf(contract.Session),
    }),
    async ({ caller, query }) => {
      const filter = mapping.parseFilter(query as contract.SessionListQuery);
      const page = parsePage(query);
      const [found, total] = await Promise.all([
        conversations.list(caller, filter, page),
        conversations.count(caller, filter),
      ]);
      const phoneIds = found.filter(({ channel }) => channel === 'phone').map(({ id }) => id);
      const calls = await services.calls.ofConversations(caller, phoneIds);
      const sessions = found.map((conversation) => ({ call: calls.get(conversation.id), conversation }) as Session);
      return formatPage(sessions.map(formatSessionOrCall), total, page);
    },
  );
}

/** Requests without a key from one IP address in a minute: enough for a shared connection, and a limit to the costs. */
const PUBLIC_REQUESTS_PER_MINUTE = 120;

/** The same routes without a key. A client that knows the id of a public session may continue it. */
function publicRoutes(app: FastifyInstance, services: Services): void {
  const { conversations, now } = services;
  const windows = new RateWindows(60);
  const limitRate = ({ ip }: FastifyRequest): void => {
    const { allowed, retryAfterSeconds } = windows.count(ip, PUBLIC_REQUESTS_PER_MINUTE, now());
    if (!allowed) throw new Fault('rate_limited', { retryAfterSeconds });
  };
  const publicCaller = (request: Request): Promise<Caller> => {
    limitRate(request);
    return conversations.publicCaller('agntix', { conversationId: textIdOf(request.params) });
  };
  const open = (facts: Facts) =>
    route({ ...facts, summary: `${facts.summary} publicly`, tag: 'Public chat', public: true });

  app.post(PUBLIC, open(createFacts), async (request, reply) => {
    limitRate(request);
    const { id } = mapping.parseSession(asObject(request.body)).agent as { id: string };
    return create(services, await conversations.publicCaller('agntix', { agentId: id }), request.body, reply);
  });
  app.get<ById>(`${PUBLIC}/:id`, open(getFacts), async (request) =>
    get(services, await publicCaller(request), request),
  );
  app.patch<ById>(`${PUBLIC}/:id/close`, open(closeFacts), async (request) =>
    close(services, await publicCaller(request), request),
  );
  app.get<ById>(`${PUBLIC}/:id/messages`, open(listFacts), async (request) =>
    listMessages(services, await publicCaller(request), request),
  );
  app.post<ById>(`${PUBLIC}/:id/messages`, open(messageFacts), async (request, reply) =>
    answerMessage(services, await publicCaller(request), request, reply),
  );
}

async function create({ conversations }: Services, caller: Caller, body: unknown, reply: FastifyReply) {
  const { conversation } = await conversations.create(caller, mapping.parseSession(asObject(body)));
  return reply.code(201).send(mapping.formatSession(conversation));
}

async function get(services: Services, caller: Caller, { params }: Request) {
  return formatSessionOrCall(await findSession(services, caller, textIdOf(params)));
}

async function close(services: Services, caller: Caller, { params, body }: Request) {
  const id = textIdOf(params);
  const { call } = await findSession(services, caller, id);
  mapping.checkClosing(body);
  if (!call) return mapping.formatSession(await services.conversations.end(caller, id));
  const closed = await services.calls.cancel(caller, call.id, 'The session was closed');
  // The carrier hangs up a moment later, so the stored call may still be open.
  return { ...formatCall(closed), state: 'CLOSED' };
}

async function listMessages(services: Services, caller: Caller, { params, query }: Request) {
  const { conversations } = services;
  const { conversation } = await findSession(services, caller, textIdOf(params));
  const page = parsePage(query, 50);
  if (!conversation) return formatPage([], 0, page);
  const [found, total] = await Promise.all([
    conversations.messages(caller, conversation.id, page),
    conversations.countMessages(caller, conversation.id),
  ]);
  return formatPage(found.map(mapping.formatMessage), total, page);
}
