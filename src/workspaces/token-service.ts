/** Tokens of people: sessions that this server signs, and tokens of the identity providers in PARLANCE_JWT_ISSUERS. */
import type { JwtIssuer } from '../config.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';

const SESSION_HOURS = 12;
const ISSUER = 'parlance';
const SECRET_BYTES = 32;

type KeySet = ReturnType<typeof import('jose').createRemoteJWKSet>;

/** The claims that a verified token makes. */
export interface TokenClaims {
  workspaceId: string;
  /** The user's id; for an outside token, the issuer and the subject. */
  subject: string;
  /** Whether an outside identity provider signed the token. */
  isOutside: boolean;
}

interface Session {
  workspaceId: string;
  subject: string;
  /** Absent in tokens of earlier versions, which cannot be ended. */
  id: string | undefined;
  expiresAt: string;
}

export interface TokenService {
  /** Signs a session token, valid for 12 hours. */
  sign(userId: string, workspaceId: string): Promise<{ token: string; expiresAt: string }>;
  /** The claims of a token; outside tokens only where the dialect accepts them. Throws `key_unknown`. */
  verify(token: string, acceptsOutside: boolean): Promise<TokenClaims>;
  /** Ends a session on every node. Tokens that are not valid sessions are ignored. */
  end(token: string): Promise<void>;
}

export function tokenService(ctx: Context, issuers: readonly JwtIssuer[]): TokenService {
  const { store, now } = ctx;
  const keySets = new Map<string, Promise<KeySet>>();
  const keySet = (url: string): Promise<KeySet> => {
    const known = keySets.get(url) ?? import('jose').then(({ createRemoteJWKSet }) => createRemoteJWKSet(new URL(url)));
    keySets.set(url, known);
    return known;
  };
  let secret: Promise<Uint8Array> | undefined;
  const sessionSecret = (): Promise<Uint8Array> => {
    secret ??= store.accounts.secret('session', newSecret).then((text) => Buffer.from(text, 'hex'));
    return secret;
  };

  const sessionOf = async (token: string): Promise<Session> => {
    const { jwtVerify } = await import('jose');
    const options = { issuer: ISSUER, currentDate: now() };
    const verified = await jwtVerify(token, await sessionSecret(), options).catch((error: unknown) => {
      throw new Fault('key_unknown', {}, String(error));
    });
    const { jti: id, sub, exp = 0, workspace } = verified.payload;
    if (id !== undefined && (await store.accounts.hasEnded(id)))
      throw new Fault('key_unknown', {}, 'the session has ended');
    return {
      workspaceId: String(workspace),
      subject: String(sub),
      id,
      expiresAt: new Date(exp * 1000).toISOString(),
    };
  };

  return {
    sign: async (userId, workspaceId) => signSession(ctx, await sessionSecret(), userId, workspaceId),

    async verify(token, acceptsOutside) {
      const issuer = await issuerOf(token);
      const provider = acceptsOutside ? issuers.find((known) => known.issuer === issuer) : undefined;
      if (provider) return verifyOutside(ctx, provider, await keySet(provider.jwksUrl), token);
      const { workspaceId, subject } = await sessionOf(token);
      return { workspaceId, subject, isOutside: false };
    },

    async end(token) {
      try {
        const { id, expiresAt } = await sessionOf(token);
        if (id !== undefined) await store.accounts.endSession(id, expiresAt, now().toISOString());
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      }
    },
  };
}

const newSecret = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString('hex');

async function issuerOf(token: string): Promise<string | undefined> {
  const { decodeJwt } = await import('jose');
  try {
    return decodeJwt(token).iss;
  } catch {
    throw new Fault('key_unknown', {}, 'neither a key nor a JWT');
  }
}

async function signSession({ now, newId }: Context, secret: Uint8Array, userId: string, workspaceId: string) {
  const { SignJWT } = await import('jose');
  const at = now().getTime();
  const expires = new Date(at + SESSION_HOURS * 3_600_000);
  const token = await new SignJWT({ workspace: workspaceId })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setSubject(userId)
    .setJti(newId())
    .setIssuedAt(Math.floor(at / 1000))
    .setExpirationTime(Math.floor(expires.getTime() / 1000))
    .sign(secret);
  return { token, expiresAt: expires.toISOString() };
}

async function verifyOutside(
  { now }: Context,
  { issuer, audience, workspaceClaim }: JwtIssuer,
  keys: KeySet,
  token: string,
): Promise<TokenClaims> {
  const { jwtVerify } = await import('jose');
  try {
    const options = { issuer, ...(audience && { audience }), currentDate: now() };
    const { payload } = await jwtVerify(token, keys, options);
    return { workspaceId: String(payload[workspaceClaim]), subject: `${issuer}|${payload.sub}`, isOutside: true };
  } catch (error) {
    throw new Fault('key_unknown', {}, String(error));
  }
}
