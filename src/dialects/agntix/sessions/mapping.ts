/** Conversations as Agntix shows and hears them: sessions, on platforms. */

import {
  type Channel,
  type ConversationFacts,
  isSpoken,
  type Message,
  type Resolved,
} from '../../../conversations/conversation.ts';
import type { ConversationFilter, StartRequest } from '../../../conversations/service.ts';
import { invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { refuse } from '../shared.ts';
import * as shapes from './contract.ts';

const CHANNELS: Record<shapes.Platform, Channel> = { SDK: 'chat', WEB: 'chat', WHATSAPP: 'whatsapp', VOICE: 'voice' };

export function parseSession(body: unknown): StartRequest {
  refuse(shapes.CreateSession, body);
  const { agentId, platform = 'SDK', metadata = {}, contact, session_variables } = body as shapes.CreateSession;
  if (JSON.stringify(metadata).length > shapes.METADATA_CHARACTERS)
    throw invalidAt('metadata', `must be at most ${shapes.METADATA_CHARACTERS} characters of JSON`, 'maxLength');
  const { externalId, metadata: facts, tags } = contact ?? {};
  const whom = { ...(externalId && { externalId }), ...(facts && { metadata: facts }), ...(tags && { tags }) };
  const variables = session_variables ?? {};
  return {
    agent: { id: agentId.toLowerCase() },
    channel: CHANNELS[platform],
    metadata,
    variables,
    ...(contact && { contact: whom }),
    // The platform comes first: lists look for it there.
    extras: { platform, sessionVariables: variables },
  };
}

/** What lists are narrowed by. The two platforms of one channel are told apart by what was said at the beginning. */
export function parseFilter({ agentId, state, platform }: shapes.SessionListQuery): ConversationFilter {
  return {
    ...(agentId && { agentId: agentId.toLowerCase() }),
    ...(state && { status: state === 'OPEN' ? 'open' : 'ended' }),
    ...(platform && { channel: platform === 'VOICE' ? ['voice', 'phone'] : [CHANNELS[platform]] }),
    ...(platform === 'WEB' && { extras: { begin: WEB } }),
    ...(platform === 'SDK' && { extras: { begin: WEB, not: true } }),
  };
}
const WEB = '{"platform":"WEB"';

export function parseMessage(body: JsonObject): shapes.SendMessage {
  refuse(shapes.SendMessage, body);
  return body as shapes.SendMessage;
}

/** The reason is for whoever reads the request; a session is closed or it is not. */
export function parseClosing(body: unknown): void {
  if (body !== undefined && body !== null) refuse(shapes.CloseSession, body);
}

/** Those that were begun in another tongue have the platform that fits their channel. */
function platformOf({ channel, extras }: ConversationFacts): shapes.Platform {
  const said = shapes.PLATFORMS.find((platform) => platform === extras['platform']);
  if (said && CHANNELS[said] === channel) return said;
  if (channel === 'whatsapp') return 'WHATSAPP';
  return isSpoken(channel) ? 'VOICE' : 'SDK';
}

const stateOf = ({ state }: ConversationFacts) => (state.status === 'open' ? 'OPEN' : 'CLOSED');
const updatedAt = ({ endedAt, lastActivityAt }: ConversationFacts): string => endedAt ?? lastActivityAt;

/** A call and what is said in it are one session, and its id is the call's. */
export function sessionId({ id, channel, extras }: ConversationFacts): string {
  const callId = extras['callId'];
  return channel === 'phone' && typeof callId === 'string' ? callId : id;
}

export const formatSession = (session: ConversationFacts) => ({
  id: sessionId(session),
  agentId: session.agentId,
  platform: platformOf(session),
  state: stateOf(session),
  metadata: session.metadata,
  orgId: session.workspaceId,
  createdAt: session.startedAt,
  updatedAt: updatedAt(session),
});

const WHERE: Record<Channel, string> = { chat: 'WEB', voice: 'WEB', phone: 'PHONE', whatsapp: 'WHATSAPP' };

/** What is known from the first moment: the view, and the events, begin with it. */
export function formatStart(session: ConversationFacts) {
  const { id, agentId, channel, startedAt, extras } = session;
  const variables = extras['sessionVariables'];
  return {
    id,
    type: isSpoken(channel) ? 'VOICE' : 'CHAT',
    platform: WHERE[channel],
    direction: 'INBOUND',
    state: stateOf(session),
    agentId,
    createdAt: startedAt,
    metadata: { customerPhoneNumber: null, roomName: null, sessionVariables: isObject(variables) ? variables : {} },
  };
}

export const formatEnd = (session: ConversationFacts) => ({
  lastActivityAt: session.lastActivityAt,
  endedAt: session.endedAt,
  updatedAt: updatedAt(session),
  analysis: formatAnalysis(session),
  recordingUrl: null,
});

/** What was not evaluated is absent. */
function formatAnalysis({ analysis }: ConversationFacts) {
  if (!analysis) return null;
  const { summary, extracted, sentiment, intent, resolution } = analysis;
  const mood = sentiment?.value?.toUpperCase();
  return {
    ...(summary.value !== null && { summary: summary.value }),
    ...(mood && {
      sentiment: { conversation: { sentiment: mood, score: null, detectedLanguage: null, explanation: null } },
    }),
    ...(intent?.value && { intent: { conversation: intent.value } }),
    ...(resolution?.value && { resolution: formatResolution(resolution.value) }),
    ...(extracted.value !== null && { extractedData: extracted.value }),
  };
}

const formatResolution = ({ classification, status, confidence, satisfied, evidence, explanation }: Resolved) => ({
  classification: classification.toUpperCase().replaceAll('-', '_'),
  confidenceScore: confidence,
  status,
  satisfiedChecklistItems: satisfied,
  evidence,
  explanation,
});

const ROLES = { user: 'USER', assistant: 'ASSISTANT', tool: 'TOOL', note: 'SYSTEM', context: 'SYSTEM' } as const;

export function formatMessage({ id, role, text, at, ...rest }: Message) {
  const { toolCalls, toolCallId, toolName, failed, sources } = rest;
  const more = {
    ...(toolCalls && { toolCalls }),
    ...(toolCallId !== undefined && { toolCallId, toolName }),
    ...(failed && { failed }),
    ...(sources?.length && { sources }),
  };
  const metadata = Object.keys(more).length > 0 ? more : null;
  return { id, content: text, role: ROLES[role], createdAt: at, images: null, metadata };
}
