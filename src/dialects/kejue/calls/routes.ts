/** Routes of calls. */

import type { FastifyInstance } from 'fastify';
import type { Call } from '../../../calling/call.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type * as s from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { agentRef, type ById, pageOf, pathId, withFieldNames, withPersonaAt } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const READ = { tag: 'Calls', scope: 'calls:read' };
const WRITE = { tag: 'Calls', scope: 'calls:write' };

/** The service's names of fields, and Kejue's. */
const FIELD_NAMES = {
  'contact.id': 'contact_id',
  variables: 'context',
  numberId: 'phone_number_id',
  profileId: 'agent_id',
  notBefore: 'schedule_at',
  phone: 'contact_id',
  'overrides.callSettings': 'config',
};

const idOf = ({ id }: ById['Params']): string => pathId(id, 'call_missing');

export function callRoutes(app: FastifyInstance, services: Services): void {
  placeRoutes(app, services);
  listRoutes(app, services);
  controlRoutes(app, services);
}

function placeRoutes(app: FastifyInstance, services: Services): void {
  const { now } = services;

  app.post<ById>(
    '/agents/:id/calls',
    route({
      ...WRITE,
      summary: 'Create agent call',
      description: 'A call outside the allowed hours and days waits until they begin.',
      body: contract.AgentCall,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Call },
    }),
    async ({ caller, params, body }, reply) => {
      const call = await place(services, caller, params.id, asObject(body), contract.AgentCall);
      return reply.code(201).send(mapping.formatCall(call, now()));
    },
  );

  app.post(
    '/persona-calls',
    route({
      ...WRITE,
      summary: 'Create persona call',
      body: contract.PersonaCall,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Call },
    }),
    async ({ caller, body }, reply) => {
      const fields = asObject(body);
      const id = mapping.personaIdIn(fields);
      const call = await withPersonaAt('persona_id', () => place(services, caller, id, fields, contract.PersonaCall));
      return reply.code(201).send(mapping.formatCall(call, now()));
    },
  );
}

function listRoutes(app: FastifyInstance, services: Services): void {
  const { calls, now } = services;

  app.get(
    '/calls',
    route({ ...READ, summary: 'List calls', query: contract.CallQuery, answer: contract.CallList }),
    async ({ caller, query }) => {
      const page = pageOf(query as contract.CallQuery);
      const filter = mapping.filterOf(query as contract.CallQuery, now());
      const [found, total] = await Promise.all([calls.list(caller, filter, page), calls.count(caller, filter)]);
      return { calls: found.map((call) => mapping.formatCall(call, now())), total, ...page };
    },
  );

  app.get<ById>(
    '/calls/:id',
    route({ ...READ, summary: 'Get call', answer: contract.CallDetail }),
    async ({ caller, params }) => detailOf(services, caller, await calls.get(caller, idOf(params))),
  );
}

function controlRoutes(app: FastifyInstance, { calls, now }: Services): void {
  app.post<ById>(
    '/calls/:id/cancel',
    route({ ...WRITE, summary: 'Cancel call', answer: contract.Call }),
    async ({ caller, params }) => {
      const call = await calls.get(caller, idOf(params));
      mapping.checkCancellable(call);
      return mapping.formatCall(await calls.cancel(caller, call.id), now());
    },
  );

  app.post<ById>(
    '/calls/:id/inject-context',
    route({
      ...WRITE,
      summary: 'Inject context',
      description: 'Gives the agent a text during the call: at once, at its next turn, or when it fits.',
      body: contract.InjectContext,
      handlerChecksBody: true,
      answer: { status: 204 },
    }),
    async ({ caller, params, body }, reply) => {
      const { id } = await calls.get(caller, idOf(params));
      const { text, urgency } = mapping.parseInjection(asObject(body));
      await calls.inject(caller, id, text, urgency);
      return reply.code(204).send();
    },
  );
}

async function place(
  { agents, calls, contacts }: Services,
  caller: Caller,
  agentId: string,
  body: JsonObject,
  schema: s.Schema,
): Promise<Call> {
  const view = await agents.get({ ...caller }, agentRef(agentId), () => mapping.referencesOf(body));
  const complete = await contacts.complete();
  return withFieldNames(FIELD_NAMES, () => calls.place(caller, mapping.parseCall(body, view, complete, schema)));
}

async function detailOf({ conversations, now }: Services, caller: Caller, call: Call) {
  const { conversationId: id, hasTranscript } = call;
  if (id === null) return mapping.formatCallDetail(call, now(), null, null);
  const [conversation, messages] = await Promise.all([
    conversations.get(caller, id),
    hasTranscript ? conversations.messages(caller, id) : null,
  ]);
  return mapping.formatCallDetail(call, now(), conversation, messages);
}
