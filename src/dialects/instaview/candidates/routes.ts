/** Candidates: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import type { Contact } from '../../../contacts/contact.ts';
import { invalidAt } from '../../../faults.ts';
import type { RouteFacts, route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type Caller, requireScope } from '../../../workspaces/caller.ts';
import * as contract from '../agents/contract.ts';
import { OURS } from '../interviews/mapping.ts';
import { bodyOf, type EnvelopeStyle, idOf, type PageAsked, pageOf, placeOf } from '../shared.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

interface Asked extends PageAsked {
  jobId?: string;
  status?: string;
  search?: string;
}

const refOf = ({ id }: ById['Params']): string => idOf(id, 'contact_missing');

export function candidateRoutes(
  app: FastifyInstance,
  { contacts, calls, now }: Services,
  { shape, say }: EnvelopeStyle,
  routeOf: typeof route,
): void {
  const facts = (scope: string, rest: Omit<RouteFacts, 'tag' | 'scope'>) =>
    routeOf({ tag: 'Candidates', scope, query: contract.CompanyQuery, ...rest });
  const present = async (caller: Caller, found: readonly Contact[]) => {
    const tally = await calls.withContacts(
      caller,
      OURS,
      found.map(({ id }) => id),
    );
    return found.map((contact) => shapes.formatCandidate(contact, tally(contact.id)));
  };
  const one = async (caller: Caller, contact: Contact) => say((await present(caller, [contact]))[0]);
  /** The documents ask for the right to read jobs here, too. */
  const demandJobs = (caller: Caller) => requireScope(caller, 'jobs:read');

  app.post(
    '/candidates',
    facts('candidates:write', {
      summary: 'Create candidate',
      description: 'Also needs read:jobs.',
      body: shapes.CreateCandidate,
      late: true,
      answer: { status: 201, schema: shape(shapes.Candidate) },
    }),
    async ({ caller, body }, reply) => {
      demandJobs(caller);
      const contact = await contacts.create(caller, shapes.parseNewCandidate(bodyOf(body), now()));
      return reply.code(201).send(await one(caller, contact));
    },
  );

  app.get(
    '/candidates',
    facts('candidates:read', {
      summary: 'List candidates',
      description: 'Also needs read:jobs.',
      query: shapes.CandidateQuery,
      answer: shape(contract.pageOf(shapes.Candidate)),
    }),
    async ({ caller, query }) => {
      demandJobs(caller);
      const { jobId, status = 'UNDEFINED', search, ...page } = query as Asked;
      if (jobId !== undefined)
        throw invalidAt('jobId', 'cannot be filtered by yet: jobs are not served', 'unsupported');
      const place = placeOf(page);
      if (status !== 'UNDEFINED') return say(pageOf([], 0, place));
      const { items, total } = await contacts.list(caller, { ...(search !== undefined && { search }) }, place);
      return say(pageOf(await present(caller, items), total, place));
    },
  );

  app.get<ById>(
    '/candidates/:id',
    facts('candidates:read', { summary: 'Get candidate', answer: shape(shapes.Candidate) }),
    async ({ caller, params }) => one(caller, await contacts.get(caller, refOf(params))),
  );

  app.patch<ById>(
    '/candidates/:id',
    facts('candidates:write', {
      summary: 'Update candidate',
      body: shapes.UpdateCandidate,
      late: true,
      answer: shape(shapes.Candidate),
    }),
    async ({ caller, params, body }) => {
      const parse = (before: Contact['fields']) => shapes.parseCandidate(bodyOf(body), before, now());
      return one(caller, await contacts.update(caller, refOf(params), parse));
    },
  );

  app.delete<ById>(
    '/candidates/:id',
    facts('candidates:delete', { summary: 'Delete candidate', answer: shape(contract.Deleted) }),
    async ({ caller, params }) => {
      await contacts.remove(caller, refOf(params));
      return say(true);
    },
  );
}
