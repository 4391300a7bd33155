/** A phone number of a workspace, for inbound and outbound calls. */
import * as s from '../lib/schema.ts';
import * as text from '../lib/text.ts';

export const PhoneNumberInput = s.object(
  {
    number: text.phoneNumber(),
    provider: s.oneOf(['simulated', 'twilio', 'telnyx']),
    label: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    /** The agent that answers calls to the number. */
    agentId: s.optional(s.nullable(text.uuid())),
    /** The profile that the agent answers with. */
    profileId: s.optional(s.nullable(s.string({ minLength: 1, maxLength: 255 }))),
    /** The agent of an outbound call from the number, where the client names none. */
    outboundAgentId: s.optional(s.nullable(text.uuid())),
    /** Outbound calls per day. */
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
  /** The agent of an outbound call from the number, where the client names none. */
  outboundAgentId: string | null;
  dailyCap: number | null;
  createdAt: string;
  updatedAt: string;
}
