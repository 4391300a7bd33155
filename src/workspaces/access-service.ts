/** Turns what a request shows into a caller: keys, sessions of our own, tokens of an outside identity provider. */
import { createHash, hash as digest, timingSafeEqual } from 'node:crypto';
import type { JwtIssuer } from '../config.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Caller } from './caller.ts';
import { normalScope } from './caller.ts';
import type { DialectName } from './workspace.ts';

export const hashOf = (secret: string): string => digest('sha256', secret);

/** How long another node may go on accepting a key after it was revoked here. */
const CACHE_MS = 1000;
const CACHE_SIZE = 10_000;
const SESSION_HOURS = 12;

type StoredKey = NonNullable<Awaited<ReturnType<Context['store']['accounts']['keyByHash']>>>;

type KeySet = ReturnType<typeof import('jose').createRemoteJWKSet>;

export type AccessService = ReturnType<typeof accessService>;

export function accessService(ctx: Context, issuers: readonly JwtIssuer[]) {
  const { store, now } = ctx;
  const cache = new Map<string, { entry: StoredKey; until: number }>();
  const keySets = new Map<string, Promise<KeySet>>();
  const keySet = (url: string): Promise<KeySet> => {
    const known = keySets.get(url) ?? import('jose').then(({ createRemoteJWKSet }) => createRemoteJWKSet(new URL(url)));
    keySets.set(url, known);
    return known;
  };
  let secret: Promise<Uint8Array> | undefined;
  const sessionSecret = () => {
    secret ??= store.accounts
      .secret('session', () =>
        createHash('sha256')
          .update(crypto.getRandomValues(new Uint8Array(32)))
          .digest('hex'),
      )
      .then((text) => Buffer.from(text, 'hex'));
    return secret;
  };

  const lookUp = async (hash: string): Promise<StoredKey | undefined> => {
    const at = now().getTime();
    const cached = cache.get(hash);
    if (cached && cached.until > at) return cached.entry;
    const entry = await store.accounts.keyByHash(hash);
    if (!entry) return undefined;
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(hash, { entry, until: at + CACHE_MS });
    return entry;
  };

  return {
    /** The caller behind a key, which must belong to this dialect; at a door without keys of its own, to another. */
    async byKey(value: string, door: DialectName, dialect: DialectName = door): Promise<Caller> {
      const hash = hashOf(value);
      const found = await lookUp(hash);
      if (!found || !timingSafeEqual(Buffer.from(found.hash), Buffer.from(hash))) throw new Fault('key_unknown');
      const { key } = found;
      if (key.dialect !== dialect) throw new Fault('key_unknown', {}, `a ${key.dialect} key at ${dialect}`);
      if (key.revokedAt) throw new Fault('key_revoked');
      if (key.expiresAt && key.expiresAt <= now().toISOString()) throw new Fault('key_expired');
      return {
        workspaceId: key.workspaceId,
        workspaceNumber: found.workspaceNumber,
        dialect: door,
        kind: key.kind,
        author: `key:${key.id}`,
        userId: null,
        scopes: key.scopes && new Set(key.scopes.map(normalScope)),
        workspaceIds: key.workspaceIds,
        limitKey: key.id,
        writeOptions: {},
        receipts: [],
      };
    },

    /** The caller behind a session token of ours or, where allowed, of a configured identity provider. */
    async byToken(token: string, dialect: DialectName, outside: boolean): Promise<Caller> {
      const { decodeJwt } = await import('jose');
      let issuer: string | undefined;
      try {
        issuer = decodeJwt(token).iss;
      } catch {
        throw new Fault('key_unknown');
      }
      const provider = outside ? issuers.find((known) => known.issuer === issuer) : undefined;
      const claims = provider ? await verifyOutside(token, provider) : await session(token);
      const workspace = await store.accounts.workspace(claims.workspaceId);
      if (!workspace) throw new Fault('key_unknown');
      return {
        workspaceId: workspace.id,
        workspaceNumber: workspace.number,
        dialect,
        kind: 'person',
        author: `user:${claims.subject}`,
        userId: provider ? null : claims.subject,
        scopes: null,
        workspaceIds: [],
        limitKey: `user:${claims.subject}`,
        writeOptions: {},
        receipts: [],
      };
    },

    async signSession(userId: string, workspaceId: string): Promise<{ token: string; expiresAt: string }> {
      const { SignJWT } = await import('jose');
      const at = now().getTime();
      const expires = new Date(at + SESSION_HOURS * 3_600_000);
      const token = await new SignJWT({ workspace: workspaceId })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('parlance')
        .setSubject(userId)
        .setJti(ctx.newId())
        .setIssuedAt(Math.floor(at / 1000))
        .setExpirationTime(Math.floor(expires.getTime() / 1000))
        .sign(await sessionSecret());
      return { token, expiresAt: expires.toISOString() };
    },

    /** Whoever has logged out is out, on every node. What is no session of ours is over already. */
    async endSession(token: string): Promise<void> {
      try {
        const { id, expiresAt } = await session(token);
        if (id !== undefined) await store.accounts.endSession(id, expiresAt, now().toISOString());
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
      }
    },

    /** The workspace that a partner key means: the one it names, if the key reaches it. */
    async actingFor(caller: Caller, workspaceId: string | undefined): Promise<Caller> {
      if (caller.kind !== 'partner') return caller;
      if (workspaceId === undefined || workspaceId === '') throw new Fault('workspace_required');
      if (!caller.workspaceIds.includes(workspaceId)) throw new Fault('workspace_refused', { id: workspaceId });
      const workspace = await store.accounts.workspace(workspaceId);
      if (!workspace) throw new Fault('workspace_refused', { id: workspaceId });
      return { ...caller, workspaceId, workspaceNumber: workspace.number };
    },

    /** A key that was changed here is forgotten here at once. */
    forgetKeys(): void {
      cache.clear();
    },
  };

  /** A session of our own that is not over. */
  async function session(token: string) {
    const { jwtVerify } = await import('jose');
    const options = { issuer: 'parlance', currentDate: now() };
    const found = await jwtVerify(token, await sessionSecret(), options).catch(() => {
      throw new Fault('key_unknown');
    });
    const { jti: id, sub, exp = 0, workspace } = found.payload;
    if (id !== undefined && (await store.accounts.hasEnded(id))) throw new Fault('key_unknown');
    const expiresAt = new Date(exp * 1000).toISOString();
    return { workspaceId: String(workspace), subject: String(sub), id, expiresAt };
  }

  async function verifyOutside(token: string, provider: JwtIssuer) {
    const { jwtVerify } = await import('jose');
    const { issuer, audience } = provider;
    try {
      const { payload } = await jwtVerify(token, await keySet(provider.jwksUrl), {
        issuer,
        ...(audience && { audience }),
        currentDate: now(),
      });
      return { workspaceId: String(payload[provider.workspaceClaim]), subject: `${issuer}|${payload.sub}` };
    } catch (error) {
      throw new Fault('key_unknown', {}, String(error));
    }
  }
}
