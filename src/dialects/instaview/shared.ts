/** What InstaView's routes share: how a success is said, ids in paths, pages. */

import { Fault, type FaultCode } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import type { Schema } from '../../lib/schema.ts';
import { isUuid } from '../../lib/text.ts';
import type { JsonObject } from '../../lib/values.ts';
import type { Services } from '../../services.ts';
import * as contract from './agents/contract.ts';

/** How a success is said: as it is, or in the envelope of InstaView's guides. */
export type Envelope = 'bare' | 'wrapped';
export interface EnvelopeStyle {
  shape(data: Schema): Schema;
  say(data: unknown): unknown;
}

export const bare: EnvelopeStyle = { shape: (data) => data, say: (data) => data };
export const wrapped = ({ now }: Services): EnvelopeStyle => ({
  shape: contract.inEnvelope,
  say: (data) => ({ success: true, data, error: null, timestamp: now().toISOString() }),
});

export function idOf(id: string, missing: FaultCode): string {
  if (!isUuid(id)) throw new Fault(missing, { id });
  return id.toLowerCase();
}

/** A request without any body says as little as an empty object. */
export const bodyOf = (body: unknown): JsonObject => (body === undefined ? {} : asObject(body));

export interface PageAsked {
  page?: number;
  limit?: number;
}
export const placeOf = ({ page = 1, limit = 20 }: PageAsked) => ({ page, limit, offset: (page - 1) * limit });
export const pageOf = (data: unknown[], total: number, { page, limit }: ReturnType<typeof placeOf>) => ({
  data,
  total,
  page,
  limit,
  totalPages: Math.ceil(total / limit),
});
