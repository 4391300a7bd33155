/** Endpoints of a single call: webhooks that no list shows, deleted some time after the call has ended. */

import type { Context } from '../context.ts';
import type { Statement } from '../db/engine.ts';
import type { CallEndpoint, Webhook } from '../webhooks/webhook.ts';
import type { Call } from './call.ts';

/** The statements that insert the endpoints, for the transaction that creates the call. */
export function endpointInsertions(
  { store, newId }: Context,
  { workspaceId, id: callId, createdAt }: Pick<Call, 'workspaceId' | 'id' | 'createdAt'>,
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
