/** Creates conversations. */

import { auditEntry } from '../audit/entry.ts';
import { Fault } from '../faults.ts';
import { type Caller, storesFor } from '../workspaces/caller.ts';
import type { Conversation, Message } from './conversation.ts';
import { NEVER, type Runtime } from './runtime.ts';
import { runTurn } from './session.ts';
import { type PreparedStart, prepareStart, type StartOptions, type StartRequest } from './start.ts';
import { newState } from './turn.ts';
import { NO_USAGE } from './turns.ts';

type Draft = Omit<Conversation, 'number'>;

export async function createConversation(
  runtime: Runtime,
  options: StartOptions,
  caller: Caller,
  request: StartRequest,
): Promise<{ conversation: Conversation; messages: Message[] }> {
  const { ctx, events } = runtime;
  const id = ctx.newId();
  const prepared = await prepareStart(ctx, options, caller, id, request);
  const draft = draftOf(id, caller, request, prepared);
  const { agentId, revision, channel } = draft;
  const { state, messages } = await openingOf(runtime, draft, request);
  const entry = auditEntry(ctx, caller, 'conversation.started', id, { agentId, revision, channel });
  const conversation = await storesFor(ctx, caller).conversations.create({ ...draft, state }, messages, entry);
  if (!conversation)
    throw new Fault('revision_missing', { message: `Revision ${revision} was removed; start with another one.` });
  if (!caller.writeOptions.dryRun) events.publish(conversation, { messages, from: 1 }, 'started');
  return { conversation, messages };
}

function draftOf(
  id: string,
  { workspaceId, dialect, author }: Caller,
  { metadata = {} }: StartRequest,
  { agent, contactId, snapshot, extras }: PreparedStart,
): Draft {
  const { startedAt, locale, channel } = snapshot;
  return {
    workspaceId,
    id,
    agentId: agent.id,
    revision: agent.revision,
    dialect,
    by: author,
    channel,
    locale,
    contactId,
    state: newState(agent.id),
    metadata,
    extras,
    usage: NO_USAGE,
    analysis: null,
    startedAt,
    lastActivityAt: startedAt,
    endedAt: null,
    version: 1,
    snapshot,
  };
}

/** The first messages: those exchanged earlier elsewhere, else the greeting. */
async function openingOf({ ctx, ports }: Runtime, draft: Draft, request: StartRequest) {
  const { agentId, startedAt: at, state } = draft;
  if (request.priorMessages && request.priorMessages.length > 0) {
    const messages = request.priorMessages.map(({ role, text }): Message => {
      const message: Message = { id: ctx.newId(), role, text, at };
      return role === 'assistant' ? { ...message, agentId } : message;
    });
    return { state, messages };
  }
  const conversation = { ...draft, number: 0 };
  return runTurn({ conversation, messages: [], event: { type: 'start', at } }, ports, {}, NEVER);
}
