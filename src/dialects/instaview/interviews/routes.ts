/** Routes of interviews. */
import { type Caller, requireScope } from '../../../workspaces/caller.ts';
import {
  type ById,
  bodyOf,
  CompanyQuery,
  Deleted,
  formatPage,
  pageSchema,
  positionOf,
  type RouteGroup,
} from '../shared.ts';
import * as contract from './contract.ts';
import { createInterview } from './creation.ts';
import { parseInterview } from './drafts.ts';
import { filterOf } from './mapping.ts';
import { findInterview, formatDetail, formatInterviews } from './reading.ts';

const TAG = { tag: 'Interviews', query: CompanyQuery };
const READ = { ...TAG, scope: 'interviews:read' };

function requireParts(caller: Caller): void {
  requireScope(caller, 'candidates:read');
  requireScope(caller, 'agents:read');
}

export const interviewRoutes: RouteGroup = (app, services, { route, schema, wrap }) => {
  const { calls, now } = services;

  app.post(
    '/interviews',
    route({
      ...TAG,
      scope: 'interviews:write',
      summary: 'Create interview',
      description:
        'Also needs read:candidates and read:agents, and the scope to write a part that the request creates.',
      body: contract.CreateInterview,
      handlerChecksBody: true,
      answer: { status: 201, schema: schema(contract.Interview) },
    }),
    async ({ caller, body }, reply) => {
      requireParts(caller);
      const call = await createInterview(services, caller, parseInterview(bodyOf(body), now()));
      return reply.code(201).send(wrap(await formatDetail(services, caller, call)));
    },
  );

  app.get(
    '/interviews',
    route({
      ...READ,
      summary: 'List interviews',
      description: 'Also needs read:candidates and read:agents.',
      query: contract.InterviewQuery,
      answer: schema(pageSchema(contract.ListedInterview)),
    }),
    async ({ caller, query }) => {
      requireParts(caller);
      const { page, limit, offset } = positionOf(query as contract.InterviewQuery);
      const filter = filterOf(query as contract.InterviewQuery);
      const [found, total] = await Promise.all([
        calls.list(caller, filter, { limit, offset }),
        calls.count(caller, filter),
      ]);
      const interviews = await formatInterviews(services, caller, found);
      return wrap(formatPage(interviews, total, { page, limit, offset }));
    },
  );

  app.get<ById>(
    '/interviews/:id',
    route({ ...READ, summary: 'Get interview', answer: schema(contract.Interview) }),
    async ({ caller, params }) =>
      wrap(await formatDetail(services, caller, await findInterview(services, caller, params.id))),
  );

  app.delete<ById>(
    '/interviews/:id',
    route({
      ...TAG,
      scope: 'interviews:delete|interviews:write',
      summary: 'Delete interview',
      answer: schema(Deleted),
    }),
    async ({ caller, params }) => {
      const { id } = await findInterview(services, caller, params.id);
      await calls.withdraw(caller, id);
      return wrap(true);
    },
  );
};
