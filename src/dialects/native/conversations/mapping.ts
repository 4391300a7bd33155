/** Conversations and messages in the native API. */
import type { ContactInput } from '../../../contacts/contact.ts';
import type { ConversationFacts, Message } from '../../../conversations/conversation.ts';
import type { StartRequest, TurnResult } from '../../../conversations/service.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { parseBody } from '../shared.ts';
import { type ContactRef, type ConversationInput, type ConversationQuery, MessageInput } from './contract.ts';

export function parseStart(body: unknown): StartRequest {
  const { agentId, channel = 'chat', contact, profileId, ...options } = body as ConversationInput;
  return {
    ...options,
    agent: { id: agentId.toLowerCase() },
    channel,
    ...(contact && { contact: parseContact(contact) }),
    ...(profileId && { profileId: profileId.toLowerCase() }),
  };
}

/** @throws Fault `invalid_value` where the body has an id and other facts */
export function parseContact({ id, ...facts }: ContactRef): { id: string } | ContactInput {
  if (id === undefined) return facts;
  if (Object.keys(facts).length > 0) throw invalidAt('contact', 'must be either an id or facts', 'oneOf');
  return { id: id.toLowerCase() };
}

export const parseFilter = ({ state, channel, limit: _limit, cursor: _cursor, ...equal }: ConversationQuery) => ({
  ...equal,
  ...(state && { status: state }),
  ...(channel && { channel: [channel] }),
});

export const parseContent = (body: unknown): string => parseBody(MessageInput, body).content;

/** The body is not checked yet, because the service first looks up the conversation. */
export const wantsStream = (body: unknown): boolean => (body as { stream?: unknown } | undefined)?.stream === true;

export function formatConversation(conversation: ConversationFacts) {
  const { id, number, agentId, revision, state, channel, locale, dialect, by } = conversation;
  const { contactId, metadata, usage, startedAt, lastActivityAt, endedAt, analysis } = conversation;
  return {
    ...{ id, number, agentId, revision, state: state.status, endReason: state.endReason, channel, locale, dialect, by },
    ...{ contactId, metadata, usage, startedAt, lastActivityAt, endedAt, analysis },
  };
}

export function formatMessage({ id, role, text: content, at, ...rest }: Message & { seq?: number }) {
  const { seq: _seq, ...fields } = rest;
  return { id, role, content, at, ...fields };
}

/** The last fields of an answer: what the turn used, and whether the conversation goes on. */
export const formatOutcome = ({ conversation, usage }: TurnResult) => ({ usage, state: conversation.state.status });

const FAILURES: Record<string, string> = {
  timeout: 'took too long',
  'rate-limited': 'is asked too often at the moment',
  cut: 'broke off',
  garbage: 'sent an answer that cannot be read',
  refused: 'refused the request',
  'unknown-model': 'is not known to its provider',
  endless: 'did not come to an end',
  aborted: 'was cancelled',
};
export const modelFailed = (reason: string): Fault =>
  new Fault('model_failed', {
    message: `The model ${FAILURES[reason] ?? 'did not answer'}; the messages of the turn are stored.`,
  });
