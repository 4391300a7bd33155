/** Schemas of phone numbers. */
import * as s from '../../../lib/schema.ts';
import { PhoneNumberInput } from '../../../phone-numbers/phone-number.ts';
import { closed, stamps } from '../shared.ts';

export { PhoneNumberInput } from '../../../phone-numbers/phone-number.ts';
export type NewPhoneNumber = s.Static<typeof PhoneNumberInput>;

const { label, agentId, profileId, outboundAgentId, dailyCap } = PhoneNumberInput.properties;
export const PhoneNumberPatch = s.object({ label, agentId, profileId, outboundAgentId, dailyCap }, closed);
export const PhoneNumber = s.object({ ...stamps, ...PhoneNumberInput.properties });
