/** Ayra's errors: `{error: {type, message, code}}`, with the field or the id beside the code. */
import type { Fault, FaultCode } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';

type Details = (fault: Fault, context: FailureContext) => object;

const field: Details = ({ issues: [first] }) => (first?.path ? { field: first.path } : {});

const failure =
  (status: number, type: string, code: string, sentence?: string, details: Details = field) =>
  (fault: Fault, context: FailureContext): Failure => ({
    status,
    body: { error: { type, message: sentence ?? sentenceOf(fault), code, ...details(fault, context) } },
  });

/** What to do instead of changing a field that an update cannot change. */
const FIXED: Readonly<Record<string, string>> = {
  voice_platform: 'An agent stays on its voice platform; create a new agent instead',
  phone_number: 'An update cannot change the phone number; contact support',
};

function sentenceOf(fault: Fault): string {
  const [first] = fault.issues;
  if (first?.path === 'language') return 'Invalid language code';
  return (first?.rule === 'fixed' && FIXED[first.path]) || fault.message;
}

/** The id exactly as the client wrote it in the path. */
const idAfter =
  (collection: string, key: string): Details =>
  (_fault, { path }) => {
    const parts = path.split('/');
    const index = parts.indexOf(collection);
    const id = index < 0 ? undefined : parts[index + 1];
    return id === undefined ? {} : { [key]: decodeURIComponent(id) };
  };
const agentId = idAfter('agents', 'agent_id');
const conversationId = idAfter('conversations', 'conversation_id');

const parameter = failure(400, 'invalid_request', 'invalid_parameter');
const request = (status: number, code: string) => failure(status, 'invalid_request', code);
const unauthorized = (code: string, sentence: string) => failure(401, 'authentication_error', code, sentence);
const invalidKey = unauthorized('invalid_api_key', 'Invalid API key');
const notFound = failure(404, 'not_found', 'resource_not_found');
const agentNotFound = failure(404, 'not_found', 'agent_not_found', 'Agent not found', agentId);
const conflict = (code: string) => failure(409, 'conflict', code);

export const faults: FaultTable = {
  invalid_json: request(400, 'invalid_json'),
  invalid_body: request(400, 'invalid_body'),
  unsupported_media: request(415, 'unsupported_media_type'),
  too_large: request(413, 'request_too_large'),
  invalid_value: parameter,
  invalid_query: parameter,
  invalid_id: notFound,
  nothing_to_update: parameter,
  unknown_reference: parameter,
  key_missing: unauthorized('missing_api_key', 'No API key provided'),
  key_unknown: invalidKey,
  key_revoked: invalidKey,
  key_expired: unauthorized('expired_api_key', 'The API key has expired'),
  login_failed: invalidKey,
  scope_missing: failure(
    403,
    'permission_error',
    'insufficient_permissions',
    'The API key lacks the permission that this request needs',
    ({ details }) => ({ required_permission: details.scope }),
  ),
  workspace_required: request(400, 'workspace_required'),
  workspace_refused: failure(403, 'permission_error', 'workspace_refused'),
  rate_limited: failure(429, 'rate_limit_error', 'rate_limit_exceeded'),
  route_missing: failure(404, 'not_found', 'route_not_found'),
  agent_missing: agentNotFound,
  agent_foreign: agentNotFound,
  profile_missing: notFound,
  tool_missing: notFound,
  avatar_missing: notFound,
  number_missing: notFound,
  contact_missing: notFound,
  workspace_missing: notFound,
  key_absent: notFound,
  name_taken: failure(409, 'conflict', 'agent_name_taken', 'An agent with this name already exists'),
  already_exists: conflict('already_exists'),
  default_profile: conflict('default_profile'),
  in_use: conflict('in_use'),
  agent_busy: failure(409, 'conflict', 'agent_has_active_calls', 'The agent has active calls', ({ details }) => ({
    active_calls: details.count ?? 0,
  })),
  precondition_failed: request(412, 'precondition_failed'),
  precondition_required: request(428, 'precondition_required'),
  idempotency_mismatch: request(422, 'idempotency_mismatch'),
  idempotency_running: conflict('idempotency_conflict'),
  idempotency_unknown: conflict('idempotency_conflict'),
  revision_missing: notFound,
  revision_held: conflict('revision_held'),
  label_missing: notFound,
  webhook_missing: notFound,
  delivery_missing: notFound,
  call_missing: failure(404, 'not_found', 'conversation_not_found', 'Conversation not found', conversationId),
  call_foreign: failure(404, 'not_found', 'conversation_not_found', 'Conversation not found', conversationId),
  attempt_missing: notFound,
  campaign_missing: notFound,
  call_refused: conflict('call_refused'),
  call_over: conflict('call_over'),
  call_under_way: conflict('call_under_way'),
  call_not_live: conflict('call_not_live'),
  line_lost: failure(502, 'api_error', 'line_lost'),
  campaign_state: conflict('campaign_state'),
  corpus_missing: notFound,
  document_missing: notFound,
  // Ayra's conversations are calls, so a call without a conversation is one without a transcript.
  conversation_missing: failure(404, 'not_found', 'transcript_not_found', 'Transcript not found', conversationId),
  conversation_closed: conflict('conversation_closed'),
  agent_unavailable: conflict('agent_unavailable'),
  write_conflict: conflict('write_conflict'),
  model_failed: failure(502, 'api_error', 'model_failed'),
  unavailable: failure(503, 'api_error', 'service_unavailable'),
  internal: failure(500, 'api_error', 'internal_error'),
} satisfies Record<FaultCode, unknown>;
