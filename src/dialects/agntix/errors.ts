/** Our faults as Agntix says them. Its documents print two envelopes; one body holds both. */
import type { Fault, FaultCode, Issue } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';

type Saying = (fault: Fault, context: FailureContext) => Failure;

const body = (status: number, code: string, message: string, { requestId, at }: FailureContext): Failure => ({
  status,
  body: { error: { code, message, status, requestId }, meta: { requestId, timestamp: at } },
});

const says =
  (status: number, code: string, sentence?: string): Saying =>
  (fault, context) =>
    body(status, code, sentence ?? fault.message, context);

/** References that the error page has a code of its own for. */
const NOT_FOUND_CODES: Record<string, string> = {
  tools: 'TOOLS_NOT_FOUND',
  modelId: 'MODELS_NOT_FOUND',
  sttModelId: 'MODELS_NOT_FOUND',
  ttsModelId: 'MODELS_NOT_FOUND',
};

/** What is wrong in itself comes first; a body that only points at what is not there is 422 where Agntix says so. */
const unacceptable: Saying = (fault, context) => {
  const issue = fault.issues.find(({ rule }) => rule !== 'reference') ?? fault.issues[0];
  if (!issue) return body(400, 'VALIDATION_ERROR', fault.message, context);
  const message = `${issue.path} ${issue.message}`;
  const code = missingThing(issue);
  return code ? body(422, code, message, context) : body(400, 'VALIDATION_ERROR', message, context);
};

const missingThing = ({ path, rule }: Issue): string | undefined =>
  rule === 'reference' ? NOT_FOUND_CODES[path.split('.')[0]!] : undefined;

const scopeMissing: Saying = (fault, context) =>
  body(403, 'FORBIDDEN', `This key lacks the scope ${fault.details.scope}`, context);
const badRequest = says(400, 'VALIDATION_ERROR');
const unauthorized = says(401, 'UNAUTHORIZED');
const forbidden = says(403, 'FORBIDDEN');
const notFound = (what: string) => says(404, 'NOT_FOUND', `${what} not found`);
const conflict = says(409, 'CONFLICT');
const closed: Saying = ({ details, message }, context) => {
  const code = details.reason === 'idle' ? 'SESSION_EXPIRED' : 'INVALID_SESSION';
  return body(409, code, message.replace('The conversation', 'The session'), context);
};

export const faults: FaultTable = {
  invalid_json: badRequest,
  invalid_body: badRequest,
  unsupported_media: says(415, 'UNSUPPORTED_MEDIA_TYPE'),
  too_large: says(413, 'PAYLOAD_TOO_LARGE'),
  invalid_value: unacceptable,
  invalid_query: badRequest,
  invalid_id: notFound('Resource'),
  nothing_to_update: badRequest,
  unknown_reference: unacceptable,
  key_missing: unauthorized,
  key_unknown: unauthorized,
  key_revoked: unauthorized,
  key_expired: unauthorized,
  login_failed: unauthorized,
  scope_missing: scopeMissing,
  workspace_required: badRequest,
  workspace_refused: forbidden,
  rate_limited: says(429, 'RATE_LIMITED'),
  route_missing: says(404, 'NOT_FOUND'),
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
  precondition_failed: says(412, 'PRECONDITION_FAILED'),
  precondition_required: says(428, 'PRECONDITION_REQUIRED'),
  idempotency_mismatch: says(422, 'IDEMPOTENCY_MISMATCH'),
  idempotency_running: conflict,
  idempotency_unknown: conflict,
  revision_missing: notFound('Revision'),
  revision_held: conflict,
  label_missing: notFound('Label'),
  webhook_missing: notFound('Webhook endpoint'),
  delivery_missing: notFound('Delivery'),
  call_missing: says(404, 'SESSION_NOT_FOUND', 'Session not found'),
  call_foreign: says(404, 'SESSION_NOT_FOUND', 'Session not found'),
  attempt_missing: notFound('Call attempt'),
  campaign_missing: notFound('Call campaign'),
  call_refused: conflict,
  call_over: says(409, 'INVALID_SESSION'),
  call_under_way: conflict,
  call_not_live: says(409, 'INVALID_SESSION'),
  line_lost: says(502, 'GENERIC_ERROR'),
  campaign_state: conflict,
  corpus_missing: notFound('Knowledge store'),
  document_missing: notFound('Document'),
  conversation_missing: says(404, 'SESSION_NOT_FOUND', 'Session not found'),
  conversation_closed: closed,
  agent_unavailable: says(422, 'CONFIG_NOT_FOUND'),
  write_conflict: conflict,
  model_failed: says(502, 'GENERIC_ERROR'),
  unavailable: says(503, 'GENERIC_ERROR'),
  internal: says(500, 'GENERIC_ERROR'),
} satisfies Record<FaultCode, unknown>;
