/** What a dialect has to say about itself, and the facts of its routes. `mount.ts` makes a plugin of it. */
import type { FastifyInstance, FastifyRequest, RouteShorthandOptions } from 'fastify';
import type { Table } from '../agents/change/rows.ts';
import type { Fault, FaultCode } from '../faults.ts';
import type { Schema } from '../lib/schema.ts';
import type { Services } from '../services.ts';
import type { EventMapper } from '../webhooks/webhook.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { DialectName, KeyDialect } from '../workspaces/workspace.ts';
import type { Allowance } from './limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; set before the handler of any route that is not public. */
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Open to strangers. */
    public?: boolean;
    /** `resource:verb` that a key needs. */
    scope?: string;
    /** Where the body may say which workspace a partner key means. */
    workspaceIn?: WorkspaceIn;
  }
}

type WorkspaceIn = (body: unknown) => string | undefined;

export type Credential = { key: string } | { token: string };

/** How a fault looks in this tongue. */
export interface Failure {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}
export interface FailureContext {
  requestId: string;
  at: string;
  /** The address that was asked for, without its query. */
  path: string;
}
export type FaultTable = Record<FaultCode, (fault: Fault, context: FailureContext) => Failure>;

export interface Rates {
  minute: Allowance;
  hour: Allowance;
}

export interface Dialect {
  name: DialectName;
  /** Whose keys its callers show; its own, unless said. */
  keysOf?: KeyDialect;
  /** Where it is mounted; the vendor's bare paths follow. */
  prefix: string;
  /** The first part of the vendor's own paths, put before every route. */
  base?: string;
  title: string;
  /** For the reference: what this is and whose documents it follows. */
  description: string;
  credential(request: FastifyRequest): Credential | undefined;
  /** Whether tokens of configured identity providers are accepted, besides sessions of our own. */
  outsideTokens?: boolean;
  /** Where a partner key says which workspace it means; a header otherwise. */
  workspaceOf?(request: FastifyRequest): string | undefined;
  faults: FaultTable;
  /** What ids in paths look like, by the collection they follow; any text otherwise. For the reference. */
  ids?: Readonly<Record<string, Schema>>;
  /** Tables whose rows name hub fields in this tongue, for refusals that the model words. */
  tables: readonly Table[];
  /** Absent: the usual X-RateLimit-Limit, -Remaining and -Reset of the minute. */
  rateHeaders?(rates: Rates): Record<string, string>;
  /** What has happened, in this tongue's words: for the webhooks that were made in it. */
  mapEvent?: EventMapper;
  routes(app: FastifyInstance, services: Services): void;
}

/** Whose keys open it: a door without keys of its own says so. */
export const keysOf = ({ name, keysOf }: Pick<Dialect, 'name' | 'keysOf'>): KeyDialect =>
  keysOf ?? (name as KeyDialect);

export interface RouteFacts {
  summary: string;
  description?: string;
  tag: string;
  scope?: string;
  public?: boolean;
  /** Of a partner key that has not said it where it usually does: the workspace that the body names. */
  workspaceIn?: WorkspaceIn;
  query?: Schema;
  body?: Schema;
  /** The handler checks the body itself, once it knows what it is about. */
  late?: boolean;
  /** Status and shape of success; 204 without a shape. `or` are other statuses that the same shape may have. */
  answer: Schema | { status: number; schema?: Schema; or?: readonly number[] };
}

/** The facts of a route, as Fastify wants them. */
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
      ...(facts.body && { body: facts.late ? { ...facts.body, 'x-late': true } : facts.body }),
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
