/** How callers show who they are, found by showing the dialect each thing and seeing what it takes. */
import type { FastifyRequest } from 'fastify';
import type { Credential, Dialect } from '../dialect.ts';

export interface ServerVariant {
  /** Its name in the document. */
  name: string;
  scheme: Record<string, string>;
}

const asked = (headers: Record<string, string>): FastifyRequest =>
  ({ headers, url: '/', query: {}, params: {} }) as unknown as FastifyRequest;

/** `sampleKey` is a key as this dialect's callers have it. */
export function serversOf(dialect: Dialect, sampleKey: string): ServerVariant[] {
  const taken = (headers: Record<string, string>): Credential | undefined => dialect.credential(asked(headers));
  const bearer = { key: `Bearer ${sampleKey}`, token: 'Bearer e30.e30.e30' };
  const byHeader = taken({ 'x-api-key': sampleKey });
  const byBearer = taken({ authorization: bearer.key });
  const byToken = taken({ authorization: bearer.token });
  const byCookie = taken({ cookie: 'parlance_session=e30.e30.e30' });
  const takesKey = byBearer !== undefined && 'key' in byBearer;
  const takesToken = byToken !== undefined && 'token' in byToken;
  const doors: (ServerVariant | false)[] = [
    byHeader !== undefined && {
      name: 'key',
      scheme: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: `A key: ${sampleKey}` },
    },
    (takesKey || takesToken) && {
      name: 'bearer',
      scheme: { type: 'http', scheme: 'bearer', description: bearerMeans(takesKey, takesToken, dialect, sampleKey) },
    },
    byCookie !== undefined && {
      name: 'session',
      scheme: {
        type: 'apiKey',
        in: 'cookie',
        name: 'parlance_session',
        description: 'The cookie that logging in sets.',
      },
    },
  ];
  const found = doors.filter((door) => door !== false);
  if (!prefersBearer(taken, sampleKey)) return found;
  return [...found.filter(({ name }) => name === 'bearer'), ...found.filter(({ name }) => name !== 'bearer')];
}

function bearerMeans(key: boolean, token: boolean, { outsideTokens }: Dialect, sampleKey: string): string {
  const from = outsideTokens ? 'a log-in or of a configured identity provider' : 'a log-in';
  if (!token) return `A key: ${sampleKey}`;
  return key ? `A key (${sampleKey}), or the token of ${from}.` : `The token of ${from}.`;
}

/** Where both are sent, the one that is read comes first in the document. */
function prefersBearer(taken: (headers: Record<string, string>) => Credential | undefined, sampleKey: string): boolean {
  const both = taken({ 'x-api-key': `${sampleKey}1`, authorization: `Bearer ${sampleKey}2` });
  return both !== undefined && 'key' in both && both.key.endsWith('2');
}
