/** Agntix's webhook endpoints: their shapes, both ways. */

import type { ChainedEntry } from '../../../audit/entry.ts';
import { type Call, isOver } from '../../../calling/call.ts';
import type { ConversationFacts } from '../../../conversations/conversation.ts';
import { invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { WebhookFields } from '../../../webhooks/service.ts';
import type { EventMapper, Webhook, WebhookEvent } from '../../../webhooks/webhook.ts';
import { formatCallStart, formatView, type Session } from '../calls/mapping.ts';
import { formatStart } from '../sessions/mapping.ts';

/** The two that are delivered, those that are planned, and those that older pages name. */
const EVENTS = [
  ...['session.created', 'session.ended'],
  ...['session.updated', 'message.added', 'usage.updated', 'subscription.updated', 'knowledge_store.updated'],
  ...['session.closed', 'session.message.created', 'call.ended'],
];

const fields = {
  url: s.string({
    minLength: 1,
    maxLength: 2048,
    description: 'HTTPS.',
    examples: ['https://example.com/hooks/agntix'],
  }),
  eventNames: s.array(s.oneOf(EVENTS), { minItems: 1, maxItems: 50, uniqueItems: true }),
  description: s.string({ maxLength: 2000 }),
  rateLimit: s.optional(s.nullable(s.integer({ minimum: 1, maximum: 10_000, description: 'Requests a second.' }))),
  metadata: s.optional(s.nullable(s.json())),
  secret: s.optional(
    s.nullable(
      s.string({
        maxLength: 200,
        pattern: '^whsec_[A-Za-z0-9+/]{32,}={0,2}$',
        'x-pattern-is': 'whsec_ and at least 24 bytes in base64',
      }),
    ),
  ),
};
export const CreateEndpoint = s.object(fields);
export const UpdateEndpoint = s.partial(s.object(fields));

const shown = {
  id: text.uuid(),
  url: s.string(),
  eventNames: s.array(s.string()),
  description: s.string(),
  rateLimit: s.nullable(s.integer()),
  metadata: s.json(),
  isActive: s.boolean(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
};
export const Endpoint = s.object(shown);
export const NewEndpoint = s.object({ ...shown, secret: s.string({ description: 'Shown this once.' }) });

export function formatEndpoint({ id, url, events, options, enabled, createdAt, updatedAt }: Webhook) {
  const { rateLimit = null, metadata = {} } = options.extras ?? {};
  const description = options.description ?? '';
  return { id, url, eventNames: events, description, rateLimit, metadata, isActive: enabled, createdAt, updatedAt };
}

export const parseNewEndpoint = (body: JsonObject) =>
  said(CreateEndpoint, body, { url: '', events: [], options: {}, enabled: true });

export function parseEndpoint(body: JsonObject, { url, events, options, enabled, disabledReason }: Webhook) {
  const after = said(UpdateEndpoint, body, { url, events, options, enabled });
  // Nothing here can be switched on or off, so whoever mends an endpoint that the server gave up means it to work.
  const mended = disabledReason !== null && Object.keys(fields).some((key) => body[key] != null);
  return mended ? { ...after, enabled: true } : after;
}

function said(schema: s.Schema, body: JsonObject, before: WebhookFields): WebhookFields & { secret?: string } {
  const issues = issuesOf(schema, body);
  if (issues.length > 0) throw invalid(issues);
  const { url, eventNames, description, rateLimit, metadata, secret } = body as s.Static<typeof UpdateEndpoint>;
  const { extras = {}, ...old } = before.options;
  const extra = (key: 'rateLimit' | 'metadata', value: unknown) => {
    const next = value === undefined ? extras[key] : value;
    return next == null ? {} : { [key]: next };
  };
  return {
    url: url ?? before.url,
    events: eventNames ?? before.events,
    enabled: before.enabled,
    options: {
      ...old,
      ...(description !== undefined && { description }),
      extras: { ...extra('rateLimit', rateLimit), ...extra('metadata', metadata) },
    },
    ...(secret && { secret }),
  };
}

/** Flat, with the session's id: the end is told once what was found in looking back is there to go with it. */
export const mapEvent: EventMapper = (entry, { conversation, call }) => {
  if (call) return callEvents(entry, call, conversation);
  if (!conversation) return undefined;
  if (entry.action === 'conversation.started') return began(formatStart(conversation));
  return entry.action === 'conversation.analyzed' ? ended({ conversation }) : undefined;
};

/** A call is one session from when it is asked for until nobody calls any more. */
function callEvents(
  { action, detail }: ChainedEntry,
  call: Call,
  conversation?: ConversationFacts,
): WebhookEvent | undefined {
  if (action === 'call.created') return began(formatCallStart(call));
  // Those of a campaign are asked for by the thousand, and told of when somebody answers.
  if (action === 'call.started' && call.campaignId !== null) return began(formatCallStart(call));
  if (action === 'conversation.analyzed' || (action === 'call.cancelled' && isOver(call.status)))
    return ended({ call, conversation });
  if (action !== 'call.ended' || detail['over'] !== true) return undefined;
  const isLookedBackAt = detail['conversationId'] != null && call.hasTranscript;
  return isLookedBackAt ? undefined : ended({ call, conversation });
}

const began = (start: JsonObject & { agentId: string }): WebhookEvent => ({
  type: 'session.created',
  payload: { ...start, eventType: 'session.created', state: 'OPEN' },
  agentId: start.agentId,
});

function ended(session: Session): WebhookEvent {
  const view = formatView(session);
  const endedAt = view.endedAt ?? session.conversation?.endedAt ?? null;
  const payload = { ...view, eventType: 'session.ended', state: 'CLOSED', endedAt };
  return { type: 'session.ended', payload, agentId: view.agentId };
}
