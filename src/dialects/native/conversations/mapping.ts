/** Conversations natively. */
import type { ContactInput } from '../../../contacts/contact.ts';
import type { ConversationFacts, Message } from '../../../conversations/conversation.ts';
import type { StartRequest } from '../../../conversations/service.ts';
import { invalid, invalidAt } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type * as s from '../../../lib/schema.ts';
import { type ConversationInput, MessageInput, type Whom } from './contract.ts';

export function parseBeginning(body: unknown): StartRequest {
  const { agentId, channel = 'chat', contact, profileId, ...fields } = body as ConversationInput;
  return {
    ...fields,
    agent: { id: agentId.toLowerCase() },
    channel,
    ...(contact && { contact: whomIn(contact) }),
    ...(profileId && { profileId: profileId.toLowerCase() }),
  };
}

export function whomIn({ id, ...facts }: s.Static<typeof Whom>): { id: string } | ContactInput {
  if (id === undefined) return facts;
  if (Object.keys(facts).length > 0) throw invalidAt('contact', 'must be either an id or facts', 'oneOf');
  return { id: id.toLowerCase() };
}

export function parseContent(body: unknown): string {
  const issues = issuesOf(MessageInput, body);
  if (issues.length > 0) throw invalid(issues);
  return (body as s.Static<typeof MessageInput>).content;
}

export function formatConversation(conversation: ConversationFacts) {
  const { id, number, agentId, revision, state, channel, locale, dialect, by } = conversation;
  const { contactId, metadata, usage, startedAt, lastActivityAt, endedAt, analysis } = conversation;
  return {
    ...{ id, number, agentId, revision, state: state.status, endReason: state.endReason, channel, locale, dialect, by },
    ...{ contactId, metadata, usage, startedAt, lastActivityAt, endedAt, analysis },
  };
}

export function formatMessage({ id, role, text: content, at, ...rest }: Message & { seq?: number }) {
  const { seq: _place, ...more } = rest;
  return { id, role, content, at, ...more };
}
