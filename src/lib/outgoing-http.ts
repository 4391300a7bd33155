/**
 * Requests to URLs that users configure. Host names are resolved when the request connects, and it connects to the
 * addresses that were checked, so that a name cannot change its address in between. Redirects are not followed.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { isPublic } from './addresses.ts';

export interface OutgoingRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** From the lookup of the host name to the end of the answer. */
  timeoutMs: number;
  /** The rest of a longer answer is not read. */
  maxBytes: number;
  /** Cancels the request. */
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** False when the answer was too long, broke off or ran out of time. */
  complete: boolean;
  /** Whether the request used up its time. */
  timedOut: boolean;
}

export type Send = (request: OutgoingRequest) => Promise<HttpAnswer>;

/** There was no answer. The message says why, in a sentence for users. */
export class TargetError extends Error {
  override name = 'TargetError';
  /** Whether the request used up its time. */
  readonly timedOut: boolean;

  constructor(message: string, timedOut = false) {
    super(message);
    this.timedOut = timedOut;
  }
}

/** Resolves a host name to all of its addresses. */
export type Resolve = (name: string) => Promise<LookupAddress[]>;

const systemResolve: Resolve = (name) =>
  new Promise((resolve, reject) =>
    systemLookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );

export interface OutgoingHttpOptions {
  allowPrivateTargets: boolean;
  resolve?: Resolve;
}

/** A permanent failure: repeating the request does not help. */
export const REFUSED = 'The address is not public; PARLANCE_ALLOW_PRIVATE_TARGETS=1 allows private addresses.';

/** Sends requests to public addresses, or with `allowPrivateTargets` to any address. */
export function createOutgoingHttp({ allowPrivateTargets, resolve = systemResolve }: OutgoingHttpOptions): Send {
  const allowed = (address: string): boolean => allowPrivateTargets || isPublic(address);

  const lookup: LookupFunction = (name, options, callback) => {
    resolve(name).then(
      (addresses) => {
        const [first] = addresses;
        // One private address among public ones refuses the name: it may be an attack.
        if (!first || !addresses.every(({ address }) => allowed(address)))
          return callback(new TargetError(first ? REFUSED : NO_ADDRESS), '', 0);
        return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };

  return async (outgoing) => {
    const url = URL.canParse(outgoing.url) ? new URL(outgoing.url) : undefined;
    if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
      throw new TargetError('The URL does not begin with https:// or http://.');
    // Node connects to an IP address without the lookup, so it is checked here.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !allowed(host)) throw new TargetError(REFUSED);
    return exchange(url, outgoing, lookup);
  };
}

/**
 * The `request` of `node:http` or `node:https`. TLS costs memory and is loaded with the first request that needs it. An
 * import would evaluate every export of `node:http`, of which WebSocket alone takes 13 MB.
 */
export const requestTo = ({ protocol }: URL) =>
  process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http').request;

async function exchange(url: URL, outgoing: OutgoingRequest, lookup: LookupFunction): Promise<HttpAnswer> {
  const { method, headers, body, timeoutMs, maxBytes, signal } = outgoing;
  const request = requestTo(url);
  return new Promise((resolve, reject) => {
    // Each request has a connection of its own: the other side may close an idle one at any time.
    const sent: ClientRequest = request(url, { method, headers, lookup, agent: false, ...(signal && { signal }) });
    let timedOut = false;
    let answer: { response: IncomingMessage; chunks: Buffer[] } | undefined;

    const settle = (complete: boolean, failure: string): void => {
      clearTimeout(timer);
      if (answer) {
        const { response, chunks } = answer;
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks).subarray(0, maxBytes), complete, timedOut });
      } else reject(new TargetError(failure, timedOut));
      if (!complete) sent.destroy();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      settle(false, `There was no answer within ${timeoutMs} ms.`);
    }, timeoutMs);

    sent.on('error', (error) => settle(false, sentenceOf(error)));
    // The request did not ask for another protocol.
    sent.on('upgrade', (_response, socket) => {
      socket.destroy();
      settle(false, NOT_HTTP);
    });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer = { response, chunks };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) settle(false, '');
      });
      response.on('end', () => settle(response.complete, ''));
      response.on('error', () => settle(false, ''));
    });
    sent.end(body);
  });
}

const NO_ADDRESS = 'The host name has no address.';
const NOT_HTTP = 'The answer is not HTTP.';
const CLOSED = 'The connection was closed before the answer.';

const SENTENCES: Readonly<Record<string, string>> = {
  ENOTFOUND: NO_ADDRESS,
  EAI_AGAIN: 'The host name could not be looked up.',
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The host cannot be reached.',
  ETIMEDOUT: 'The host does not answer.',
  ABORT_ERR: 'The request was cancelled.',
};

/** A sentence of our own: the message of a library may repeat a secret that was sent. */
function sentenceOf(error: NodeJS.ErrnoException): string {
  if (error instanceof TargetError) return error.message;
  const { code = '' } = error;
  if (SENTENCES[code]) return SENTENCES[code];
  if (/^(ERR_TLS|CERT|DEPTH|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO)/.test(code))
    return `The certificate or the encryption was not accepted (${code}).`;
  if (code.startsWith('HPE_')) return NOT_HTTP;
  return `The request failed (${code || error.name}).`;
}
