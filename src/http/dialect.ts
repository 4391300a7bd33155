/** What a dialect declares about itself and its routes. `mount.ts` makes a Fastify plugin of it. */
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { Table } from '../agents/change/rows.ts';
import type { Fault, FaultCode } from '../faults.ts';
import type { Schema } from '../lib/schema.ts';
import type { Services } from '../services.ts';
import type { EventMapper } from '../webhooks/webhook.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { DialectName, KeyDialect } from '../workspaces/workspace.ts';
import type { Rates } from './limits.ts';

export type { Rates } from './limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose credential the request has. It is set before the handler of every route that is not public. */
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** The route needs no credential. */
    public?: boolean;
    /** The scope that a key needs, as `resource:verb`. */
    scope?: string;
    /** Reads from the body which workspace a partner key acts on. */
    workspaceIn?: WorkspaceIn;
  }
}

type WorkspaceIn = (body: unknown) => string | undefined;

export type Credential = { key: string } | { token: string };

/** A fault as an answer of this dialect. */
export interface Failure {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}
export interface FailureContext {
  requestId: string;
  at: string;
  /** The path of the request, without its query. */
  path: string;
}
export type FaultTable = Record<FaultCode, (fault: Fault, context: FailureContext) => Failure>;

/** Answers the rate limit in the headers of this dialect. */
export type RateHeaders = (rates: Rates) => Record<string, string>;

export interface Dialect {
  name: DialectName;
  /** The dialect whose keys open this one; its own keys where it is absent. */
  keysOf?: KeyDialect;
  /** The path under which it is mounted. The vendor's own paths follow. */
  prefix: string;
  /** The first part of the vendor's own paths, before every route. */
  base?: string;
  title: string;
  /** For the reference: what the API is for, and whose documents it follows. */
  description: string;
  credential(request: FastifyRequest): Credential | undefined;
  /** Whether it accepts tokens of the identity providers in PARLANCE_JWT_ISSUERS, besides sessions of this server. */
  outsideTokens?: boolean;
  /** Reads which workspace a partner key acts on; the header `Parlance-Workspace` where it is absent. */
  workspaceOf?(request: FastifyRequest): string | undefined;
  faults: FaultTable;
  /** For the reference: the schemas of ids in paths, by the collection before the id. Other ids are any text. */
  ids?: Readonly<Record<string, Schema>>;
  /** The mapping tables. Issues about hub fields are renamed with them to this dialect's fields. */
  tables: readonly Table[];
  /** Absent: X-RateLimit-Limit, -Remaining and -Reset of the minute. */
  rateHeaders?: RateHeaders;
  /** Words events for the webhooks that were created in this dialect. */
  mapEvent?: EventMapper;
  routes(app: FastifyInstance, services: Services): void;
}

/** The dialect whose keys open this one. */
export const keysOf = ({ name, keysOf }: Pick<Dialect, 'name' | 'keysOf'>): KeyDialect =>
  keysOf ?? (name as KeyDialect);

export interface RouteFacts {
  summary: string;
  description?: string;
  tag: string;
  scope?: string;
  public?: boolean;
  /** Reads the workspace of a partner key from the body, where the request does not name it in the usual place. */
  workspaceIn?: WorkspaceIn;
  query?: Schema;
  body?: Schema;
  /** The body is not checked before the handler, which checks it itself when it knows the schema. */
  handlerChecksBody?: boolean;
  /** The status and schema of a success; 204 has no schema. `or` lists other statuses with the same schema. */
  answer: Schema | { status: number; schema?: Schema; or?: readonly number[] };
}

/** The options of Fastify for a route with these facts. */
export function route(facts: RouteFacts): RouteShorthandOptions {
  const answer =
    'status' in facts.answer
      ? (facts.answer as { status: number; schema?: Schema; or?: readonly number[] })
      : { status: 200, schema: facts.answer as Schema };
  return {
    schema: {
      summary: facts.summary,
      ...(facts.description && { description: facts.description }),
      tags: [facts.tag],
      ...(facts.query && { querystring: facts.query }),
      ...(facts.body && { body: facts.handlerChecksBody ? { ...facts.body, 'x-handler-checks': true } : facts.body }),
      response: Object.fromEntries(
        [answer.status, ...(('or' in answer && answer.or) || [])].map((status) => [
          status,
          answer.schema ?? { type: 'null' },
        ]),
      ),
    },
    config: {
      ...(facts.public && { public: true }),
      ...(facts.scope && { scope: facts.scope }),
      ...(facts.workspaceIn && { workspaceIn: facts.workspaceIn }),
    },
  } as RouteShorthandOptions;
}

const bearer = (request: FastifyRequest): string | undefined =>
  /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
const SESSION_COOKIE = 'parlance_session';
const cookie = (request: FastifyRequest): string | undefined =>
  new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];

export const credentials = { bearer, header, cookie, SESSION_COOKIE };
