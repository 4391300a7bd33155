/** Workspaces, the users who log in to them, and the keys that open them. */
export const KEY_DIALECTS = ['native', 'kejue', 'agenthuman', 'instaview', 'ayra', 'agntix'] as const;
export type KeyDialect = (typeof KEY_DIALECTS)[number];
/** All dialects: those with keys of their own, and the OpenAI API, which accepts native keys. */
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
/** A key as it may be answered, without its value and its hash. */
export interface Key {
  workspaceId: string;
  id: string;
  name: string | null;
  dialect: KeyDialect;
  /** `operator` keys administer the server; `partner` keys serve several workspaces. */
  kind: (typeof KEY_KINDS)[number];
  /** The first characters, by which people tell keys apart. */
  prefix: string;
  /** What the key may do; null means everything. */
  scopes: string[] | null;
  /** The workspaces that a partner key may act for. */
  workspaceIds: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}
