/** Finds the caller behind the key or token of a request. */
import { hash as digest, timingSafeEqual } from 'node:crypto';
import type { JwtIssuer } from '../config.ts';
import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { Caller } from './caller.ts';
import { normalizeScope } from './caller.ts';
import { tokenService } from './token-service.ts';
import type { DialectName } from './workspace.ts';

/** The hash under which a key is stored: SHA-256 in hexadecimal digits. */
export const hashOf = (secret: string): string => digest('sha256', secret);

/** How long another node may still accept a key that was revoked on this one. */
const CACHE_MS = 1000;
const CACHE_SIZE = 10_000;

type StoredKey = NonNullable<Awaited<ReturnType<Context['store']['accounts']['keyByHash']>>>;

export interface AccessService {
  /**
   * The caller of a request with a key. The key must belong to `keysOf`, which is the dialect itself unless it accepts
   * the keys of another one. Throws `key_unknown`, `key_revoked` or `key_expired`.
   */
  byKey(key: string, dialect: DialectName, keysOf?: DialectName): Promise<Caller>;
  /** The caller of a request with a session token or, with `outside`, a token of a configured identity provider. */
  byToken(token: string, dialect: DialectName, outside: boolean): Promise<Caller>;
  /** Signs a session token, valid for 12 hours. */
  signSession(userId: string, workspaceId: string): Promise<{ token: string; expiresAt: string }>;
  /** Ends a session on every node. Tokens that are not valid sessions are ignored. */
  endSession(token: string): Promise<void>;
  /**
   * The caller in the workspace that a request with a partner key names; other callers are answered unchanged. Throws
   * `workspace_required` without a name, `workspace_refused` for a workspace that the key does not serve.
   */
  actingFor(caller: Caller, workspaceId: string | undefined): Promise<Caller>;
  /** Empties the cache of keys on this node, after a key has changed. */
  clearKeyCache(): void;
}

export function accessService(ctx: Context, issuers: readonly JwtIssuer[]): AccessService {
  const { store, now } = ctx;
  const tokens = tokenService(ctx, issuers);
  const cache = new Map<string, { entry: StoredKey; until: number }>();

  const findKey = async (hash: string): Promise<StoredKey | undefined> => {
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
    async byKey(value, dialect, keysOf = dialect) {
      const hash = hashOf(value);
      const found = await findKey(hash);
      if (!found || !timingSafeEqual(Buffer.from(found.hash), Buffer.from(hash))) throw new Fault('key_unknown');
      const { key } = found;
      if (key.dialect !== keysOf) throw new Fault('key_unknown', {}, `a ${key.dialect} key at ${keysOf}`);
      if (key.revokedAt) throw new Fault('key_revoked');
      if (key.expiresAt && key.expiresAt <= now().toISOString()) throw new Fault('key_expired');
      return {
        workspaceId: key.workspaceId,
        workspaceNumber: found.workspaceNumber,
        dialect,
        kind: key.kind,
        author: `key:${key.id}`,
        userId: null,
        scopes: key.scopes && new Set(key.scopes.map(normalizeScope)),
        workspaceIds: key.workspaceIds,
        limitKey: key.id,
        writeOptions: {},
        receipts: [],
      };
    },

    async byToken(token, dialect, outside) {
      const { workspaceId, subject, isOutside } = await tokens.verify(token, outside);
      const workspace = await store.accounts.workspace(workspaceId);
      if (!workspace) throw new Fault('key_unknown', {}, 'the workspace of the token does not exist');
      return {
        workspaceId: workspace.id,
        workspaceNumber: workspace.number,
        dialect,
        kind: 'person',
        author: `user:${subject}`,
        userId: isOutside ? null : subject,
        scopes: null,
        workspaceIds: [],
        limitKey: `user:${subject}`,
        writeOptions: {},
        receipts: [],
      };
    },

    signSession: tokens.sign,
    endSession: tokens.end,

    async actingFor(caller, workspaceId) {
      if (caller.kind !== 'partner') return caller;
      if (workspaceId === undefined || workspaceId === '') throw new Fault('workspace_required');
      if (!caller.workspaceIds.includes(workspaceId)) throw new Fault('workspace_refused', { id: workspaceId });
      const workspace = await store.accounts.workspace(workspaceId);
      if (!workspace) throw new Fault('workspace_refused', { id: workspaceId });
      return { ...caller, workspaceId, workspaceNumber: workspace.number };
    },

    clearKeyCache() {
      cache.clear();
    },
  };
}
