/** Workspaces, the users who log in to them, and the keys that open them. */
export const KEY_DIALECTS = ['native', 'kejue', 'agenthuman', 'instaview', 'ayra', 'agntix'] as const;
export type KeyDialect = (typeof KEY_DIALECTS)[number];
/** Every door: the tongues, which have keys of their own, and the one that knows agents as models and takes native keys. */
export const DIALECTS = [...KEY_DIALECTS, 'openai'] as const;
export type DialectName = (typeof DIALECTS)[number];

export interface Workspace {
  id: string;
  number: number;
  name: string;
  createdAt: string;
}

export interface User {
  workspaceId: string;
  id: string;
  number: number;
  email: string;
  name: string | null;
  createdAt: string;
}

export const KEY_KINDS = ['standard', 'partner', 'operator'] as const;
/** A key as it may be shown: never its value, never its hash. */
export interface Key {
  workspaceId: string;
  id: string;
  name: string | null;
  dialect: KeyDialect;
  /** `operator` keys administer the server; `partner` keys serve several workspaces. */
  kind: (typeof KEY_KINDS)[number];
  /** The first characters, so that a person can tell keys apart. */
  prefix: string;
  /** null: everything its dialect offers. */
  scopes: string[] | null;
  workspaceIds: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}
