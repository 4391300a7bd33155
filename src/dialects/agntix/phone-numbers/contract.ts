/** Agntix's phone numbers. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { nullish, SizeQuery, textOrNull } from '../shared.ts';

const agent = s.nullable(text.uuid());
const label = nullish(s.string({ maxLength: 255 }));

export const CreateNumber = s.object({
  provider: s.oneOf(['twilio', 'telnyx', 'simulated']),
  number: text.phoneNumber(),
  agentId: s.optional(agent),
  label,
});
export type CreateNumber = s.Static<typeof CreateNumber>;

export const UpdateNumber = s.object({
  inBoundAgentId: s.optional(agent),
  outBoundAgentId: s.optional(agent),
  agentId: s.optional(agent),
  label,
});
export type UpdateNumber = s.Static<typeof UpdateNumber>;

export const PhoneNumber = s.object({
  id: text.uuid(),
  number: s.string(),
  provider: s.string(),
  label: textOrNull,
  agentId: agent,
  inBoundAgentId: agent,
  outBoundAgentId: agent,
  orgId: s.string(),
  createdAt: text.dateTime(),
});

export const NumberQuery = SizeQuery;
export type NumberQuery = s.Static<typeof NumberQuery>;
export const Numbers = s.object({
  items: s.array(
    s.object({
      id: text.uuid(),
      phone_number: s.string(),
      provider: s.string(),
      label: textOrNull,
    }),
  ),
});
