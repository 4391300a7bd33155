/** InstaView's webhooks. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

/** Clients may also send these events as numbers: their index in this list. */
export const NUMBERED_EVENTS = [
  'analysis.completed',
  'analysis.failed',
  'ping',
  'interview.completed',
  'interview.failed',
  'interview.started',
];
export const EVENTS = [
  ...NUMBERED_EVENTS,
  'sourcing.completed',
  'sourcing.failed',
  'enrich.completed',
  'enrich.failed',
];

const Header = s.object({
  name: s.string({
    minLength: 1,
    maxLength: 255,
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    'x-pattern-is': 'the name of a header',
  }),
  value: s.optional(
    s.string({
      minLength: 1,
      maxLength: 4096,
      pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]+$',
      'x-pattern-is': 'one line of text',
    }),
  ),
});
export type Header = s.Static<typeof Header>;

const fields = {
  url: s.string({
    minLength: 1,
    maxLength: 2048,
    description: 'HTTPS.',
    examples: ['https://example.com/hooks/instaview'],
  }),
  events: s.array(s.anyOf<s.Schema<string | number>>([s.string({ examples: ['ping'] }), s.integer()]), {
    minItems: 1,
    maxItems: 50,
    description: `One of ${EVENTS.join(', ')}; also in upper case with underscores; the first six also as 0 to 5.`,
    examples: [['ping', 'interview.completed']],
  }),
  name: s.optional(s.nullable(s.string({ maxLength: 255 }))),
  description: s.optional(s.nullable(s.string({ maxLength: 2000 }))),
  headers: s.optional(
    s.nullable(
      s.array(Header, { maxItems: 50, description: 'Replaces all headers. Answers never show their values.' }),
    ),
  ),
};
export const CreateWebhook = s.object({ ...fields, companyId: s.optional(s.nullable(s.string())) });
export const UpdateWebhook = s.partial(s.object({ ...fields, isActive: s.optional(s.boolean()) }));
export type UpdateWebhook = s.Static<typeof UpdateWebhook>;

const answer = {
  id: text.uuid(),
  apiKeyId: s.nullable(s.string()),
  companyId: s.nullable(text.uuid()),
  url: s.string(),
  name: s.nullable(s.string()),
  description: s.nullable(s.string()),
  headers: s.array(s.object({ name: s.string(), isMasked: s.boolean() })),
  events: s.array(s.string()),
  isActive: s.boolean(),
  maxRetries: s.integer(),
  timeoutMs: s.integer(),
  consecutiveFailures: s.integer(),
  circuitOpenedAt: s.nullable(text.dateTime()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
};
export const Webhook = s.object(answer);
export type Webhook = s.Static<typeof Webhook>;
export const CreatedWebhook = s.object({
  ...answer,
  signingSecret: s.string({ description: 'Shown only in this answer.' }),
});
export const TestResult = s.object({
  success: s.boolean(),
  deliveryId: text.uuid(),
  httpStatus: s.nullable(s.integer()),
  durationMs: s.integer(),
  message: s.string(),
});
export type TestResult = s.Static<typeof TestResult>;
