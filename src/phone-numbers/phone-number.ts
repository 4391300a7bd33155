/** A number that a workspace calls from and is called on. */
import * as s from '../lib/schema.ts';
import * as text from '../lib/text.ts';

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
