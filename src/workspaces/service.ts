/** Workspaces, the people in them, and the keys that open them. */
import { randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { AlreadyThere } from '../db/engine.ts';
import { Fault, invalidAt } from '../faults.ts';
import { type AccessService, hashOf } from './access-service.ts';
import type { Caller } from './caller.ts';
import { storesFor } from './caller.ts';
import type { Key, KeyDialect, User, Workspace } from './workspace.ts';

const scrypt = promisify(scryptCallback) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;

/** What keys begin with, so that people and scanners know them when they see them. */
export const KEY_PREFIXES: Record<KeyDialect, string> = {
  native: 'par_',
  kejue: 'kej_live_',
  agenthuman: 'ah_live_',
  instaview: 'sk_live_',
  ayra: 'sk_live_',
  agntix: 'pk_live_',
};

export interface NewKey {
  workspaceId: string;
  dialect: KeyDialect;
  name?: string | null;
  kind?: Key['kind'];
  scopes?: string[] | null;
  workspaceIds?: string[];
  expiresAt?: string | null;
}

export type AccountService = ReturnType<typeof accountService>;

export function accountService(ctx: Context, access: AccessService) {
  const { store, now, newId } = ctx;
  const at = () => now().toISOString();

  const hashPassword = async (password: string): Promise<string> => {
    const salt = randomBytes(16);
    return `${salt.toString('hex')}:${(await scrypt(password, salt, 32)).toString('hex')}`;
  };
  const passwordMatches = async (password: string, stored: string): Promise<boolean> => {
    const [salt = '', hash = ''] = stored.split(':');
    const derived = await scrypt(password, Buffer.from(salt, 'hex'), 32);
    return timingSafeEqual(derived, Buffer.from(hash, 'hex'));
  };
  // Somebody who guesses addresses must not learn from the clock which of them exist.
  let decoy: Promise<string> | undefined;

  /** Where nobody asked, the house itself did. */
  const NOBODY = { author: 'system', dialect: 'native', writeOptions: {} } as const;
  type Author = Pick<Caller, 'author' | 'dialect' | 'writeOptions'>;
  const kept = (author: Author) => storesFor(ctx, author).accounts;

  const createKey = async (input: NewKey, author: Author = NOBODY): Promise<{ key: Key; value: string }> => {
    const prefix = KEY_PREFIXES[input.dialect];
    const value = prefix + randomText(32);
    const key: Key = {
      workspaceId: input.workspaceId,
      id: newId(),
      name: input.name ?? null,
      dialect: input.dialect,
      kind: input.kind ?? 'standard',
      prefix: value.slice(0, prefix.length + 4),
      scopes: input.scopes ?? null,
      workspaceIds: input.workspaceIds ?? [],
      createdAt: at(),
      expiresAt: input.expiresAt ? new Date(input.expiresAt).toISOString() : null,
      revokedAt: null,
    };
    const detail = { dialect: key.dialect, kind: key.kind, scopes: key.scopes };
    await kept(author).createKey(key, hashOf(value), auditEntry(ctx, author, 'key.created', key.id, detail));
    return { key, value };
  };

  /** Operators reach every workspace, everybody else their own. */
  const reach = async (caller: Caller, workspaceId: string): Promise<Workspace> => {
    const mine = caller.kind === 'operator' || caller.workspaceId === workspaceId;
    const workspace = mine ? await store.accounts.workspace(workspaceId) : undefined;
    if (!workspace) throw new Fault('workspace_missing', { id: workspaceId });
    return workspace;
  };

  const operatorsOnly = (caller: Caller): void => {
    if (caller.kind !== 'operator') throw new Fault('scope_missing', { scope: 'workspaces:write' });
  };

  return {
    reach,

    async createWorkspace(name: string, author: Author = NOBODY): Promise<Workspace> {
      const id = newId();
      const entry = auditEntry(ctx, author, 'workspace.created', id);
      return kept(author).createWorkspace({ id, name, createdAt: at() }, entry);
    },
    async addWorkspace(caller: Caller, name: string): Promise<Workspace> {
      operatorsOnly(caller);
      return this.createWorkspace(name, caller);
    },
    workspaces: (caller: Caller): Promise<Workspace[]> =>
      store.accounts.workspaces(caller.kind === 'operator' ? null : [caller.workspaceId]),
    /** What tongues that count owners with integers call these workspaces. */
    async workspaceNumbers(ids: readonly string[]): Promise<Map<string, number>> {
      const known = await store.accounts.workspaces([...new Set(ids)]);
      return new Map(known.map(({ id, number }) => [id, number]));
    },

    createKey,
    async addKey(caller: Caller, input: NewKey): Promise<{ key: Key; value: string }> {
      await reach(caller, input.workspaceId);
      if (input.kind === 'operator' || input.kind === 'partner') operatorsOnly(caller);
      const others = input.workspaceIds ?? [];
      if (input.kind === 'partner' && others.length === 0)
        throw invalidAt('workspaceIds', 'is required for a partner key', 'required');
      if (input.kind !== 'partner' && others.length > 0)
        throw invalidAt('workspaceIds', 'is only for partner keys', 'kind');
      const known = new Set((await store.accounts.workspaces(others)).map((workspace) => workspace.id));
      const unknown = others.findIndex((id) => !known.has(id));
      if (unknown >= 0) throw invalidAt(`workspaceIds.${unknown}`, 'is not a workspace', 'reference');
      // Nobody may hand out more than they have.
      const { scopes } = caller;
      const beyond = scopes && (input.scopes ?? ['everything']).find((scope) => !scopes.has(scope));
      if (beyond) throw new Fault('scope_missing', { scope: beyond });
      return createKey(input, caller);
    },
    async keys(caller: Caller, workspaceId: string): Promise<Key[]> {
      await reach(caller, workspaceId);
      return store.accounts.keys(workspaceId);
    },
    async revokeKey(caller: Caller, id: string): Promise<void> {
      const key =
        caller.kind === 'operator'
          ? await store.accounts.keyAnywhere(id)
          : await store.accounts.key(caller.workspaceId, id);
      if (!key) throw new Fault('key_absent', { id });
      await kept(caller).revokeKey(key.workspaceId, id, auditEntry(ctx, caller, 'key.revoked', id));
      if (!caller.writeOptions.dryRun) access.forgetKeys();
    },

    async createUser(
      input: { workspaceId: string; email: string; password: string; name?: string | null },
      author: Author = NOBODY,
    ): Promise<User> {
      const user = {
        workspaceId: input.workspaceId,
        id: newId(),
        email: input.email.toLowerCase(),
        name: input.name ?? null,
        createdAt: at(),
      };
      try {
        const entry = auditEntry(ctx, author, 'user.created', user.id);
        return await kept(author).createUser(user, await hashPassword(input.password), entry);
      } catch (error) {
        if (!(error instanceof AlreadyThere)) throw error;
        const issues = [{ path: 'email', message: 'is already registered', rule: 'unique' }];
        throw new Fault('already_exists', { issues });
      }
    },
    async addUser(caller: Caller, input: Parameters<typeof this.createUser>[0]): Promise<User> {
      await reach(caller, input.workspaceId);
      return this.createUser(input, caller);
    },
    async users(caller: Caller, workspaceId: string): Promise<User[]> {
      await reach(caller, workspaceId);
      return store.accounts.users(workspaceId);
    },

    /** Ends the session whose token this is, if it is one. */
    logout: (token: string): Promise<void> => access.endSession(token),

    async login(email: string, password: string) {
      const found = await store.accounts.userByEmail(email.toLowerCase());
      decoy ??= hashPassword('nobody has this password');
      const matches = await passwordMatches(password, found?.passwordHash ?? (await decoy));
      if (!found || !matches) throw new Fault('login_failed');
      return { user: found.user, ...(await access.signSession(found.user.id, found.user.workspaceId)) };
    },
  };
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** Random letters and digits without the look-alikes; 5.8 bits each, every letter equally likely. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 256 - (256 % ALPHABET.length) && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
