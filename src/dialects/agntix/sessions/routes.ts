/** Method and path to service call: sessions, for those with a key and for strangers at public agents. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import { Windows } from '../../../http/limits.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { pageOf } from '../agents/contract.ts';
import { findSession, formatCall, formatView, present, type Session } from '../calls/mapping.ts';
import { type ById, paginated, placeOf, plainIdOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as sessions from './mapping.ts';
import { answerMessage } from './messages.ts';

type Facts = Omit<RouteFacts, 'tag' | 'scope' | 'public'>;
type Request = FastifyRequest<ById>;

const SESSIONS = '/v1/chat/chat/sessions';
const PUBLIC = '/v1/chat/public/chat/sessions';
/** The address of the page on the view for afterwards. */
const LEGACY = '/api/v1/chat/sessions';

const read = (facts: Facts) => route({ ...facts, tag: 'Chat', scope: 'chat:read' });
const write = (facts: Facts) => route({ ...facts, tag: 'Chat', scope: 'chat:write' });
const open = (facts: Facts) => route({ ...facts, tag: 'Public chat', public: true });

const creating: Facts = {
  summary: 'Create session',
  description: 'It runs on the agent as it is now, to its end. The greeting is its first message.',
  body: contract.CreateSession,
  late: true,
  answer: { status: 201, schema: contract.Session },
};
const getting: Facts = { summary: 'Get session', answer: contract.Session };
const closing: Facts = {
  summary: 'Close session',
  description: 'One that is closed already is left as it is.',
  body: contract.CloseSession,
  late: true,
  answer: contract.Session,
};
const sending: Facts = {
  summary: 'Send message',
  description:
    'Unless `stream` is false the answer is `text/event-stream`: `data: {"id", "delta"}` and, last, `data: [DONE]`; what goes wrong on the way is `data: {"error": {"code", "message"}}`.',
  body: contract.SendMessage,
  late: true,
  answer: contract.Message,
};
const listing: Facts = {
  summary: 'List messages',
  description: 'In the order they were said.',
  query: contract.MessageListQuery,
  answer: pageOf(contract.Message),
};

export function sessionRoutes(app: FastifyInstance, services: Services): void {
  const { conversations } = services;
  const caller = async (request: Request): Promise<Caller> => request.caller;

  app.post(SESSIONS, write(creating), async ({ caller, body }, reply) => begin(services, caller, body, reply));
  app.get(
    SESSIONS,
    read({
      summary: 'List sessions',
      description: 'Newest first.',
      query: contract.SessionListQuery,
      answer: pageOf(contract.Session),
    }),
    async ({ caller, query }) => {
      const filter = sessions.parseFilter(query as contract.SessionListQuery);
      const place = placeOf(query);
      const [found, total] = await Promise.all([
        conversations.list(caller, filter, place),
        conversations.count(caller, filter),
      ]);
      const talks = found.filter(({ channel }) => channel === 'phone').map(({ id }) => id);
      const held = await services.calls.ofConversations(caller, talks);
      const shown = found.map((conversation) => present({ call: held.get(conversation.id), conversation } as Session));
      return paginated(shown, total, place);
    },
  );
  app.get<ById>(`${SESSIONS}/:id`, read(getting), async (request) => get(services, await caller(request), request));
  app.patch<ById>(`${SESSIONS}/:id/close`, write(closing), async (request) =>
    close(services, await caller(request), request),
  );
  app.post<ById>(`${SESSIONS}/:id/messages`, write(sending), async (request, reply) =>
    answerMessage(services, await caller(request), request, reply),
  );
  for (const path of [SESSIONS, LEGACY])
    app.get<ById>(
      `${path}/:id/messages`,
      read({ ...listing, summary: path === LEGACY ? 'List messages afterwards' : listing.summary }),
      async (request) => list(services, await caller(request), request),
    );
  app.get<ById>(
    `${LEGACY}/:id`,
    read({ summary: 'Get session afterwards', answer: contract.SessionView }),
    async ({ caller, params }) => formatView(await findSession(services, caller, plainIdOf(params).id)),
  );
  publicRoutes(app, services);
}

/** What strangers may ask from one address in a minute: enough for a household, too little to spend a fortune. */
const STRANGERS_ASK = 120;

/** The same without a key. Whoever knows the id of a session that a stranger began may go on with it. */
function publicRoutes(app: FastifyInstance, services: Services): void {
  const { conversations, now } = services;
  const windows = new Windows(60);
  const refuseHaste = ({ ip }: FastifyRequest): void => {
    const { allowed, retryAfterSeconds } = windows.take(ip, STRANGERS_ASK, now());
    if (!allowed) throw new Fault('rate_limited', { retryAfterSeconds });
  };
  const stranger = (request: Request): Promise<Caller> => {
    refuseHaste(request);
    return conversations.stranger('agntix', { conversationId: plainIdOf(request.params).id });
  };
  const facts = (of: Facts): Facts => ({ ...of, summary: `${of.summary} publicly` });

  app.post(PUBLIC, open(facts(creating)), async (request, reply) => {
    refuseHaste(request);
    const { id } = sessions.parseSession(asObject(request.body)).agent as { id: string };
    return begin(services, await conversations.stranger('agntix', { agentId: id }), request.body, reply);
  });
  app.get<ById>(`${PUBLIC}/:id`, open(facts(getting)), async (request) =>
    get(services, await stranger(request), request),
  );
  app.patch<ById>(`${PUBLIC}/:id/close`, open(facts(closing)), async (request) =>
    close(services, await stranger(request), request),
  );
  app.get<ById>(`${PUBLIC}/:id/messages`, open(facts(listing)), async (request) =>
    list(services, await stranger(request), request),
  );
  app.post<ById>(`${PUBLIC}/:id/messages`, open(facts(sending)), async (request, reply) =>
    answerMessage(services, await stranger(request), request, reply),
  );
}

async function begin({ conversations }: Services, caller: Caller, body: unknown, reply: FastifyReply) {
  const { conversation } = await conversations.create(caller, sessions.parseSession(asObject(body)));
  return reply.code(201).send(sessions.formatSession(conversation));
}

async function get(services: Services, caller: Caller, { params }: Request) {
  return present(await findSession(services, caller, plainIdOf(params).id));
}

async function close(services: Services, caller: Caller, { params, body }: Request) {
  const { id } = plainIdOf(params);
  const { call } = await findSession(services, caller, id);
  sessions.parseClosing(body);
  if (!call) return sessions.formatSession(await services.conversations.end(caller, id));
  const closed = await services.calls.cancel(caller, call.id, 'The session was closed');
  // The line is told to hang up, and what came of it is kept in a moment.
  return { ...formatCall(closed), state: 'CLOSED' };
}

async function list(services: Services, caller: Caller, { params, query }: Request) {
  const { conversations } = services;
  const { conversation } = await findSession(services, caller, plainIdOf(params).id);
  const place = placeOf(query, 50);
  if (!conversation) return paginated([], 0, place);
  const [found, total] = await Promise.all([
    conversations.messages(caller, conversation.id, place),
    conversations.countMessages(caller, conversation.id),
  ]);
  return paginated(found.map(sessions.formatMessage), total, place);
}
