/** Schemas of phone numbers. */
import * as s from '../../../lib/schema.ts';
import { PhoneNumberInput } from '../../../phone-numbers/phone-number.ts';
import { stamps } from '../contract.ts';

export { PhoneNumberInput };
export const PhoneNumber = s.object({ ...stamps, ...PhoneNumberInput.properties });
export const PhoneNumberPatch = s.object(
  {
    label: PhoneNumberInput.properties.label,
    agentId: PhoneNumberInput.properties.agentId,
    profileId: PhoneNumberInput.properties.profileId,
    outboundAgentId: PhoneNumberInput.properties.outboundAgentId,
    dailyCap: PhoneNumberInput.properties.dailyCap,
  },
  { additionalProperties: false },
);
