/** AgentHuman: talking agents with a face, base path `/api/v1`. */
import { type Credential, credentials, type Dialect } from '../../http/dialect.ts';
import { integer } from '../../lib/schema.ts';
import { agentTable } from './agents/mapping.ts';
import { agentRoutes } from './agents/routes.ts';
import { avatarRoutes } from './avatars/routes.ts';
import { faults } from './errors.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { voiceRoutes } from './voices/routes.ts';

/** A Bearer that begins with `ah_` is an API key; any other is a JWT. */
const bearerCredential = (value: string): Credential => (value.startsWith('ah_') ? { key: value } : { token: value });

export const agenthuman: Dialect = {
  name: 'agenthuman',
  prefix: '/agenthuman',
  base: '/api/v1',
  title: 'AgentHuman on Parlance',
  description:
    "AgentHuman's agents, avatars and sessions, served by Parlance. Field names and errors follow docs.agenthuman.com, in the generation of its documents that identifies agents by integers.",
  // Headers come first: a client sets them on purpose, while a browser adds the cookie to every request.
  credential: (request) => {
    const key = credentials.header(request, 'x-api-key');
    if (key !== undefined) return { key };
    const bearer = credentials.bearer(request);
    if (bearer !== undefined) return bearerCredential(bearer);
    const token = credentials.cookie(request);
    return token === undefined ? undefined : { token };
  },
  faults,
  ids: { agents: integer(), avatars: integer(), user: integer(), sessions: integer() },
  tables: [agentTable],
  routes: (app, services) => {
    agentRoutes(app, services);
    avatarRoutes(app, services);
    sessionRoutes(app, services);
    voiceRoutes(app);
  },
};
