/**
 * Requests of ours to addresses that others chose. Where a name leads is looked up at the moment of connecting, and it
 * is those very addresses that are judged and connected to: a name cannot lead elsewhere in between. Redirects are
 * answers like any other, and are not followed.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { isPublic } from './addresses.ts';

export interface Outgoing {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  /** From the look-up of the name to the end of the answer. */
  timeoutMs: number;
  /** So much of the answer is read, and the rest let go. */
  maxBytes: number;
  /** Lets go of the request when nobody waits for it any more. */
  signal?: AbortSignal;
}

export interface Incoming {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Whether that was all of it: an answer may be too long, or break off, or run out of time. */
  complete: boolean;
}

export type Send = (request: Outgoing) => Promise<Incoming>;

/** Nothing was answered; the message says why, in a sentence that may be shown. */
export class TargetError extends Error {
  override name = 'TargetError';
}

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<LookupAddress[]>;

const systemResolve: Resolve = (name) =>
  new Promise((resolve, reject) =>
    systemLookup(name, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))),
  );

export interface OutgoingHttpOptions {
  allowPrivateTargets: boolean;
  resolve?: Resolve;
}

/** Whatever is tried again, the answer will be the same. */
export const REFUSED = 'The address is not one of the public internet.';

export function createOutgoingHttp({ allowPrivateTargets, resolve = systemResolve }: OutgoingHttpOptions): Send {
  const allowed = (address: string): boolean => allowPrivateTargets || isPublic(address);

  const lookup: LookupFunction = (name, options, callback) => {
    resolve(name).then(
      (addresses) => {
        const [first] = addresses;
        // One bad address among good ones is no accident that anybody should profit from.
        if (!first || !addresses.every(({ address }) => allowed(address)))
          return callback(new TargetError(first ? REFUSED : 'The name has no address.'), '', 0);
        return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };

  return async (outgoing) => {
    const url = URL.canParse(outgoing.url) ? new URL(outgoing.url) : undefined;
    if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
      throw new TargetError('The address does not begin with https:// or http://.');
    // An address that is written out is never looked up.
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !allowed(host)) throw new TargetError(REFUSED);
    return exchange(url, outgoing, lookup);
  };
}

/**
 * What sends requests to an address. Encryption costs memory and is loaded when somebody needs it; an import would
 * look at all that `node:http` has, and its WebSocket alone takes 13 MB.
 */
export const requestTo = ({ protocol }: URL) =>
  process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http').request;

async function exchange(url: URL, outgoing: Outgoing, lookup: LookupFunction): Promise<Incoming> {
  const { method, headers, body, timeoutMs, maxBytes, signal } = outgoing;
  const request = requestTo(url);
  return new Promise((resolve, reject) => {
    // A connection of its own for each request: one that lay idle may be closed by the other side at any moment.
    const sent: ClientRequest = request(url, { method, headers, lookup, agent: false, ...(signal && { signal }) });
    let answer: { response: IncomingMessage; chunks: Buffer[] } | undefined;

    const settle = (complete: boolean, failure: string): void => {
      clearTimeout(timer);
      if (answer) {
        const { response, chunks } = answer;
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks).subarray(0, maxBytes), complete });
      } else reject(new TargetError(failure));
      if (!complete) sent.destroy();
    };
    const timer = setTimeout(() => settle(false, `There was no answer within ${timeoutMs} ms.`), timeoutMs);

    sent.on('error', (error) => settle(false, sentenceOf(error)));
    // An answer that asks for another protocol is none.
    sent.on('upgrade', (_response, socket) => {
      socket.destroy();
      settle(false, 'The answer is not one of HTTP.');
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

const SENTENCES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name has no address.',
  EAI_AGAIN: 'The name could not be looked up.',
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was broken off.',
  EPIPE: 'The connection was broken off.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ENETUNREACH: 'The host cannot be reached.',
  ETIMEDOUT: 'The host does not answer.',
  ABORT_ERR: 'The request was given up.',
};

/** Our own words: what a library says may repeat what was sent. */
function sentenceOf(error: NodeJS.ErrnoException): string {
  if (error instanceof TargetError) return error.message;
  const { code = '' } = error;
  if (SENTENCES[code]) return SENTENCES[code];
  if (/^(ERR_TLS|CERT|DEPTH|SELF_SIGNED|UNABLE_TO|ERR_SSL|EPROTO)/.test(code))
    return `The certificate or the encryption is not acceptable (${code}).`;
  if (code.startsWith('HPE_')) return 'The answer is not one of HTTP.';
  return `The request failed (${code || error.name}).`;
}
