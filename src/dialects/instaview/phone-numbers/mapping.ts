/** Maps phone numbers. Parlance does not store capabilities, kind or location, so these are constant. */
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import type * as contract from './contract.ts';

export const formatNumber = (phoneNumber: PhoneNumber): contract.PhoneNumber => ({
  id: phoneNumber.id,
  number: phoneNumber.number,
  companyId: phoneNumber.workspaceId,
  capabilities: 'OUTBOUND',
  custom: false,
  provider: phoneNumber.provider.toUpperCase(),
  status: 'AVAILABLE',
  numberType: 'LOCAL',
  createdAt: phoneNumber.createdAt,
  updatedAt: phoneNumber.updatedAt,
  location: null,
});
