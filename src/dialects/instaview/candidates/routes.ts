/** Routes of candidates. */
import type { Contact, ContactInput } from '../../../contacts/contact.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { type Caller, requireScope } from '../../../workspaces/caller.ts';
import { INTERVIEW_CALLS } from '../interviews/mapping.ts';
import {
  type ById,
  bodyOf,
  CompanyQuery,
  Deleted,
  formatPage,
  pageSchema,
  pathId,
  positionOf,
  type RouteGroup,
} from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const TAG = { tag: 'Candidates', query: CompanyQuery };
const READ = { ...TAG, scope: 'candidates:read' };
const WRITE = { ...TAG, scope: 'candidates:write' };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'contact_missing');

/** The documents also ask for this scope when candidates are created and listed. */
const requireJobs = (caller: Caller): void => requireScope(caller, 'jobs:read');

export const candidateRoutes: RouteGroup = (app, services, routing) => {
  collectionRoutes(app, services, routing);
  candidateByIdRoutes(app, services, routing);
};

const collectionRoutes: RouteGroup = (app, services, { route, schema, wrap }) => {
  const { contacts, now } = services;

  app.post(
    '/candidates',
    route({
      ...WRITE,
      summary: 'Create candidate',
      description: 'Also needs read:jobs.',
      body: contract.CreateCandidate,
      handlerChecksBody: true,
      answer: { status: 201, schema: schema(contract.Candidate) },
    }),
    async ({ caller, body }, reply) => {
      requireJobs(caller);
      const contact = await contacts.create(caller, mapping.parseNewCandidate(bodyOf(body), now()));
      return reply.code(201).send(wrap(await formatOne(services, caller, contact)));
    },
  );

  app.get(
    '/candidates',
    route({
      ...READ,
      summary: 'List candidates',
      description: 'Also needs read:jobs.',
      query: contract.CandidateQuery,
      answer: schema(pageSchema(contract.Candidate)),
    }),
    async ({ caller, query }) => {
      requireJobs(caller);
      const position = positionOf(query as contract.CandidateQuery);
      const filter = mapping.filterOf(query as contract.CandidateQuery);
      const { items, total } = filter ? await contacts.list(caller, filter, position) : { items: [], total: 0 };
      return wrap(formatPage(await formatAll(services, caller, items), total, position));
    },
  );
};

const candidateByIdRoutes: RouteGroup = (app, services, { route, schema, wrap }) => {
  const { contacts, now } = services;

  app.get<ById>(
    '/candidates/:id',
    route({ ...READ, summary: 'Get candidate', answer: schema(contract.Candidate) }),
    async ({ caller, params }) => wrap(await formatOne(services, caller, await contacts.get(caller, idOf(params)))),
  );

  app.patch<ById>(
    '/candidates/:id',
    route({
      ...WRITE,
      summary: 'Update candidate',
      body: contract.UpdateCandidate,
      handlerChecksBody: true,
      answer: schema(contract.Candidate),
    }),
    async ({ caller, params, body }) => {
      const parse = (before: ContactInput) => mapping.parseCandidate(bodyOf(body), before, now());
      const contact = await contacts.update(caller, idOf(params), parse);
      return wrap(await formatOne(services, caller, contact));
    },
  );

  app.delete<ById>(
    '/candidates/:id',
    route({ ...TAG, scope: 'candidates:delete', summary: 'Delete candidate', answer: schema(Deleted) }),
    async ({ caller, params }) => {
      await contacts.remove(caller, idOf(params));
      return wrap(true);
    },
  );
};

/** Counts the interviews of all these candidates with one query. */
async function formatAll({ calls }: Services, caller: Caller, contacts: readonly Contact[]): Promise<JsonObject[]> {
  const ids = contacts.map(({ id }) => id);
  const countsOf = await calls.countsByContact(caller, INTERVIEW_CALLS, ids);
  return contacts.map((contact) => mapping.formatCandidate(contact, countsOf(contact.id)));
}

async function formatOne(services: Services, caller: Caller, contact: Contact): Promise<JsonObject | undefined> {
  const [candidate] = await formatAll(services, caller, [contact]);
  return candidate;
}
