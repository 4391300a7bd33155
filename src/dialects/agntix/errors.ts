/** Faults as Agntix's errors. Its documents show two envelopes; one body contains both. */

import type { Fault, FaultCode, Issue } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';

type ErrorMapper = (fault: Fault, context: FailureContext) => Failure;

const body = (status: number, code: string, message: string, { requestId, at }: FailureContext): Failure => ({
  status,
  body: { error: { code, message, status, requestId }, meta: { requestId, timestamp: at } },
});

const error =
  (status: number, code: string, message?: string): ErrorMapper =>
  (fault, context) =>
    body(status, code, message ?? fault.message, context);

/** Missing references with a code of their own on Agntix's error page. */
const NOT_FOUND_CODES: Record<string, string> = {
  tools: 'TOOLS_NOT_FOUND',
  modelId: 'MODELS_NOT_FOUND',
  sttModelId: 'MODELS_NOT_FOUND',
  ttsModelId: 'MODELS_NOT_FOUND',
};

/** Other issues come before missing references, which answer 422 if Agntix has a code for them. */
const invalidBody: ErrorMapper = (fault, context) => {
  const issue = fault.issues.find(({ rule }) => rule !== 'reference') ?? fault.issues[0];
  if (!issue) return body(400, 'VALIDATION_ERROR', fault.message, context);
  const message = `${issue.path} ${issue.message}`;
  const code = notFoundCode(issue);
  return code ? body(422, code, message, context) : body(400, 'VALIDATION_ERROR', message, context);
};

const notFoundCode = ({ path, rule }: Issue): string | undefined =>
  rule === 'reference' ? NOT_FOUND_CODES[path.split('.')[0]!] : undefined;

const scopeMissing: ErrorMapper = (fault, context) =>
  body(403, 'FORBIDDEN', `This key lacks the scope ${fault.details.scope}`, context);
const badRequest = error(400, 'VALIDATION_ERROR');
const unauthorized = error(401, 'UNAUTHORIZED');
const forbidden = error(403, 'FORBIDDEN');
const notFound = (what: string) => error(404, 'NOT_FOUND', `${what} not found`);
const conflict = error(409, 'CONFLICT');
const closed: ErrorMapper = ({ details, message }, context) => {
  const code = details.reason === 'idle' ? 'SESSION_EXPIRED' : 'INVALID_SESSION';
  return body(409, code, message.replace('The conversation', 'The session'), context);
};

export const faults: FaultTable = {
  invalid_json: badRequest,
  invalid_body: badRequest,
  unsupported_media: error(415, 'UNSUPPORTED_MEDIA_TYPE'),
  too_large: error(413, 'PAYLOAD_TOO_LARGE'),
  invalid_value: invalidBody,
  invalid_query: badRequest,
  invalid_id: notFound('Resource'),
  nothing_to_update: badRequest,
  unknown_reference: invalidBody,
  key_missing: unauthorized,
  key_unknown: unauthorized,
  key_revoked: unauthorized,
  key_expired: unauthorized,
  login_failed: unauthorized,
  scope_missing: scopeMissing,
  workspace_required: badRequest,
  workspace_refused: forbidden,
  rate_limited: error(429, 'RATE_LIMITED'),
  route_missing: error(404, 'NOT_FOUND'),
  agent_missing: notFound('Agent'),
  agent_foreign: notFound('Agent'),
  profile_missing: notFound('Voice profile'),
  tool_missing: notFound('Tool'),
  avatar_missing: notFound('Avatar'),
  number_missing: notFound('Phone number'),
  contact_missing: notFound('Contact'),
  workspace_missing: notFound('Organization'),
  key_absent: notFound('API key'),
  name_taken: conflict,
  already_exists: conflict,
  default_profile: conflict,
  in_use: conflict,
  agent_busy: conflict,
  precondition_failed: error(412, 'PRECONDITION_FAILED'),
  precondition_required: error(428, 'PRECONDITION_REQUIRED'),
  idempotency_mismatch: error(422, 'IDEMPOTENCY_MISMATCH'),
  idempotency_running: conflict,
  idempotency_unknown: conflict,
  revision_missing: notFound('Revision'),
  revision_held: conflict,
  label_missing: notFound('Label'),
  webhook_missing: notFound('Webhook endpoint'),
  delivery_missing: notFound('Delivery'),
  call_missing: error(404, 'SESSION_NOT_FOUND', 'Session not found'),
  call_foreign: error(404, 'SESSION_NOT_FOUND', 'Session not found'),
  attempt_missing: notFound('Call attempt'),
  campaign_missing: notFound('Call campaign'),
  call_refused: conflict,
  call_over: error(409, 'INVALID_SESSION'),
  call_under_way: conflict,
  call_not_live: error(409, 'INVALID_SESSION'),
  line_lost: error(502, 'GENERIC_ERROR'),
  campaign_state: conflict,
  corpus_missing: notFound('Knowledge store'),
  document_missing: notFound('Document'),
  conversation_missing: error(404, 'SESSION_NOT_FOUND', 'Session not found'),
  conversation_closed: closed,
  agent_unavailable: error(422, 'CONFIG_NOT_FOUND'),
  write_conflict: conflict,
  model_failed: error(502, 'GENERIC_ERROR'),
  unavailable: error(503, 'GENERIC_ERROR'),
  internal: error(500, 'GENERIC_ERROR'),
} satisfies Record<FaultCode, unknown>;
