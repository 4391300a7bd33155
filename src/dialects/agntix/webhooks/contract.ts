/** Agntix's webhook endpoints. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish } from '../shared.ts';

/** Delivered events, planned events, and events that older pages of Agntix's documents name. */
const EVENTS = [
  ...['session.created', 'session.ended'],
  ...['session.updated', 'message.added', 'usage.updated', 'subscription.updated', 'knowledge_store.updated'],
  ...['session.closed', 'session.message.created', 'call.ended'],
];

const fields = {
  url: s.string({
    minLength: 1,
    maxLength: 2048,
    description: 'HTTPS.',
    examples: ['https://example.com/hooks/agntix'],
  }),
  eventNames: s.array(s.oneOf(EVENTS), { minItems: 1, maxItems: 50, uniqueItems: true }),
  description: s.string({ maxLength: 2000 }),
  rateLimit: nullish(s.integer({ minimum: 1, maximum: 10_000, description: 'Requests per second.' })),
  metadata: nullish(s.json()),
  secret: nullish(
    s.string({
      maxLength: 200,
      pattern: '^whsec_[A-Za-z0-9+/]{32,}={0,2}$',
      'x-pattern-is': 'whsec_ and at least 24 bytes in base64',
    }),
  ),
};
export const CreateEndpoint = s.object(fields);
export const UpdateEndpoint = s.partial(s.object(fields));
export type UpdateEndpoint = s.Static<typeof UpdateEndpoint>;

export const Endpoint = s.object({
  id: text.uuid(),
  url: s.string(),
  eventNames: s.array(s.string()),
  description: s.string(),
  rateLimit: s.nullable(s.integer()),
  metadata: s.json(),
  isActive: s.boolean(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});
export const NewEndpoint = s.object({
  ...Endpoint.properties,
  secret: s.string({ description: 'Only the answer to creation includes the secret.' }),
});
