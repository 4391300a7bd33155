/** Routes of revisions, labels and explanations. */
import type { FastifyInstance } from 'fastify';
import { editedPaths } from '../../../agents/change/origins.ts';
import type { Revision } from '../../../agents/history-service.ts';
import { Fault, invalid } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { requireScope } from '../../../workspaces/caller.ts';
import { WrittenAgent } from '../agents/contract.ts';
import { formatAgent, formatReceipt } from '../agents/mapping.ts';
import { listOf } from '../contract.ts';
import { type ById, cursorOf, idOf, momentOf, notACursor, placeOf, plainId } from '../shared.ts';
import * as contract from './contract.ts';

interface ByNumber {
  Params: { id: string; number: string };
}
interface ByName {
  Params: { id: string; name: string };
}

const agentOf = (request: { params: unknown }) => ({ id: idOf(request, 'agent_missing') });

/** A number that no revision has. */
const TOO_MANY = 2 ** 31;

function numberOf({ params }: { params: { number: string } }): number {
  const number = /^\d{1,10}$/.test(params.number) ? Number(params.number) : TOO_MANY;
  if (number >= TOO_MANY) throw new Fault('revision_missing', { id: params.number });
  return number;
}

const shown = <R extends Revision>({ number, at, by, via, edits, ...rest }: R) => ({
  number,
  at,
  by,
  via,
  changed: editedPaths(edits),
  edits,
  ...rest,
});

const pointerOf = (segments: readonly string[]): string =>
  segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The body, checked after its agent was found. */
function parsed<T>(schema: Parameters<typeof issuesOf>[0], body: unknown): T {
  const issues = issuesOf(schema, asObject(body));
  if (issues.length > 0) throw invalid(issues);
  return body as T;
}

export function historyRoutes(app: FastifyInstance, services: Services): void {
  revisionRoutes(app, services);
  compareRoutes(app, services);
  labelRoutes(app, services);
  explainRoutes(app, services);
}

function revisionRoutes(app: FastifyInstance, { history }: Services): void {
  const tag = 'History';

  app.get<ById>(
    '/agents/:id/revisions',
    route({
      summary: 'List revisions',
      description: 'Newest first.',
      tag,
      scope: 'agents:read',
      query: contract.RevisionQuery,
      answer: listOf(contract.Revision),
    }),
    async (request) => {
      const { limit = 50, cursor } = request.query as { limit?: number; cursor?: string };
      const below = cursor === undefined ? undefined : Number(placeOf(cursor));
      if (below !== undefined && !(Number.isInteger(below) && below > 0 && below < TOO_MANY)) throw notACursor();
      const revisions = await history.list(request.caller, agentOf(request), limit + 1, below);
      const data = revisions.slice(0, limit);
      return {
        data: data.map(shown),
        nextCursor: revisions.length > limit ? cursorOf(String(data.at(-1)!.number)) : null,
      };
    },
  );

  app.get<ByNumber>(
    '/agents/:id/revisions/:number',
    route({ summary: 'Get revision', tag, scope: 'agents:read', answer: contract.RevisionWithDocument }),
    async (request) => shown(await history.get(request.caller, agentOf(request), numberOf(request))),
  );

  app.delete<ByNumber>(
    '/agents/:id/revisions/:number',
    route({
      summary: 'Delete revision',
      description: 'The latest one stays, and so does one that a label holds: the refusal names the holders.',
      tag,
      scope: 'agents:write',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await history.remove(request.caller, agentOf(request), numberOf(request));
      return reply.code(204).send();
    },
  );
}

function compareRoutes(app: FastifyInstance, { agents, history }: Services): void {
  const tag = 'History';

  app.get<ById>(
    '/agents/:id/diff',
    route({
      summary: 'Compare revisions',
      tag,
      scope: 'agents:read',
      query: contract.DiffQuery,
      answer: contract.Diff,
    }),
    async (request) => {
      const asked = request.query as { from: number; to?: number };
      const { from, to, differences, patch } = await history.diff(
        request.caller,
        agentOf(request),
        asked.from,
        asked.to,
      );
      const changes = differences.map(({ segments, before = null, after = null }) => ({
        path: segments.join('.'),
        pointer: pointerOf(segments),
        before,
        after,
      }));
      return { from, to, changes, patch };
    },
  );

  app.post<ById>(
    '/agents/:id/rollback',
    route({
      summary: 'Roll back agent',
      description: 'A new revision with exactly the document of an old one.',
      tag,
      scope: 'agents:write',
      body: contract.Rollback,
      handlerChecksBody: true,
      answer: WrittenAgent,
    }),
    async (request) => {
      const { caller } = request;
      const ref = agentOf(request);
      await agents.get({ ...caller }, ref);
      const { to } = parsed<{ to: number }>(contract.Rollback, request.body);
      const { view } = await history.rollback(caller, ref, to);
      return { ...formatAgent(view), receipt: formatReceipt(caller) };
    },
  );
}

function labelRoutes(app: FastifyInstance, { agents, history }: Services): void {
  const tag = 'History';

  app.get<ById>(
    '/agents/:id/labels',
    route({ summary: 'List labels', tag, scope: 'agents:read', answer: listOf(contract.Label) }),
    async (request) => ({ data: await history.labels(request.caller, agentOf(request)), nextCursor: null }),
  );
  app.get<ByName>(
    '/agents/:id/labels/:name',
    route({ summary: 'Get label', tag, scope: 'agents:read', answer: contract.Label }),
    async (request) => history.label(request.caller, agentOf(request), request.params.name),
  );
  app.put<ByName>(
    '/agents/:id/labels/:name',
    route({
      summary: 'Assign label',
      description: 'Puts a label on a revision, wherever it was before.',
      tag,
      scope: 'agents:write',
      body: contract.LabelInput,
      handlerChecksBody: true,
      answer: contract.Label,
    }),
    async (request) => {
      const ref = agentOf(request);
      await agents.get({ ...request.caller }, ref);
      const label = parsed<{ revision: number; variables?: JsonObject }>(contract.LabelInput, request.body);
      return history.assign(request.caller, ref, request.params.name, label);
    },
  );
  app.delete<ByName>(
    '/agents/:id/labels/:name',
    route({ summary: 'Remove label', tag, scope: 'agents:write', answer: { status: 204 } }),
    async (request, reply) => {
      await history.unassign(request.caller, agentOf(request), request.params.name);
      return reply.code(204).send();
    },
  );
}

function explainRoutes(app: FastifyInstance, { agents, explain }: Services): void {
  const tag = 'History';

  app.get<ById>(
    '/agents/:id/explain',
    route({
      summary: 'Explain agent',
      description:
        'Each setting and each field of a profile, with its author, its time, and the values it overrides; for a contact also ' +
        'when they may be called next, and why. A `campaign` needs `campaigns:read` too, a `contact` `contacts:read`.',
      tag,
      scope: 'agents:read',
      query: contract.ExplainQuery,
      answer: contract.Explanation,
    }),
    async (request) => {
      const { at, profile, campaign, contact, override } = request.query as Record<string, string | undefined>;
      const { caller } = request;
      // The explanation shows values of campaigns and contacts, so it needs their scopes.
      if (campaign !== undefined) requireScope(caller, 'campaigns:read');
      if (contact !== undefined) requireScope(caller, 'contacts:read');
      const ref = agentOf(request);
      await agents.get({ ...caller }, ref);
      return explain.explain(caller, ref, {
        ...(at !== undefined && { at: momentOf(at) }),
        ...(profile !== undefined && { profileId: profile }),
        ...(campaign !== undefined && { campaignId: plainId(campaign, 'campaign_missing') }),
        ...(contact !== undefined && { contactId: plainId(contact, 'contact_missing') }),
        ...(override !== undefined && { override: overrideIn(override) }),
      });
    },
  );
}

function overrideIn(text: string): JsonObject | undefined {
  const refuse = (path: string, message: string, rule: string) => {
    const where = ['override', path].filter((part) => part !== '').join('.');
    return new Fault('invalid_query', { issues: [{ path: where, message, rule }], message: `${where} ${message}` });
  };
  let layer: unknown;
  try {
    layer = JSON.parse(text);
  } catch {
    throw refuse('', 'must be JSON', 'format');
  }
  const [first] = issuesOf(contract.OverrideLayer, layer);
  if (first) throw refuse(first.path, first.message, first.rule);
  return (layer as { callSettings?: JsonObject }).callSettings;
}
