/** Phone numbers as Agntix writes and shows them. */

import type { JsonObject } from '../../../lib/values.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import { checkShape, parsePage } from '../shared.ts';
import * as contract from './contract.ts';

export const formatNumber = (phoneNumber: PhoneNumber) => ({
  id: phoneNumber.id,
  number: phoneNumber.number,
  provider: phoneNumber.provider,
  label: phoneNumber.label,
  agentId: phoneNumber.agentId,
  inBoundAgentId: phoneNumber.agentId,
  outBoundAgentId: phoneNumber.outboundAgentId,
  orgId: phoneNumber.workspaceId,
  createdAt: phoneNumber.createdAt,
});

export const formatCallerNumber = ({ id, number, provider, label }: PhoneNumber) => ({
  id,
  phone_number: number,
  provider,
  label,
});

export const parseSizedPage = ({ page, size }: contract.NumberQuery) => parsePage({ page, limit: size }, 50);

export function parseNewNumber(body: JsonObject) {
  checkShape(contract.CreateNumber, body);
  const { provider, number, agentId = null, label = null } = body as contract.CreateNumber;
  return { provider, number, label, agentId: lower(agentId) };
}

/** The changes that a body asks for, and Agntix's names of the fields, for errors. */
export function parseNumber(body: JsonObject, before: PhoneNumber) {
  checkShape(contract.UpdateNumber, body);
  const { inBoundAgentId, outBoundAgentId, agentId, label } = body as contract.UpdateNumber;
  // `agentId` and `inBoundAgentId` are the same field. If a body has both, the one that differs counts.
  const differs = (id: string | null | undefined) => id !== undefined && lower(id) !== before.agentId;
  const inbound = differs(inBoundAgentId) ? inBoundAgentId : agentId;
  return {
    changes: {
      ...(label !== undefined && { label }),
      // Another agent does not have the profile of the previous one.
      ...(differs(inbound) && { agentId: lower(inbound ?? null), profileId: null }),
      ...(outBoundAgentId !== undefined && { outboundAgentId: lower(outBoundAgentId) }),
    },
    names: { agentId: differs(inBoundAgentId) ? 'inBoundAgentId' : 'agentId', outboundAgentId: 'outBoundAgentId' },
  };
}

const lower = (id: string | null): string | null => id?.toLowerCase() ?? null;
