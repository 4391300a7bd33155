/** What else a workspace keeps, besides agents. */
import * as s from './schema.ts';
import * as text from './text.ts';

export const DIALECTS = ['native', 'kejue', 'agenthuman', 'instaview', 'ayra', 'agntix'] as const;
export type DialectName = (typeof DIALECTS)[number];
/** Every door: the tongues, which have keys of their own, and the one that knows agents as models and takes native keys. */
export const DOORS = [...DIALECTS, 'openai'] as const;
export type DoorName = (typeof DOORS)[number];

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
  dialect: DialectName;
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

/** A face that agents may wear. Its voice is spoken by every agent that wears it and has no voice of its own. */
export interface Avatar {
  workspaceId: string;
  id: string;
  number: number;
  name: string;
  url: string;
  voiceId: string | null;
  favorite: boolean;
  public: boolean;
  createdAt: string;
  updatedAt: string;
}

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** What a tool is, whichever tongue described it. */
export const ToolSpec = s.object(
  {
    name: s.string({ minLength: 1, maxLength: 100 }),
    displayName: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    description: s.optional(s.nullable(s.string({ maxLength: 10_000 }))),
    kind: s.optional(s.oneOf(['http', 'function', 'mcp'])),
    http: s.optional(
      s.object({
        url: s.string({ minLength: 1, maxLength: 4096 }),
        method: s.optional(s.oneOf(HTTP_METHODS)),
        headers: s.optional(s.record(s.string({ maxLength: 8192 }))),
        query: s.optional(s.json()),
        body: s.optional(s.json()),
        auth: s.optional(s.json()),
      }),
    ),
    function: s.optional(s.json()),
    /** A server that says by itself which tools it has. */
    mcp: s.optional(
      s.object(
        {
          url: s.string({
            minLength: 1,
            maxLength: 4096,
            pattern: '^https?://',
            'x-pattern-is': 'an http or https address',
          }),
          headers: s.optional(s.record(s.string({ maxLength: 8192 }))),
        },
        { additionalProperties: false },
      ),
    ),
    /** JSON Schema of the arguments that the model fills in. */
    inputSchema: s.optional(s.json()),
    /** Values that are always sent, and where. */
    staticParameters: s.optional(s.array(s.json(), { maxItems: 100 })),
    dynamicParameters: s.optional(s.array(s.json(), { maxItems: 100 })),
    responseSchema: s.optional(s.json()),
    timeoutMs: s.optional(s.integer({ minimum: 1000, maximum: 60_000 })),
    retries: s.optional(s.integer({ minimum: 0, maximum: 5 })),
    precomputable: s.optional(s.boolean()),
    reaction: s.optional(s.oneOf(['speaks', 'silent', 'speaks-once'])),
    announcement: s.optional(s.nullable(s.string({ maxLength: 2000 }))),
    metadata: s.optional(s.json()),
  },
  {
    additionalProperties: false,
    if: { properties: { kind: { const: 'mcp' } }, required: ['kind'] },
    then: { required: ['mcp'] },
  },
);
export type ToolSpec = s.Static<typeof ToolSpec>;

export interface Tool {
  workspaceId: string;
  id: string;
  spec: ToolSpec;
  createdAt: string;
  updatedAt: string;
}

export const PhoneNumberInput = s.object(
  {
    number: text.phoneNumber(),
    provider: s.oneOf(['simulated', 'twilio', 'telnyx']),
    label: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    /** Who answers calls to it. */
    agentId: s.optional(s.nullable(text.uuid())),
    /** And as which of its profiles. */
    profileId: s.optional(s.nullable(s.string({ minLength: 1, maxLength: 255 }))),
    /** Who calls from it where whoever asks for a call names nobody. */
    outboundAgentId: s.optional(s.nullable(text.uuid())),
    /** Calls from it in a day. */
    dailyCap: s.optional(s.nullable(s.integer({ minimum: 1, maximum: 100_000 }))),
  },
  { additionalProperties: false },
);

export interface PhoneNumber {
  workspaceId: string;
  id: string;
  number: string;
  provider: string;
  label: string | null;
  agentId: string | null;
  profileId: string | null;
  /** Who calls from it where whoever asks for a call names nobody. */
  outboundAgentId: string | null;
  dailyCap: number | null;
  createdAt: string;
  updatedAt: string;
}

export const Consent = s.object(
  {
    calls: s.boolean(),
    /** Where and when it was given, for whoever asks. */
    source: s.optional(s.string({ maxLength: 2000 })),
    at: s.optional(text.dateTime()),
    /** It holds no longer from then on. */
    until: s.optional(text.dateTime()),
  },
  { additionalProperties: false },
);

export const ContactInput = s.object(
  {
    externalId: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    phone: s.optional(s.nullable(text.phoneNumber())),
    whatsappNumber: s.optional(s.nullable(text.phoneNumber())),
    email: s.optional(s.nullable(s.string({ format: 'email', maxLength: 254 }))),
    firstName: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    lastName: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    company: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    jobTitle: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    country: s.optional(s.nullable(s.string({ pattern: '^[A-Z]{2}$', 'x-pattern-is': 'an ISO country code like US' }))),
    timezone: s.optional(s.nullable(s.string({ maxLength: 64 }))),
    language: s.optional(s.nullable(text.localeTag())),
    tags: s.optional(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
    /** Whether they may be called. Where nothing is said, the workspace's settings decide. */
    consent: s.optional(s.nullable(Consent)),
    metadata: s.optional(s.json()),
  },
  { additionalProperties: false },
);
export type ContactInput = s.Static<typeof ContactInput>;

export interface Contact {
  workspaceId: string;
  id: string;
  fields: ContactInput;
  createdAt: string;
  updatedAt: string;
}
