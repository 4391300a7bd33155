/** Helpers that the InstaView folders share: envelopes of answers, ids in paths, pages. */

import type { FastifyInstance } from 'fastify';
import { Fault, type FaultCode, type Issue, invalid } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { type RouteFacts, route } from '../../http/dialect.ts';
import * as s from '../../lib/schema.ts';
import * as text from '../../lib/text.ts';
import { isUuid } from '../../lib/text.ts';
import type { JsonObject } from '../../lib/values.ts';
import type { Services } from '../../services.ts';

/** InstaView's reference shows bare answers, its guides show them in an envelope. The operator chooses. */
export type Envelope = 'bare' | 'wrapped';

/** How a route group declares its routes and writes its answers. */
export interface Routing {
  route: typeof route;
  /** The schema of an answer, in the chosen envelope. */
  schema(data: s.Schema): s.Schema;
  /** An answer in the chosen envelope. */
  wrap(data: unknown): unknown;
}
export type RouteGroup = (app: FastifyInstance, services: Services, routing: Routing) => void;

export const routingOf = (envelope: Envelope, { now }: Services): Routing =>
  envelope === 'bare'
    ? { route, schema: (data) => data, wrap: (data) => data }
    : {
        route,
        schema: envelopeSchema,
        wrap: (data) => ({ success: true, data, error: null, timestamp: now().toISOString() }),
      };

/** The same routes, left out of the OpenAPI document, which lists only routes with a summary. */
export const unlisted = (routing: Routing): Routing => ({
  ...routing,
  route: (facts: RouteFacts) => route({ ...facts, summary: '' }),
});

const envelopeSchema = (data: s.Schema) =>
  s.object({ success: s.boolean(), data, error: s.nullable(s.json()), timestamp: text.dateTime() });

export interface ById {
  Params: { id: string };
}

/** The id in a path. A path whose id is not a UUID answers 404, as if the record did not exist. */
export function pathId(id: string, missing: FaultCode): string {
  if (!isUuid(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
}

/** A request without a body counts as an empty object. */
export const bodyOf = (body: unknown): JsonObject => (body === undefined ? {} : asObject(body));

export function refuse(issues: Issue[]): void {
  if (issues.length > 0) throw invalid(issues);
}

export const Deleted = s.boolean({ enum: [true] });

export const CompanyQuery = s.object({
  // Any type is accepted: standard keys ignore the value, and authentication checks it for ATS keys.
  companyId: s.optional(s.unknown({ description: 'A text. Required for ATS keys; ignored for standard keys.' })),
});
export const PageQuery = s.object({
  page: s.optional(s.integer({ minimum: 1, maximum: 10_000, default: 1 })),
  limit: s.optional(s.integer({ minimum: 1, maximum: 100, default: 20 })),
  ...CompanyQuery.properties,
});
export interface PageQuery {
  page?: number;
  limit?: number;
}

export const pageSchema = (item: s.Schema) =>
  s.object({
    data: s.array(item),
    total: s.integer(),
    page: s.integer(),
    limit: s.integer(),
    totalPages: s.integer(),
  });

export interface PagePosition {
  page: number;
  limit: number;
  offset: number;
}
export const positionOf = ({ page = 1, limit = 20 }: PageQuery): PagePosition => ({
  page,
  limit,
  offset: (page - 1) * limit,
});
export const formatPage = (data: unknown[], total: number, { page, limit }: PagePosition) => ({
  data,
  total,
  page,
  limit,
  totalPages: Math.ceil(total / limit),
});
