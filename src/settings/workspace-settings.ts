/** The settings of a workspace: its layer of the call settings, and its rules for calls and for writes. */
import { CallSettings } from '../agents/agent.ts';
import * as s from '../lib/schema.ts';

const closed = { additionalProperties: false };

export const Holiday = s.object(
  {
    date: s.string({ format: 'date', description: 'Such as 2026-12-25.' }),
    name: s.optional(s.string({ maxLength: 255 })),
    /** Only for contacts of this country; absent: for all contacts. */
    country: s.optional(s.string({ pattern: '^[A-Z]{2}$', 'x-pattern-is': 'an ISO country code like US' })),
  },
  closed,
);

/** Calling rules for all agents of a workspace. */
export const Calling = s.object(
  {
    /** Days without calls on the contact's calendar. */
    holidays: s.inherits(s.array(Holiday, { maxItems: 2000 })),
    /** The most calls at the same time, inbound calls included. */
    lines: s.inherits(s.integer({ minimum: 1, maximum: 10_000 })),
    /** Lines reserved for inbound calls. */
    linesForIncoming: s.inherits(s.integer({ minimum: 0, maximum: 10_000 })),
    /** Calls per day from one number without `dailyCap`. */
    callsPerNumberAndDay: s.inherits(s.integer({ minimum: 1, maximum: 100_000 })),
    /** Only contacts with consent are called. */
    consentRequired: s.inherits(s.boolean()),
    /** How long the phone rings before an attempt ends as `no_answer`. */
    ringSeconds: s.inherits(s.integer({ minimum: 5, maximum: 120 })),
  },
  closed,
);
export type Calling = s.Static<typeof Calling>;

export const CALLING_DEFAULTS = { lines: 20, linesForIncoming: 2, ringSeconds: 30 } as const;

export const WorkspaceSettings = s.object(
  {
    /** The workspace's layer of the call settings, below every agent's own. */
    callSettings: CallSettings,
    calling: s.optional(Calling),
    /** `required`: a native update must send `If-Match`. */
    preconditions: s.inherits(s.oneOf(['optional', 'required'])),
    /** Revisions kept per agent, the head included; absent: all. */
    revisionsKept: s.inherits(s.integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);
export type WorkspaceSettings = s.Static<typeof WorkspaceSettings>;

export const NO_SETTINGS: WorkspaceSettings = { callSettings: { window: {} } };
