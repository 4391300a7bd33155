/** InstaView's phone numbers. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

export const PhoneNumber = s.object({
  id: text.uuid(),
  number: s.string(),
  companyId: text.uuid(),
  capabilities: s.oneOf(['OUTBOUND']),
  custom: s.boolean(),
  provider: s.string(),
  status: s.oneOf(['AVAILABLE']),
  numberType: s.oneOf(['LOCAL']),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
  location: s.nullable(s.string()),
});
export type PhoneNumber = s.Static<typeof PhoneNumber>;
