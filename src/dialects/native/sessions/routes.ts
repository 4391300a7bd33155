/** Routes of the sessions of users. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import { credentials, route } from '../../../http/dialect.ts';
import { RateWindows } from '../../../http/limits.ts';
import type { Services } from '../../../services.ts';
import * as contract from './contract.ts';
import { expiredCookie, sessionCookie } from './mapping.ts';

/** Failed log-ins per minute, address and user: enough for a person, too few for a program. */
const MAX_FAILED_LOGINS = 20;

export function sessionRoutes(app: FastifyInstance, services: Services): void {
  const { accounts } = services;
  const logIn = limitedLogin(services);

  app.post(
    '/login',
    route({ summary: 'Log in', tag: 'Accounts', public: true, body: contract.LoginInput, answer: contract.Session }),
    async (request, reply) => {
      const { email, password } = request.body as contract.LoginInput;
      const { user, token, expiresAt } = await logIn(request.ip, email, password);
      reply.header('Set-Cookie', sessionCookie(token, expiresAt, request.protocol));
      return { token, expiresAt, user };
    },
  );
  app.post(
    '/logout',
    route({
      summary: 'Log out',
      description: 'The server no longer accepts the token of the header, or else of the cookie.',
      tag: 'Accounts',
      public: true,
      answer: { status: 204 },
    }),
    async (request, reply) => {
      const token = credentials.bearer(request) ?? credentials.cookie(request);
      if (token !== undefined) await accounts.logout(token);
      return reply.header('Set-Cookie', expiredCookie).code(204).send();
    },
  );
}

/** Throws `rate_limited` after too many failures of one user from one address. */
function limitedLogin({ accounts, now }: Services) {
  const failures = new RateWindows(60);
  return async (address: string, email: string, password: string) => {
    const client = `${address} ${email.toLowerCase()}`;
    if (failures.countOf(client, now()) >= MAX_FAILED_LOGINS)
      throw new Fault('rate_limited', { retryAfterSeconds: 60 });
    try {
      return await accounts.login(email, password);
    } catch (error) {
      failures.count(client, MAX_FAILED_LOGINS, now());
      throw error;
    }
  };
}
