/** AgentHuman's errors: `{"error": text}`. Errors of sessions and 429 also have `success: false`. */
import type { Fault, FaultCode } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';

const isSessionPath = (path: string): boolean => /\/sessions(\/|$)/.test(path);

/** `forSessions` replaces the sentence on paths of sessions. */
const failure =
  (status: number, sentence?: string, forSessions = sentence) =>
  (fault: Fault, { path }: FailureContext): Failure =>
    isSessionPath(path)
      ? { status, body: { success: false, error: forSessions ?? sentenceOf(fault) } }
      : { status, body: { error: sentence ?? sentenceOf(fault) } };

/** Names every refused field with its first issue. */
function sentenceOf({ issues, message }: Fault): string {
  const firstOfEach = issues.filter((issue, i) => issues.findIndex(({ path }) => path === issue.path) === i);
  return firstOfEach.map((issue) => `${issue.path} ${issue.message}`.trim()).join('; ') || message;
}

const tooManyRequests = (): Failure => ({
  status: 429,
  body: { success: false, error: 'Too many requests; try again later. Please try again in 1 minute' },
});

const badRequest = failure(400);
const unauthorized = failure(401, 'Invalid authentication');
const forbidden = failure(403, 'Insufficient permissions');
const notFound = (resource: string) => failure(404, `${resource} not found`);
const agentNotFound = failure(404, 'Agent not found', 'Agent not found or access denied');
const conflict = failure(409);

export const faults: FaultTable = {
  invalid_json: badRequest,
  invalid_body: badRequest,
  unsupported_media: failure(415),
  too_large: failure(413),
  invalid_value: badRequest,
  invalid_query: badRequest,
  invalid_id: notFound('Resource'),
  nothing_to_update: failure(400, 'No fields to update'),
  unknown_reference: badRequest,
  key_missing: failure(401, 'API key required'),
  key_unknown: unauthorized,
  key_revoked: unauthorized,
  key_expired: unauthorized,
  login_failed: unauthorized,
  scope_missing: forbidden,
  workspace_required: badRequest,
  workspace_refused: forbidden,
  rate_limited: tooManyRequests,
  route_missing: notFound('Endpoint'),
  agent_missing: agentNotFound,
  agent_foreign: agentNotFound,
  profile_missing: notFound('Agent'),
  tool_missing: notFound('Tool'),
  avatar_missing: notFound('Avatar'),
  number_missing: notFound('Phone number'),
  contact_missing: notFound('Contact'),
  workspace_missing: notFound('User'),
  key_absent: notFound('API key'),
  name_taken: conflict,
  already_exists: conflict,
  default_profile: conflict,
  in_use: conflict,
  agent_busy: conflict,
  precondition_failed: failure(412),
  precondition_required: failure(428),
  idempotency_mismatch: failure(422),
  idempotency_running: conflict,
  idempotency_unknown: conflict,
  revision_missing: notFound('Revision'),
  revision_held: conflict,
  label_missing: notFound('Label'),
  webhook_missing: notFound('Webhook'),
  delivery_missing: notFound('Delivery'),
  call_missing: notFound('Call'),
  call_foreign: notFound('Call'),
  attempt_missing: notFound('Call attempt'),
  campaign_missing: notFound('Campaign'),
  call_refused: conflict,
  call_over: conflict,
  call_under_way: conflict,
  call_not_live: conflict,
  line_lost: failure(502),
  campaign_state: conflict,
  corpus_missing: notFound('Corpus'),
  document_missing: notFound('Document'),
  conversation_missing: notFound('Session'),
  conversation_closed: badRequest,
  agent_unavailable: badRequest,
  write_conflict: conflict,
  model_failed: failure(502),
  unavailable: failure(503),
  internal: failure(500, 'Server error'),
} satisfies Record<FaultCode, unknown>;
