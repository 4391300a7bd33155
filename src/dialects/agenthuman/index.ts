/** AgentHuman: talking agents with a face, base path `/api/v1`. */
import { type Credential, credentials, type Dialect } from '../../http/dialect.ts';
import { integer } from '../../lib/schema.ts';
import { agentTable } from './agents/mapping.ts';
import { routes } from './agents/routes.ts';
import { faults } from './errors.ts';

/** A key is known by its beginning; any other Bearer is a JWT. */
const bearerMeans = (value: string): Credential => (value.startsWith('ah_') ? { key: value } : { token: value });

export const agenthuman: Dialect = {
  name: 'agenthuman',
  prefix: '/agenthuman',
  base: '/api/v1',
  title: 'AgentHuman on Parlance',
  description:
    "AgentHuman's agents, avatars and sessions, spoken by Parlance. Field names and errors follow docs.agenthuman.com, in the generation of its documents that counts agents with integers.",
  // What a client says on purpose counts before what its browser sends along.
  credential: (request) => {
    const key = credentials.header(request, 'x-api-key');
    if (key !== undefined) return { key };
    const bearer = credentials.bearer(request);
    if (bearer !== undefined) return bearerMeans(bearer);
    const token = credentials.cookie(request);
    return token === undefined ? undefined : { token };
  },
  faults,
  ids: { agents: integer(), avatars: integer(), user: integer(), sessions: integer() },
  tables: [agentTable],
  routes,
};
