/** Conversations as Agntix writes and shows them: sessions on platforms. */

import {
  type Channel,
  type ConversationFacts,
  type DetectedResolution,
  isSpoken,
  type Message,
} from '../../../conversations/conversation.ts';
import type { ConversationFilter, StartRequest } from '../../../conversations/service.ts';
import { invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

const CHANNELS: Record<contract.Platform, Channel> = { SDK: 'chat', WEB: 'chat', WHATSAPP: 'whatsapp', VOICE: 'voice' };

export function parseSession(body: unknown): StartRequest {
  checkShape(contract.CreateSession, body);
  const { agentId, platform = 'SDK', metadata = {}, contact, session_variables } = body as contract.CreateSession;
  if (JSON.stringify(metadata).length > contract.MAX_METADATA_CHARACTERS)
    throw invalidAt('metadata', `must be at most ${contract.MAX_METADATA_CHARACTERS} characters of JSON`, 'maxLength');
  const { externalId, metadata: contactMetadata, tags } = contact ?? {};
  const contactFields = {
    ...(externalId && { externalId }),
    ...(contactMetadata && { metadata: contactMetadata }),
    ...(tags && { tags }),
  };
  const variables = session_variables ?? {};
  return {
    agent: { id: agentId.toLowerCase() },
    channel: CHANNELS[platform],
    metadata,
    variables,
    ...(contact && { contact: contactFields }),
    // The platform must be the first key: filters match the beginning of the stored JSON.
    extras: { platform, sessionVariables: variables },
  };
}

/** The filter of a list. `SDK` and `WEB` share a channel, so the filter compares the stored platform. */
export function parseFilter({ agentId, state, platform }: contract.SessionListQuery): ConversationFilter {
  return {
    ...(agentId && { agentId: agentId.toLowerCase() }),
    ...(state && { status: state === 'OPEN' ? 'open' : 'ended' }),
    ...(platform && { channel: platform === 'VOICE' ? ['voice', 'phone'] : [CHANNELS[platform]] }),
    ...(platform === 'WEB' && { extras: { begin: WEB } }),
    ...(platform === 'SDK' && { extras: { begin: WEB, not: true } }),
  };
}
const WEB = '{"platform":"WEB"';

export function parseMessage(body: JsonObject): contract.SendMessage {
  checkShape(contract.SendMessage, body);
  return body as contract.SendMessage;
}

/** Checks the body. Parlance does not store the reason. */
export function checkClosing(body: unknown): void {
  if (body !== undefined && body !== null) checkShape(contract.CloseSession, body);
}

/** Sessions of another API show the platform that fits their channel. */
function platformOf({ channel, extras }: ConversationFacts): contract.Platform {
  const requested = contract.PLATFORMS.find((platform) => platform === extras['platform']);
  if (requested && CHANNELS[requested] === channel) return requested;
  if (channel === 'whatsapp') return 'WHATSAPP';
  return isSpoken(channel) ? 'VOICE' : 'SDK';
}

const stateOf = ({ state }: ConversationFacts) => (state.status === 'open' ? 'OPEN' : 'CLOSED');
const updatedAt = ({ endedAt, lastActivityAt }: ConversationFacts): string => endedAt ?? lastActivityAt;

/** A phone call and its conversation are one session, which has the call's id. */
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

const VIEW_PLATFORMS: Record<Channel, string> = { chat: 'WEB', voice: 'WEB', phone: 'PHONE', whatsapp: 'WHATSAPP' };

/** The fields that are known from the start, for the view and for events. */
export function formatStart(session: ConversationFacts) {
  const { id, agentId, channel, startedAt, extras } = session;
  const variables = extras['sessionVariables'];
  return {
    id,
    type: isSpoken(channel) ? 'VOICE' : 'CHAT',
    platform: VIEW_PLATFORMS[channel],
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

/** Parts that were not analyzed are absent. */
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

const formatResolution = ({
  classification,
  status,
  confidence,
  satisfied,
  evidence,
  explanation,
}: DetectedResolution) => ({
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
