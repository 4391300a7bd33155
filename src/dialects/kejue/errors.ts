/** Kejue's errors: `{error, code, details}`, with field errors under `details` in the form of FastAPI. */
import type { Fault, FaultCode } from '../../faults.ts';
import type { Failure, FaultTable } from '../../http/dialect.ts';

const failure =
  (status: number, code: string, sentence?: string) =>
  (fault: Fault): Failure => ({
    status,
    body: { error: sentence ?? sentenceOf(fault), code, details: detailsOf(fault) },
  });

/** The sentence for an unknown reference names its field, like that for any wrong value. */
function sentenceOf(fault: Fault): string {
  const [first] = fault.issues;
  if (fault.code !== 'unknown_reference' || !first) return fault.message;
  return `${first.path} ${first.message}`.trim();
}

function detailsOf(fault: Fault): object {
  const location = fault.code === 'invalid_query' ? 'query' : 'body';
  if (fault.code === 'invalid_body')
    return { errors: [{ loc: [location], msg: fault.message, type: 'value_error.type' }] };
  if (fault.issues.length === 0) return {};
  const errors = fault.issues.map((issue) => ({
    loc: [location, ...issue.path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))],
    msg: `${issue.path} ${issue.message}`.trim(),
    type: issue.rule === 'required' ? 'missing' : `value_error.${issue.rule}`,
  }));
  return { errors };
}

const unauthorized = failure(401, 'UNAUTHORIZED', 'Invalid or missing API key');
const badRequest = failure(400, 'BAD_REQUEST');
const unprocessable = failure(422, 'VALIDATION_ERROR');
const notFound = (resource: string) => failure(404, 'NOT_FOUND', `${resource} not found in this workspace`);
const conflict = failure(409, 'CONFLICT');
const forbidden = failure(403, 'FORBIDDEN');

export const faults: FaultTable = {
  invalid_json: badRequest,
  invalid_body: unprocessable,
  unsupported_media: failure(415, 'UNSUPPORTED_MEDIA_TYPE'),
  too_large: failure(413, 'PAYLOAD_TOO_LARGE'),
  // A wrong `urgency` is the only wrong value that the documents answer with 400.
  invalid_value: (fault: Fault) =>
    (fault.issues.some(({ rule }) => rule === 'urgency') ? badRequest : unprocessable)(fault),
  invalid_query: unprocessable,
  invalid_id: notFound('Resource'),
  nothing_to_update: badRequest,
  unknown_reference: unprocessable,
  key_missing: unauthorized,
  key_unknown: unauthorized,
  key_revoked: unauthorized,
  key_expired: unauthorized,
  login_failed: unauthorized,
  scope_missing: forbidden,
  workspace_required: badRequest,
  workspace_refused: forbidden,
  rate_limited: failure(429, 'RATE_LIMITED'),
  route_missing: failure(404, 'NOT_FOUND'),
  agent_missing: notFound('Agent'),
  agent_foreign: notFound('Agent'),
  profile_missing: notFound('Voice configuration'),
  tool_missing: notFound('Tool'),
  avatar_missing: notFound('Avatar'),
  number_missing: notFound('Phone number'),
  contact_missing: notFound('Contact'),
  workspace_missing: notFound('Workspace'),
  key_absent: notFound('Key'),
  name_taken: conflict,
  already_exists: conflict,
  default_profile: failure(
    409,
    'CONFLICT',
    'The default voice configuration cannot be deleted; make another one the default first',
  ),
  in_use: conflict,
  agent_busy: conflict,
  precondition_failed: failure(412, 'PRECONDITION_FAILED'),
  precondition_required: failure(428, 'PRECONDITION_REQUIRED'),
  idempotency_mismatch: failure(422, 'IDEMPOTENCY_MISMATCH'),
  idempotency_running: conflict,
  idempotency_unknown: conflict,
  revision_missing: notFound('Revision'),
  revision_held: conflict,
  label_missing: notFound('Label'),
  webhook_missing: notFound('Webhook'),
  delivery_missing: notFound('Delivery'),
  call_missing: notFound('Call'),
  call_foreign: notFound('Call'),
  attempt_missing: notFound('Attempt'),
  campaign_missing: notFound('Campaign'),
  call_refused: conflict,
  call_over: conflict,
  call_under_way: conflict,
  call_not_live: conflict,
  line_lost: failure(502, 'BAD_GATEWAY'),
  campaign_state: badRequest,
  corpus_missing: notFound('Corpus'),
  document_missing: notFound('Document'),
  conversation_missing: notFound('Conversation'),
  conversation_closed: conflict,
  agent_unavailable: conflict,
  write_conflict: conflict,
  model_failed: failure(502, 'BAD_GATEWAY'),
  unavailable: failure(503, 'SERVICE_UNAVAILABLE'),
  internal: failure(500, 'INTERNAL_ERROR'),
} satisfies Record<FaultCode, unknown>;
