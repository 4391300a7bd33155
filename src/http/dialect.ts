/**
 * A dialect as one Fastify plugin: its key check, its limits, its errors, its 404 and its OpenAPI document live and
 * die with it. What a dialect has to say about itself is the `Dialect` below.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { inWordsOf, type Table } from '../change/rows.ts';
import type { Config } from '../config.ts';
import { Fault, type FaultCode } from '../faults.ts';
import type { DialectName } from '../model/records.ts';
import type { Schema } from '../model/schema.ts';
import { type Caller, requireScope } from '../services/caller.ts';
import type { Services } from '../services/index.ts';
import { acceptJson } from './body.ts';
import { faultOf } from './failure.ts';
import { type Allowance, Windows } from './limits.ts';
import type { OpenApi, RouteRecord } from './openapi.ts';

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
  }
}

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
  routes(app: FastifyInstance, services: Services): void;
}

export interface Surroundings {
  services: Services;
  config: Config;
  now: () => Date;
}

export interface RouteFacts {
  summary: string;
  description?: string;
  tag: string;
  scope?: string;
  public?: boolean;
  query?: Schema;
  body?: Schema;
  /** The handler checks the body itself, once it knows what it is about. */
  late?: boolean;
  /** Status and shape of success; 204 without a shape. */
  answer: Schema | { status: number; schema?: Schema };
}

/** A mounted dialect and its OpenAPI document. */
export interface Documented {
  dialect: Dialect;
  describe(): Promise<OpenApi>;
}

/** The facts of a route, as Fastify wants them. */
export function route(facts: RouteFacts): RouteShorthandOptions {
  const answer =
    'status' in facts.answer
      ? (facts.answer as { status: number; schema?: Schema })
      : { status: 200, schema: facts.answer as Schema };
  return {
    schema: {
      summary: facts.summary,
      ...(facts.description && { description: facts.description }),
      tags: [facts.tag],
      ...(facts.query && { querystring: facts.query }),
      ...(facts.body && { body: facts.late ? { ...facts.body, 'x-late': true } : facts.body }),
      response: { [answer.status]: answer.schema ?? { type: 'null' } },
    },
    config: { ...(facts.public && { public: true }), ...(facts.scope && { scope: facts.scope }) },
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

const USUAL_HEADERS = ({ minute }: Rates): Record<string, string> => ({
  'X-RateLimit-Limit': String(minute.limit),
  'X-RateLimit-Remaining': String(minute.remaining),
  'X-RateLimit-Reset': String(minute.resetAt),
});

/** Wrong keys from one address, a minute: far above any mistake, far below any search. */
const STRANGER_LIMIT = 1000;

/** Answers what makes the dialect's own document, once its routes are there. */
export function mount(app: FastifyInstance, dialect: Dialect, { services, config, now }: Surroundings): Documented {
  const routes: RouteRecord[] = [];
  const minutes = new Windows(60);
  const hours = new Windows(3600);
  const strangers = new Windows(60);
  const limit = config.rateLimit(dialect.name);
  const rateHeaders = dialect.rateHeaders ?? USUAL_HEADERS;

  const identify = async (request: FastifyRequest): Promise<Caller> => {
    const shown = dialect.credential(request);
    if (!shown) throw new Fault('key_missing');
    if (strangers.taken(request.ip, now()) >= STRANGER_LIMIT)
      throw new Fault('rate_limited', { retryAfterSeconds: 60 });
    try {
      const { access } = services;
      return 'key' in shown
        ? await access.byKey(shown.key, dialect.name)
        : await access.byToken(shown.token, dialect.name, dialect.outsideTokens ?? false);
    } catch (error) {
      if (error instanceof Fault) strangers.take(request.ip, STRANGER_LIMIT, now());
      throw error;
    }
  };

  const count = (caller: Caller, reply: FastifyReply): void => {
    if (limit === 0) return;
    const at = now();
    const rates = {
      minute: minutes.take(caller.limitKey, limit, at),
      hour: hours.take(caller.limitKey, limit * 60, at),
    };
    reply.headers(rateHeaders(rates));
    const refused = [rates.minute, rates.hour].find((rate) => !rate.allowed);
    if (refused)
      throw new Fault('rate_limited', { retryAfterSeconds: refused.retryAfterSeconds, count: refused.limit });
  };

  let document: OpenApi | undefined;
  const describe = async (): Promise<OpenApi> => {
    if (document) return document;
    // Loaded when somebody asks, so that nobody's start waits for it.
    const { describe } = await import('./openapi.ts');
    const window = { allowed: true, limit: 0, remaining: 0, resetAt: 0, retryAfterSeconds: 1 };
    document = describe(dialect, routes, Object.keys(rateHeaders({ minute: window, hour: window })));
    return document;
  };

  const plugin = async (scope: FastifyInstance): Promise<void> => {
    scope.addHook('onRoute', (options) => {
      routes.push({
        method: options.method,
        url: options.url,
        schema: options.schema as RouteRecord['schema'],
        config: options.config as RouteRecord['config'],
      });
    });
    acceptJson(scope);
    scope.addHook('onRequest', async (request, reply) => {
      const facts = request.routeOptions.config;
      if (facts.public) return;
      const caller = await identify(request);
      count(caller, reply);
      const named = dialect.workspaceOf ? dialect.workspaceOf(request) : header(request, 'parlance-workspace');
      request.caller = await services.access.actingFor(caller, named);
      if (facts.scope) requireScope(request.caller, facts.scope);
    });
    const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const fault = faultOf(error, request);
      const issues = fault.issues.map((issue) => inWordsOf(dialect.tables, issue));
      const worded = issues.length > 0 ? reworded(fault, issues) : fault;
      const failure = dialect.faults[fault.code](worded, {
        requestId: request.id,
        at: now().toISOString(),
        path: request.url.split('?')[0]!,
      });
      const retry = fault.details.retryAfterSeconds;
      if (retry !== undefined) reply.header('Retry-After', String(retry));
      if (failure.headers) reply.headers(failure.headers);
      return reply.code(failure.status).send(failure.body);
    };
    scope.setErrorHandler(answer);
    scope.setNotFoundHandler((request, reply) => answer(new Fault('route_missing'), request, reply));
    const { base } = dialect;
    if (base) scope.register(async (inner) => dialect.routes(inner, services), { prefix: base });
    else dialect.routes(scope, services);
    scope.get('/openapi.json', { config: { public: true } }, describe);
  };
  app.register(plugin, { prefix: dialect.prefix });
  return { dialect, describe };
}

/** The same fault, its issues in the tongue's words and its sentence about the first of them. */
function reworded(fault: Fault, issues: Fault['issues']): Fault {
  const first = issues[0]!;
  const message = fault.code === 'invalid_value' ? `${first.path} ${first.message}`.trim() : fault.message;
  return new Fault(fault.code, { ...fault.details, issues, message }, fault.note);
}
