/** Identifies the caller of each request, counts it, and finds the workspace that the request acts on. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../faults.ts';
import type { AccessService } from '../workspaces/access-service.ts';
import { type Caller, requireScope } from '../workspaces/caller.ts';
import { credentials, type Dialect, type RateHeaders } from './dialect.ts';
import { RateLimiter, RateWindows } from './limits.ts';
import { writeOptionsOf } from './write-options.ts';

/** Wrong credentials per minute and client address. It stops a search, and never a client with a mistake. */
const MAX_WRONG_CREDENTIALS = 1000;

export interface AuthOptions {
  access: AccessService;
  /** Requests per minute and key; 0 means no limit. */
  rateLimit: number;
  rateHeaders: RateHeaders;
  now: () => Date;
}

/** Adds the hooks that set `request.caller` on every route that is not public. */
export function requireCaller(scope: FastifyInstance, dialect: Dialect, options: AuthOptions): void {
  const { access } = options;
  const identify = identifier(dialect, options);
  const count = counter(options);
  const workspaceIn = (request: FastifyRequest): string | undefined =>
    dialect.workspaceOf ? dialect.workspaceOf(request) : credentials.header(request, 'parlance-workspace');

  scope.addHook('onRequest', async (request, reply) => {
    const facts = request.routeOptions.config;
    if (facts.public) return;
    const caller = await identify(request);
    count(caller, reply);
    const named = workspaceIn(request);
    const acting = facts.workspaceIn && !named ? caller : await access.actingFor(caller, named);
    // An answer must not be about another workspace than the one that the header names. A dialect with its own way to name
    // one decides itself what a name that does not fit means.
    if (!dialect.workspaceOf && named && named !== acting.workspaceId)
      throw new Fault('workspace_refused', { id: named });
    request.caller = { ...acting, writeOptions: writeOptionsOf(request) };
    if (facts.scope) requireScope(request.caller, facts.scope);
  });
  // The body has been read by now: it may name the workspace of a partner key.
  scope.addHook('preValidation', (request, _reply, done) => {
    const { workspaceIn: inBody } = request.routeOptions.config;
    if (!inBody || workspaceIn(request)) return done();
    access.actingFor(request.caller, inBody(request.body)).then((acting) => {
      request.caller = acting;
      done();
    }, done);
  });
}

function identifier(dialect: Dialect, { access, now }: AuthOptions): (request: FastifyRequest) => Promise<Caller> {
  const wrong = new RateWindows(60);
  return async (request) => {
    const credential = dialect.credential(request);
    if (!credential) throw new Fault('key_missing');
    if (wrong.countOf(request.ip, now()) >= MAX_WRONG_CREDENTIALS)
      throw new Fault('rate_limited', { retryAfterSeconds: 60 });
    try {
      return 'key' in credential
        ? await access.byKey(credential.key, dialect.name, dialect.keysOf)
        : await access.byToken(credential.token, dialect.name, dialect.outsideTokens ?? false);
    } catch (error) {
      if (error instanceof Fault) wrong.count(request.ip, MAX_WRONG_CREDENTIALS, now());
      throw error;
    }
  };
}

function counter({ rateLimit, rateHeaders, now }: AuthOptions): (caller: Caller, reply: FastifyReply) => void {
  const limiter = new RateLimiter(rateLimit);
  return (caller, reply) => {
    const rates = limiter.count(caller.limitKey, now());
    if (!rates) return;
    reply.headers(rateHeaders(rates));
    const exceeded = [rates.minute, rates.hour].find((rate) => !rate.allowed);
    if (exceeded)
      throw new Fault('rate_limited', { retryAfterSeconds: exceeded.retryAfterSeconds, count: exceeded.limit });
  };
}
