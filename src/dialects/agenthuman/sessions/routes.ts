/** Routes of sessions. */
import type { FastifyInstance } from 'fastify';
import type { Conversation, ConversationFacts } from '../../../conversations/conversation.ts';
import type { ConversationFilter } from '../../../conversations/service.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, bodyOf, numberIn, type Page, pathNumber } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

type FormatSession = (session: ConversationFacts) => JsonObject;

const READ = { tag: 'Sessions', scope: 'sessions:read' };
const WRITE = { tag: 'Sessions', scope: 'sessions:write' };
const PAGE_SIZE = 500;

export function sessionRoutes(app: FastifyInstance, services: Services): void {
  startRoute(app, services);
  listRoutes(app, services);
  sessionByIdRoutes(app, services);
  messageRoutes(app, services);
}

function startRoute(app: FastifyInstance, { conversations }: Services): void {
  app.post(
    '/sessions',
    route({
      ...WRITE,
      summary: 'Start session',
      description: 'The session uses the agent as it is now, until it ends. Updates apply to later sessions.',
      body: contract.StartSession,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.SessionStarted },
    }),
    async ({ caller, body }, reply) => {
      const { conversation } = await conversations.create(caller, mapping.parseStart(bodyOf(body)));
      const session = mapping.formatStarted(conversation);
      return reply.code(201).send({ success: true, session, message: 'Session started successfully' });
    },
  );
}

function listRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    '/sessions',
    route({
      ...READ,
      summary: 'List sessions',
      description: 'Newest first.',
      query: contract.SessionQuery,
      answer: contract.SessionList,
    }),
    async ({ caller, query }) => {
      const filter = await filterOf(services, caller, query as contract.SessionQuery);
      const sessions = filter && (await listSessions(services, caller, filter, query as Page, mapping.formatListed));
      return { success: true, sessions: sessions ?? [] };
    },
  );

  app.get<ById>(
    '/agents/:id/sessions',
    route({
      ...READ,
      summary: 'List sessions of an agent',
      description: 'Newest first.',
      query: contract.AgentSessionQuery,
      answer: contract.AgentSessionList,
    }),
    async ({ caller, params, query }) => {
      const number = pathNumber(params.id, 'agent_missing');
      const { agent } = await services.agents.get({ ...caller }, { number });
      const filter = { agentId: agent.id };
      const sessions = await listSessions(services, caller, filter, query as Page, mapping.formatOfAgent);
      return { success: true, sessions };
    },
  );
}

function sessionByIdRoutes(app: FastifyInstance, services: Services): void {
  const { conversations } = services;

  app.get<ById>(
    '/sessions/:id',
    route({ ...READ, summary: 'Get session', answer: contract.SessionAnswer }),
    async ({ caller, params }) => {
      const session = await findSession(services, caller, params.id);
      const messages = await conversations.messages(caller, session.id);
      return { success: true, session: mapping.formatSession(session, messages) };
    },
  );

  app.put<ById>(
    '/sessions/:id/end',
    route({
      ...WRITE,
      summary: 'End session',
      description: 'A session that has already ended does not change.',
      body: contract.EndSession,
      handlerChecksBody: true,
      answer: contract.SessionEnded,
    }),
    async ({ caller, params, body }) => {
      const { id } = await findSession(services, caller, params.id);
      const fields = mapping.parseEnd(bodyOf(body));
      const ended = await conversations.end(caller, id, 'ended', (open) => mapping.endFields(open, fields));
      const session = mapping.formatEnded(ended, await conversations.messages(caller, id));
      return { success: true, session, message: 'Session ended successfully' };
    },
  );
}

function messageRoutes(app: FastifyInstance, services: Services): void {
  const { conversations } = services;

  app.post<ById>(
    '/sessions/:id/messages',
    route({
      ...WRITE,
      summary: 'Say something in a session',
      description: "Answers with the agent's reply.",
      body: contract.MessageInput,
      handlerChecksBody: true,
      answer: contract.Reply,
    }),
    async ({ caller, params, body }) => {
      const { id } = await findSession(services, caller, params.id);
      const turn = await conversations.say(caller, id, () => mapping.parseMessage(bodyOf(body)));
      return { success: true, ...mapping.formatReply(turn) };
    },
  );

  app.get<ById>(
    '/sessions/:id/messages',
    route({ ...READ, summary: 'List messages of a session', answer: contract.MessageList }),
    async ({ caller, params }) => {
      const { id } = await findSession(services, caller, params.id);
      return { success: true, messages: mapping.formatMessages(await conversations.messages(caller, id)) };
    },
  );
}

/** Only conversations that started in this dialect are sessions: others lack what a session stores. */
async function findSession({ conversations }: Services, caller: Caller, id: string): Promise<Conversation> {
  const number = numberIn(id);
  const found = number === undefined ? undefined : await conversations.getByNumber(caller, number);
  if (found?.dialect !== caller.dialect) throw new Fault('conversation_missing', { id });
  return found;
}

/** `undefined` for an agent that does not exist: its list is empty. */
async function filterOf(
  { agents }: Services,
  caller: Caller,
  query: contract.SessionQuery,
): Promise<ConversationFilter | undefined> {
  const { agent_id: number } = query;
  if (number === undefined) return mapping.statusFilter(query);
  try {
    const { agent } = await agents.get({ ...caller }, { number });
    return { agentId: agent.id, ...mapping.statusFilter(query) };
  } catch (error) {
    if (error instanceof Fault && error.code === 'agent_missing') return undefined;
    throw error;
  }
}

/** Without a limit, reads below the last number of each page, so that sessions that start meanwhile shift nothing. */
async function listSessions(
  { conversations }: Services,
  caller: Caller,
  only: ConversationFilter,
  { limit, offset = 0 }: Page,
  format: FormatSession,
): Promise<JsonObject[]> {
  const filter = { ...only, dialect: caller.dialect };
  if (limit !== undefined) return (await conversations.list(caller, filter, { limit, offset })).map(format);
  const found: JsonObject[] = [];
  let page: ConversationFacts[];
  let below: number | undefined;
  do {
    page = await conversations.list(caller, filter, { limit: PAGE_SIZE, ...(below !== undefined && { below }) });
    found.push(...page.map(format));
    below = page.at(-1)?.number;
  } while (page.length === PAGE_SIZE);
  return found.slice(offset);
}
