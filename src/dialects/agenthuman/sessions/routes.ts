/** Sessions: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import type { Conversation, ConversationFacts } from '../../../conversations/conversation.ts';
import type { ConversationFilter } from '../../../conversations/service.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { numberIn, words } from '../agents/mapping.ts';
import * as sessions from './mapping.ts';

interface ById {
  Params: { id: string };
}
interface Page {
  limit?: number;
  offset?: number;
}
type Show = (session: ConversationFacts) => JsonObject;
const tag = 'Sessions';
const read = 'sessions:read';
const write = 'sessions:write';
const PAGE = 500;

export function sessionRoutes(app: FastifyInstance, { agents, conversations }: Services): void {
  /** Only what was begun here is a session: of others this tongue could not say what they are. */
  const find = async (caller: Caller, id: string): Promise<Conversation> => {
    const number = numberIn(id);
    const found = number === undefined ? undefined : await conversations.getByNumber(caller, number);
    if (found?.dialect !== caller.dialect) throw new Fault('conversation_missing', { id });
    return found;
  };
  /** Newest first, and whole unless a page is asked for. Reading on below a number misses none that begins meanwhile. */
  const list = async (caller: Caller, asked: ConversationFilter, { limit, offset = 0 }: Page, format: Show) => {
    const filter = { ...asked, dialect: caller.dialect };
    if (limit !== undefined) return (await conversations.list(caller, filter, { limit, offset })).map(format);
    const shown: JsonObject[] = [];
    let page: ConversationFacts[];
    let below: number | undefined;
    do {
      page = await conversations.list(caller, filter, { limit: PAGE, ...(below !== undefined && { below }) });
      shown.push(...page.map(format));
      below = page.at(-1)?.number;
    } while (page.length === PAGE);
    return shown.slice(offset);
  };

  app.post(
    '/sessions',
    route({
      summary: 'Start session',
      description: 'It runs on the agent as it is now, to its end: updates reach the next one.',
      tag,
      scope: write,
      body: sessions.StartSession,
      late: true,
      answer: { status: 201, schema: sessions.SessionStarted },
    }),
    async ({ caller, body }, reply) => {
      const { conversation } = await conversations.create(caller, sessions.parseStart(words(body)));
      const session = sessions.formatStarted(conversation);
      return reply.code(201).send({ success: true, session, message: 'Session started successfully' });
    },
  );

  app.get(
    '/sessions',
    route({
      summary: 'List sessions',
      description: 'Newest first.',
      tag,
      scope: read,
      query: sessions.SessionsQuery,
      answer: sessions.SessionList,
    }),
    async ({ caller, query }) => {
      const { agent_id: number, status = 'all', ...page } = query as sessions.SessionsQuery;
      const agentId = number === undefined ? undefined : await idOf(caller, number);
      if (number !== undefined && agentId === undefined) return { success: true, sessions: [] };
      const filter = {
        ...(agentId && { agentId }),
        ...(status !== 'all' && { status: status === 'active' ? ('open' as const) : ('ended' as const) }),
      };
      return { success: true, sessions: await list(caller, filter, page, sessions.formatListed) };
    },
  );
  /** Who asks for the sessions of an agent that is not there is shown none. */
  const idOf = async (caller: Caller, number: number): Promise<string | undefined> => {
    try {
      return (await agents.get({ ...caller }, { number })).agent.id;
    } catch (error) {
      if (error instanceof Fault && error.code === 'agent_missing') return undefined;
      throw error;
    }
  };

  app.get<ById>(
    '/agents/:id/sessions',
    route({
      summary: 'List sessions of an agent',
      description: 'Newest first.',
      tag,
      scope: read,
      query: sessions.AgentSessionsQuery,
      answer: sessions.AgentSessions,
    }),
    async ({ caller, params, query }) => {
      const number = numberIn(params.id);
      if (number === undefined) throw new Fault('agent_missing', { id: params.id });
      const { agent } = await agents.get({ ...caller }, { number });
      return {
        success: true,
        sessions: await list(caller, { agentId: agent.id }, query as Page, sessions.formatOfAgent),
      };
    },
  );

  app.get<ById>(
    '/sessions/:id',
    route({ summary: 'Get session', tag, scope: read, answer: sessions.SessionAnswer }),
    async ({ caller, params }) => {
      const session = await find(caller, params.id);
      const said = await conversations.messages(caller, session.id);
      return { success: true, session: sessions.formatSession(session, said) };
    },
  );

  app.put<ById>(
    '/sessions/:id/end',
    route({
      summary: 'End session',
      description: 'One that has ended is left as it is.',
      tag,
      scope: write,
      body: sessions.EndSession,
      late: true,
      answer: sessions.SessionEnded,
    }),
    async ({ caller, params, body }) => {
      const { id } = await find(caller, params.id);
      const told = sessions.parseEnd(words(body));
      const session = await conversations.end(caller, id, 'ended', (open) => sessions.keptAtEnd(open, told));
      const said = await conversations.messages(caller, id);
      const shown = sessions.formatEnded(session, said);
      return { success: true, session: shown, message: 'Session ended successfully' };
    },
  );

  app.post<ById>(
    '/sessions/:id/messages',
    route({
      summary: 'Say something in a session',
      description: 'Answers what the agent says to it.',
      tag,
      scope: write,
      body: sessions.SayInput,
      late: true,
      answer: sessions.Reply,
    }),
    async ({ caller, params, body }) => {
      const { id } = await find(caller, params.id);
      const said = await conversations.say(caller, id, () => sessions.parseContent(words(body)));
      if (said.failure !== undefined) throw new Fault('model_failed', {}, said.failure);
      const replies = sessions.formatMessages(said.messages.map((message, seq) => ({ ...message, seq })));
      const content = replies
        .filter(({ role }) => role === 'assistant')
        .map((reply) => reply.content)
        .join('\n\n');
      const status = sessions.statusOf(said.conversation);
      return { success: true, message: { role: 'assistant', content }, status };
    },
  );

  app.get<ById>(
    '/sessions/:id/messages',
    route({ summary: 'List messages of a session', tag, scope: read, answer: sessions.SessionMessages }),
    async ({ caller, params }) => {
      const { id } = await find(caller, params.id);
      return { success: true, messages: sessions.formatMessages(await conversations.messages(caller, id)) };
    },
  );
}
