/** Endpoints of one call alone: rows of the webhooks that nobody lists, and that are dropped some time after its end. */

import type { Context } from '../context.ts';
import type { Statement } from '../db/engine.ts';
import type { CallEndpoint, Webhook } from '../webhooks/webhook.ts';
import type { Call } from './call.ts';

type Told = Pick<Call, 'workspaceId' | 'id' | 'createdAt'>;

/** What has to be written in the transaction that makes the call. */
export function endpointsOf(
  { store, newId }: Context,
  { workspaceId, id: callId, createdAt }: Told,
  endpoints: readonly CallEndpoint[] = [],
): Statement[] {
  const webhooks = endpoints.map(
    (endpoint): Webhook => ({
      ...endpoint,
      ...{ workspaceId, id: newId(), enabled: true, failures: 0, failingSince: null, lastDeliveryAt: null },
      ...{ lastError: null, deliveries: 0, failedDeliveries: 0, disabledReason: null, disabledAt: null },
      ...{ createdAt, updatedAt: createdAt },
    }),
  );
  return store.webhooks.insertions(webhooks, callId);
}
