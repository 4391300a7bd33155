/** Workspaces, the users who log in to them, and the keys of their clients. */
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

/** How the keys of each dialect begin, so that people and secret scanners recognize them. */
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

export interface NewUser {
  workspaceId: string;
  email: string;
  password: string;
  name?: string | null;
}

/** A new key with its value, which is answered once and never stored. */
export interface CreatedKey {
  key: Key;
  value: string;
}

/** The author of a write in the audit log. */
type Author = Pick<Caller, 'author' | 'dialect' | 'writeOptions'>;

const SYSTEM: Author = { author: 'system', dialect: 'native', writeOptions: {} };

/**
 * Methods with a caller check what the caller may do; the others are for the server itself and its commands. Without
 * an author, the audit log names the system.
 */
export interface AccountService {
  /** A workspace that the caller may read: operators any, other callers their own. Throws `workspace_missing`. */
  getWorkspace(caller: Caller, workspaceId: string): Promise<Workspace>;
  /** Creates a workspace. */
  createWorkspace(name: string, author?: Author): Promise<Workspace>;
  /** Creates a workspace for an operator. Throws `scope_missing` for other callers. */
  addWorkspace(caller: Caller, name: string): Promise<Workspace>;
  /** The workspaces that the caller may read. */
  workspaces(caller: Caller): Promise<Workspace[]>;
  /** The numbers of workspaces by their ids, for dialects that count owners with integers. */
  workspaceNumbers(ids: readonly string[]): Promise<Map<string, number>>;
  /** Creates a key. */
  createKey(input: NewKey, author?: Author): Promise<CreatedKey>;
  /** Creates a key with no more rights than the caller has. Only operators create operator and partner keys. */
  addKey(caller: Caller, input: NewKey): Promise<CreatedKey>;
  /** The keys of a workspace, without their values. */
  keys(caller: Caller, workspaceId: string): Promise<Key[]>;
  /** Revokes a key: at once on this node, within a second on the others. Throws `key_absent`. */
  revokeKey(caller: Caller, id: string): Promise<void>;
  /** Creates a user. Throws `already_exists` for an e-mail address that is registered. */
  createUser(input: NewUser, author?: Author): Promise<User>;
  /** Creates a user in a workspace that the caller may read. */
  addUser(caller: Caller, input: NewUser): Promise<User>;
  /** The users of a workspace. */
  users(caller: Caller, workspaceId: string): Promise<User[]>;
  /** Ends a session. Tokens that are not valid sessions are ignored. */
  logout(token: string): Promise<void>;
  /** Starts a session. Throws `login_failed` without telling whether the address or the password is wrong. */
  login(email: string, password: string): Promise<{ user: User; token: string; expiresAt: string }>;
}

export function accountService(ctx: Context, access: AccessService): AccountService {
  const { store } = ctx;
  let decoyHash: Promise<string> | undefined;
  const createWorkspace: AccountService['createWorkspace'] = (name, author = SYSTEM) => {
    const id = ctx.newId();
    const entry = auditEntry(ctx, author, 'workspace.created', id);
    return storesFor(ctx, author).accounts.createWorkspace({ id, name, createdAt: ctx.now().toISOString() }, entry);
  };
  const reach: AccountService['getWorkspace'] = (caller, workspaceId) => readableWorkspace(ctx, caller, workspaceId);

  return {
    getWorkspace: reach,
    createWorkspace,
    async addWorkspace(caller, name) {
      requireOperator(caller);
      return createWorkspace(name, caller);
    },
    workspaces: (caller) => store.accounts.workspaces(caller.kind === 'operator' ? null : [caller.workspaceId]),
    async workspaceNumbers(ids) {
      const known = await store.accounts.workspaces([...new Set(ids)]);
      return new Map(known.map(({ id, number }) => [id, number]));
    },

    createKey: (input, author) => createKey(ctx, input, author),
    async addKey(caller, input) {
      await reach(caller, input.workspaceId);
      await checkNewKey(ctx, caller, input);
      return createKey(ctx, input, caller);
    },
    async keys(caller, workspaceId) {
      await reach(caller, workspaceId);
      return store.accounts.keys(workspaceId);
    },
    async revokeKey(caller, id) {
      const isOperator = caller.kind === 'operator';
      const key = await (isOperator ? store.accounts.keyAnywhere(id) : store.accounts.key(caller.workspaceId, id));
      if (!key) throw new Fault('key_absent', { id });
      const entry = auditEntry(ctx, caller, 'key.revoked', id);
      await storesFor(ctx, caller).accounts.revokeKey(key.workspaceId, id, entry);
      if (!caller.writeOptions.dryRun) access.clearKeyCache();
    },

    createUser: (input, author) => createUser(ctx, input, author),
    async addUser(caller, input) {
      await reach(caller, input.workspaceId);
      return createUser(ctx, input, caller);
    },
    async users(caller, workspaceId) {
      await reach(caller, workspaceId);
      return store.accounts.users(workspaceId);
    },

    logout: (token) => access.endSession(token),
    async login(email, password) {
      const found = await store.accounts.userByEmail(email.toLowerCase());
      // An unknown address takes as long as a wrong password, so that the time does not tell which addresses exist.
      decoyHash ??= hashPassword('the password of no user');
      const matches = await passwordMatches(password, found?.passwordHash ?? (await decoyHash));
      if (!found || !matches) throw new Fault('login_failed');
      return { user: found.user, ...(await access.signSession(found.user.id, found.user.workspaceId)) };
    },
  };
}

async function readableWorkspace({ store }: Context, caller: Caller, workspaceId: string): Promise<Workspace> {
  const mayRead = caller.kind === 'operator' || caller.workspaceId === workspaceId;
  const workspace = mayRead ? await store.accounts.workspace(workspaceId) : undefined;
  if (!workspace) throw new Fault('workspace_missing', { id: workspaceId });
  return workspace;
}

function requireOperator(caller: Caller): void {
  if (caller.kind !== 'operator') throw new Fault('scope_missing', { scope: 'workspaces:write' });
}

async function checkNewKey({ store }: Context, caller: Caller, input: NewKey): Promise<void> {
  if (input.kind === 'operator' || input.kind === 'partner') requireOperator(caller);
  const others = input.workspaceIds ?? [];
  if (input.kind === 'partner' && others.length === 0)
    throw invalidAt('workspaceIds', 'is required for a partner key', 'required');
  if (input.kind !== 'partner' && others.length > 0)
    throw invalidAt('workspaceIds', 'is only for partner keys', 'kind');
  const known = new Set((await store.accounts.workspaces(others)).map((workspace) => workspace.id));
  const unknown = others.findIndex((id) => !known.has(id));
  if (unknown >= 0) throw invalidAt(`workspaceIds.${unknown}`, 'is not a workspace', 'reference');
  // A key without scopes may do everything, so that a caller with scopes cannot create one.
  const { scopes } = caller;
  const beyond = scopes && (input.scopes ?? ['everything']).find((scope) => !scopes.has(scope));
  if (beyond) throw new Fault('scope_missing', { scope: beyond });
}

async function createKey(ctx: Context, input: NewKey, author = SYSTEM): Promise<CreatedKey> {
  const prefix = KEY_PREFIXES[input.dialect];
  const value = prefix + randomText(32);
  const key: Key = {
    workspaceId: input.workspaceId,
    id: ctx.newId(),
    name: input.name ?? null,
    dialect: input.dialect,
    kind: input.kind ?? 'standard',
    prefix: value.slice(0, prefix.length + 4),
    scopes: input.scopes ?? null,
    workspaceIds: input.workspaceIds ?? [],
    createdAt: ctx.now().toISOString(),
    expiresAt: input.expiresAt ? new Date(input.expiresAt).toISOString() : null,
    revokedAt: null,
  };
  const detail = { dialect: key.dialect, kind: key.kind, scopes: key.scopes };
  const entry = auditEntry(ctx, author, 'key.created', key.id, detail);
  await storesFor(ctx, author).accounts.createKey(key, hashOf(value), entry);
  return { key, value };
}

async function createUser(ctx: Context, input: NewUser, author = SYSTEM): Promise<User> {
  const user = {
    workspaceId: input.workspaceId,
    id: ctx.newId(),
    email: input.email.toLowerCase(),
    name: input.name ?? null,
    createdAt: ctx.now().toISOString(),
  };
  try {
    const entry = auditEntry(ctx, author, 'user.created', user.id);
    return await storesFor(ctx, author).accounts.createUser(user, await hashPassword(input.password), entry);
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error;
    const issues = [{ path: 'email', message: 'is already registered', rule: 'unique' }];
    throw new Fault('already_exists', { issues });
  }
}

/** The salt and the hash in hexadecimal digits, joined by a colon. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await scrypt(password, salt, 32)).toString('hex')}`;
}

async function passwordMatches(password: string, stored: string): Promise<boolean> {
  const [salt = '', hash = ''] = stored.split(':');
  const derived = await scrypt(password, Buffer.from(salt, 'hex'), 32);
  return timingSafeEqual(derived, Buffer.from(hash, 'hex'));
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** Random letters and digits without look-alikes; about 5.8 bits each. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    // Bytes beyond the last multiple of the alphabet's length are skipped, so that all characters are equally likely.
    for (const byte of randomBytes(length)) {
      if (byte < 256 - (256 % ALPHABET.length) && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}
