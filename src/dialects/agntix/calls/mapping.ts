/** Calls as Agntix hears and shows them: a call is a session that begins when it is asked for, under the call's own id. */

import { type Call, isOver } from '../../../calling/call.ts';
import type { CallDraft, CallFilter } from '../../../calling/call-service.ts';
import type { ConversationFacts } from '../../../conversations/conversation.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import type { Schema } from '../../../lib/schema.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { formatEnd, formatSession, formatStart } from '../sessions/mapping.ts';
import { refuse } from '../shared.ts';
import * as contract from './contract.ts';

/** A conversation, the call that it was held in, or a call in which nothing has been said yet. */
export type Session = { call?: undefined; conversation: ConversationFacts } | CallSession;
export interface CallSession {
  call: Call;
  conversation?: ConversationFacts | undefined;
}

type Finding = Pick<Services, 'conversations' | 'calls'>;

/** By the id of either. Strangers hold no calls. */
export async function findSession({ conversations, calls }: Finding, caller: Caller, id: string): Promise<Session> {
  const conversation = await unlessMissing(() => conversations.get(caller, id));
  if (!conversation) {
    if (caller.kind === 'stranger') throw new Fault('conversation_missing', { id });
    const call = await calls.get(caller, id);
    const { conversationId } = call;
    return {
      call,
      conversation: conversationId === null ? undefined : await conversations.get(caller, conversationId),
    };
  }
  const call = conversation.channel === 'phone' ? await calls.ofConversation(caller, id) : undefined;
  return call ? { call, conversation } : { conversation };
}

/** What is said in a call is said in its conversation, whichever of the two is named. */
export async function inConversation<T>(
  { calls }: Finding,
  caller: Caller,
  id: string,
  work: (id: string) => Promise<T>,
) {
  const done = await unlessMissing(async () => ({ value: await work(id) }));
  if (done) return done.value;
  if (caller.kind === 'stranger') throw new Fault('conversation_missing', { id });
  const { conversationId } = await calls.get(caller, id);
  if (conversationId === null) throw new Fault('call_not_live', { id });
  return work(conversationId);
}

async function unlessMissing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Fault && error.code === 'conversation_missing') return undefined;
    throw error;
  }
}

/** Made once: whoever is not reached is called again by whoever asked, and not by the rules of the agent. */
const ONCE = { callSettings: { autoRetry: false } };

export function parseStart(body: unknown, number: PhoneNumber, shape: Schema): CallDraft {
  refuse(shape, body);
  const { to_phone_number, agent_id, ttl, session_variables } = body as contract.StartCall;
  const agentId = agent_id ?? number.outboundAgentId ?? number.agentId;
  if (agentId === null) throw invalidAt('agent_id', 'is required: the number has no agent', 'required');
  const variables = session_variables ?? {};
  return {
    agent: { id: agentId.toLowerCase() },
    phone: to_phone_number,
    numberId: number.id,
    maxDurationSeconds: ttl ?? contract.DEFAULT_TTL_SECONDS,
    variables,
    overrides: ONCE,
    extras: { platform: 'VOICE', sessionVariables: variables },
  };
}

export function parseOutbound({ phoneNumberId, to, agentId, metadata }: contract.OutboundCall): CallDraft {
  return {
    agent: { id: agentId.toLowerCase() },
    phone: to,
    numberId: phoneNumberId.toLowerCase(),
    metadata: metadata ?? {},
    overrides: ONCE,
    extras: { platform: 'VOICE', sessionVariables: {} },
  };
}

const stateOf = ({ status }: Call) => (isOver(status) ? 'CLOSED' : 'OPEN');

export const formatCall = (call: Call) => ({
  id: call.id,
  agentId: call.agentId,
  platform: 'VOICE',
  state: stateOf(call),
  metadata: call.metadata,
  orgId: call.workspaceId,
  createdAt: call.createdAt,
  updatedAt: call.updatedAt,
});

export const present = ({ call, conversation }: Session) => (call ? formatCall(call) : formatSession(conversation));

/** What is known from the first moment. */
export const formatCallStart = (call: Call) => ({
  id: call.id,
  type: 'VOICE',
  platform: 'PHONE',
  direction: call.direction.toUpperCase(),
  state: stateOf(call),
  agentId: call.agentId,
  createdAt: call.createdAt,
  metadata: { customerPhoneNumber: call.phone, roomName: null, sessionVariables: call.options.variables ?? {} },
});

/** The two states of sessions cannot tell a call that waits for its hours from one that rings. */
const standing = ({ status, why, dueAt }: Call) => ({
  status: status.toUpperCase(),
  reason: why,
  nextAttemptAt: status === 'waiting' ? dueAt : null,
});

export function formatView({ call, conversation }: Session) {
  if (!call) return { ...formatStart(conversation), ...formatEnd(conversation) };
  const said = conversation && formatEnd(conversation);
  return {
    ...formatCallStart(call),
    lastActivityAt: said?.lastActivityAt ?? call.updatedAt,
    endedAt: call.endedAt,
    updatedAt: call.updatedAt,
    analysis: said?.analysis ?? null,
    recordingUrl: null,
    call: standing(call),
  };
}

export function parseDays({ startDate, endDate, agentId }: contract.StatsQuery): CallFilter {
  const since = momentOf('startDate', startDate);
  const until = momentOf('endDate', endDate);
  const isDay = !endDate.includes('T');
  return {
    since: since.toISOString(),
    until: new Date(until.getTime() + (isDay ? DAY_MS : 0)).toISOString(),
    ...(agentId && { agentId: agentId.toLowerCase() }),
  };
}
const DAY_MS = 86_400_000;

function momentOf(field: string, said: string): Date {
  const moment = new Date(said);
  const isReal = !Number.isNaN(moment.getTime()) && (said.length > 10 || moment.toISOString().startsWith(said));
  if (!isReal) throw invalidAt(field, 'must be a date like 2026-05-01', 'format');
  return moment;
}
