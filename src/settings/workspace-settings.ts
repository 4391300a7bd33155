/** What a workspace may say: its layer of the settings, and how it wants to be written to. */
import { CallSettings } from '../agents/agent.ts';
import * as s from '../lib/schema.ts';

const closed = { additionalProperties: false };

export const Holiday = s.object(
  {
    date: s.string({ format: 'date', description: 'Such as 2026-12-25.' }),
    name: s.optional(s.string({ maxLength: 255 })),
    /** Only for contacts of this country; absent: for everybody. */
    country: s.optional(s.string({ pattern: '^[A-Z]{2}$', 'x-pattern-is': 'an ISO country code like US' })),
  },
  closed,
);

/** How a workspace calls, whichever agent does. */
export const Calling = s.object(
  {
    /** Nobody is called on these days of their own calendar. */
    holidays: s.inherits(s.array(Holiday, { maxItems: 2000 })),
    /** Calls at the same time, those that come in among them. */
    lines: s.inherits(s.integer({ minimum: 1, maximum: 10_000 })),
    /** Of those, kept free for calls that come in. */
    linesForIncoming: s.inherits(s.integer({ minimum: 0, maximum: 10_000 })),
    /** Calls from one number in a day; a number may have a limit of its own. */
    callsPerNumberAndDay: s.inherits(s.integer({ minimum: 1, maximum: 100_000 })),
    /** Only contacts who have said yes are called. */
    consentRequired: s.inherits(s.boolean()),
    /** How long it rings before nobody has answered. */
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
    /** `required`: a native update must say which revision it changes. */
    preconditions: s.inherits(s.oneOf(['optional', 'required'])),
    /** How many revisions of an agent are kept, the head among them; absent: all. */
    revisionsKept: s.inherits(s.integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);
export type WorkspaceSettings = s.Static<typeof WorkspaceSettings>;

export const NO_SETTINGS: WorkspaceSettings = { callSettings: { window: {} } };
