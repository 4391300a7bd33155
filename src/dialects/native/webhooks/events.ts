/** The events that native webhooks send. */
import type { Call } from '../../../calling/call.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { EventMapper, Webhook, WebhookEvent } from '../../../webhooks/webhook.ts';

/** The name of an entry's target in its event, where it is not `id`. */
const TARGET_NAMES: Record<string, string> = { agent: 'agentId', call: 'callId', campaign: 'campaignId' };

/** Every audit entry is an event, named by its action. */
export const mapEvent: EventMapper = (entry, { call, campaign }): WebhookEvent => {
  const { action, at, target, revision, by, via, detail } = entry;
  const [kind = ''] = action.split('.');
  const isCalling = kind === 'call' || kind === 'campaign';
  const record = { [TARGET_NAMES[kind] ?? 'id']: target, ...(isCalling ? {} : { revision, changed: [] }) };
  const related = {
    ...(call && { call: formatCall(call) }),
    ...(campaign && { campaign: { id: target, name: campaign.name, metadata: campaign.metadata } }),
  };
  const data = { ...record, ...detail, ...related, by, via };
  const agentId = kind === 'agent' ? target : isCalling && detail['agentId'];
  const payload = { type: action, timestamp: at, data };
  return { type: action, payload, ...(typeof agentId === 'string' && { agentId }) };
};

/** The call at the time of the event. The contact is only a number, because its other fields need `contacts:read`. */
const formatCall = (call: Call): JsonObject => {
  const { id, direction, status, why, phone, contactId, campaignId, attempts, dueAt } = call;
  const { outcome, transferredTo, metadata, externalReference } = call;
  return {
    ...{ id, direction, status, why, phone, contactId, campaignId, attempts, dueAt },
    ...{ outcome, transferredTo, metadata, externalReference },
  };
};

/** The fields of a call in Ayra's events. A test event has no call, so they are null. */
const AYRA_CALL_FIELDS = [
  'call_id',
  'agent_id',
  'caller_phone',
  'duration_seconds',
  'transcript',
  'sentiment',
  'outcome',
];

/** A test event in the envelope of the webhook's dialect. */
export const mapTestEvent =
  (at: string) =>
  ({ id, dialect }: Webhook, deliveryId: string): WebhookEvent => {
    const type = 'webhook.test';
    if (dialect !== 'ayra') return { type, payload: { type, timestamp: at, data: { id } } };
    const data = { ...Object.fromEntries(AYRA_CALL_FIELDS.map((key) => [key, null])), metadata: {} };
    const eventId = `evt_${deliveryId.replaceAll('-', '')}`;
    return { type, payload: { event_id: eventId, event_type: type, timestamp: at, data } };
  };
