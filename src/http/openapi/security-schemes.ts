/** The security schemes of a dialect, found by offering it each kind of credential and seeing which ones it reads. */
import type { FastifyRequest } from 'fastify';
import type { Credential, Dialect } from '../dialect.ts';

export interface SecurityScheme {
  /** Its name in the document. */
  name: string;
  scheme: Record<string, string>;
}

const requestWith = (headers: Record<string, string>): FastifyRequest =>
  ({ headers, url: '/', query: {}, params: {} }) as unknown as FastifyRequest;

/** @param sampleKey a key in the form that this dialect's clients have. */
export function securitySchemesOf(dialect: Dialect, sampleKey: string): SecurityScheme[] {
  const read = (headers: Record<string, string>): Credential | undefined => dialect.credential(requestWith(headers));
  const byHeader = read({ 'x-api-key': sampleKey });
  const byBearerKey = read({ authorization: `Bearer ${sampleKey}` });
  const byBearerToken = read({ authorization: 'Bearer e30.e30.e30' });
  const byCookie = read({ cookie: 'parlance_session=e30.e30.e30' });
  const readsKey = byBearerKey !== undefined && 'key' in byBearerKey;
  const readsToken = byBearerToken !== undefined && 'token' in byBearerToken;
  const candidates: (SecurityScheme | false)[] = [
    byHeader !== undefined && {
      name: 'key',
      scheme: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: `An API key: ${sampleKey}` },
    },
    (readsKey || readsToken) && {
      name: 'bearer',
      scheme: {
        type: 'http',
        scheme: 'bearer',
        description: bearerDescription(readsKey, readsToken, dialect, sampleKey),
      },
    },
    byCookie !== undefined && {
      name: 'session',
      scheme: {
        type: 'apiKey',
        in: 'cookie',
        name: 'parlance_session',
        description: 'The session cookie that a log-in sets.',
      },
    },
  ];
  const schemes = candidates.filter((scheme) => scheme !== false);
  if (!prefersBearer(read, sampleKey)) return schemes;
  return [...schemes.filter(({ name }) => name === 'bearer'), ...schemes.filter(({ name }) => name !== 'bearer')];
}

function bearerDescription(key: boolean, token: boolean, { outsideTokens }: Dialect, sampleKey: string): string {
  const source = outsideTokens ? 'a log-in or of a configured identity provider' : 'a log-in';
  if (!token) return `An API key: ${sampleKey}`;
  return key ? `An API key (${sampleKey}), or the token of ${source}.` : `The token of ${source}.`;
}

/** Where a request has both, the credential that the dialect reads comes first in the document. */
function prefersBearer(read: (headers: Record<string, string>) => Credential | undefined, sampleKey: string): boolean {
  const credential = read({ 'x-api-key': `${sampleKey}1`, authorization: `Bearer ${sampleKey}2` });
  return credential !== undefined && 'key' in credential && credential.key.endsWith('2');
}
