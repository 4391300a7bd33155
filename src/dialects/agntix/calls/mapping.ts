/** Calls as Agntix writes and shows them. A call is a session with the call's id, which starts with the request. */

import { type Call, hasEnded } from '../../../calling/call.ts';
import type { CallDraft, CallFilter } from '../../../calling/call-service.ts';
import type { ConversationFacts } from '../../../conversations/conversation.ts';
import { invalidAt } from '../../../faults.ts';
import type { Schema } from '../../../lib/schema.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import type { Services } from '../../../services.ts';
import { formatEnd, formatSession, formatStart } from '../sessions/mapping.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

/** A conversation, a phone call with its conversation, or a call that has no conversation yet. */
export type Session = { call?: undefined; conversation: ConversationFacts } | CallSession;
export interface CallSession {
  call: Call;
  conversation?: ConversationFacts | undefined;
}

/** Agntix's clients repeat a call themselves, so the agent's retry rules do not apply. */
const ONCE = { callSettings: { autoRetry: false } };

export function parseStart(body: unknown, number: PhoneNumber, shape: Schema): CallDraft {
  checkShape(shape, body);
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

export function parseOutbound(body: JsonObject): CallDraft & { numberId: string } {
  checkShape(contract.OutboundCall, body);
  const { phoneNumberId, to, agentId, metadata } = body as contract.OutboundCall;
  return {
    agent: { id: agentId.toLowerCase() },
    phone: to,
    numberId: phoneNumberId.toLowerCase(),
    metadata: metadata ?? {},
    overrides: ONCE,
    extras: { platform: 'VOICE', sessionVariables: {} },
  };
}

const stateOf = ({ status }: Call) => (hasEnded(status) ? 'CLOSED' : 'OPEN');

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

export const formatSessionOrCall = ({ call, conversation }: Session) =>
  call ? formatCall(call) : formatSession(conversation);

/** The fields that are known from the start of a call. */
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

/** The two session states do not distinguish a call that waits for its hours from one that is ringing. */
const formatProgress = ({ status, why, dueAt }: Call) => ({
  status: status.toUpperCase(),
  reason: why,
  nextAttemptAt: status === 'waiting' ? dueAt : null,
});

export function formatView({ call, conversation }: Session) {
  if (!call) return { ...formatStart(conversation), ...formatEnd(conversation) };
  const end = conversation && formatEnd(conversation);
  return {
    ...formatCallStart(call),
    lastActivityAt: end?.lastActivityAt ?? call.updatedAt,
    endedAt: call.endedAt,
    updatedAt: call.updatedAt,
    analysis: end?.analysis ?? null,
    recordingUrl: null,
    call: formatProgress(call),
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

function momentOf(field: string, value: string): Date {
  const moment = new Date(value);
  const isReal = !Number.isNaN(moment.getTime()) && (value.length > 10 || moment.toISOString().startsWith(value));
  if (!isReal) throw invalidAt(field, 'must be a date like 2026-05-01', 'format');
  return moment;
}

type Totals = Awaited<ReturnType<Services['calls']['totals']>>;

export const formatStats = ({ total, completed, averageSeconds }: Totals) => ({
  totalCalls: total,
  completedCalls: completed,
  avgDurationSeconds: Math.round(averageSeconds * 100) / 100,
  successRate: total === 0 ? 0 : completed / total,
});
