/** InstaView's errors: always in the envelope of its guides, also where successes are bare. */
import type { Fault } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';
import type { JsonObject } from '../../lib/values.ts';

type Sentence = (fault: Fault, context: FailureContext) => string;
type Details = (fault: Fault, context: FailureContext) => JsonObject;

const firstIssue: Sentence = (fault) => {
  const [first] = fault.issues;
  return first ? `${first.path} ${first.message}`.trim() : fault.message;
};
/** One issue per field: once the type is wrong, further issues of the same field add nothing. */
const allIssues: Details = ({ issues }) => {
  if (issues.length === 0) return {};
  const firstOfEach = issues.filter(({ path }, i) => i === issues.findIndex((issue) => issue.path === path));
  const errors = firstOfEach.map(({ path, message }) => ({ field: path, message: `${path} ${message}`.trim() }));
  return { errors };
};

const failure =
  (status: number, code: string, sentence: Sentence = firstIssue, details: Details = allIssues) =>
  (fault: Fault, context: FailureContext): Failure => {
    const message = sentence(fault, context);
    return {
      status,
      body: {
        success: false,
        data: null,
        error: { code, message, details: details(fault, context) },
        statusCode: status,
        message,
        timestamp: context.at,
      },
    };
  };

const resource =
  (resourceType: string): Details =>
  ({ details }) => ({ resourceType, ...(details.id !== undefined && { resourceId: details.id }) });
const missing = (type: string) => failure(404, 'RESOURCE_NOT_FOUND', () => `${type} not found`, resource(type));
const denied = (type: string) =>
  failure(
    403,
    'RESOURCE_ACCESS_DENIED',
    () => `This API key has no access to this ${type.toLowerCase()}`,
    resource(type),
  );
const keyRefused = (sentence: string) => failure(401, 'INVALID_API_KEY', () => sentence);

/** InstaView writes scopes with the verb first: `read:agents`. */
const scopeOf = ({ details }: Fault): string => (details.scope ?? '').split(':').reverse().join(':');

/** The documents show 429 without the envelope, so its fields are added to those of the envelope. */
function tooManyRequests({ details }: Fault, { at }: FailureContext): Failure {
  const retryAfter = details.retryAfterSeconds ?? 1;
  return {
    status: 429,
    body: {
      success: false,
      data: null,
      statusCode: 429,
      code: 'RATE_LIMIT_EXCEEDED',
      message: 'Rate limit exceeded',
      error: 'Too Many Requests',
      retryAfter,
      ...(details.count !== undefined && { limit: details.count }),
      remaining: 0,
      reset: Math.floor(Date.parse(at) / 1000) + retryAfter,
      timestamp: at,
    },
  };
}

const COMPANY_REQUIRED = 'companyId is required for ATS API keys';
const invalidRequest = failure(400, 'VALIDATION_ERROR');
const conflict = failure(409, 'CONFLICT');

export const faults: FaultTable = {
  invalid_json: invalidRequest,
  invalid_body: invalidRequest,
  unsupported_media: failure(415, 'UNSUPPORTED_MEDIA_TYPE'),
  too_large: failure(413, 'PAYLOAD_TOO_LARGE'),
  invalid_value: invalidRequest,
  invalid_query: invalidRequest,
  invalid_id: missing('Resource'),
  nothing_to_update: invalidRequest,
  unknown_reference: invalidRequest,
  key_missing: keyRefused('An API key is required'),
  key_unknown: keyRefused('The API key is not valid'),
  key_revoked: keyRefused('The API key has been revoked'),
  key_expired: keyRefused('The API key has expired'),
  login_failed: keyRefused('The API key is not valid'),
  scope_missing: failure(
    403,
    'INSUFFICIENT_SCOPE',
    (fault) => `This API key lacks a scope. Required scope ${scopeOf(fault)} not found`,
    (fault) => ({ requiredScope: scopeOf(fault) }),
  ),
  workspace_required: failure(
    400,
    'VALIDATION_ERROR',
    () => COMPANY_REQUIRED,
    () => ({ errors: [{ field: 'companyId', message: COMPANY_REQUIRED }] }),
  ),
  workspace_refused: denied('Company'),
  rate_limited: tooManyRequests,
  route_missing: failure(
    404,
    'RESOURCE_NOT_FOUND',
    (_fault, { path }) => `There is nothing at ${path}`,
    resource('Route'),
  ),
  agent_missing: missing('Agent'),
  agent_foreign: denied('Agent'),
  profile_missing: missing('Resource'),
  tool_missing: missing('Resource'),
  avatar_missing: missing('Resource'),
  number_missing: missing('CompanyPhoneNumber'),
  contact_missing: missing('Candidate'),
  workspace_missing: missing('Company'),
  key_absent: missing('ApiKey'),
  name_taken: conflict,
  already_exists: conflict,
  default_profile: conflict,
  in_use: conflict,
  agent_busy: failure(409, 'INVALID_STATE'),
  precondition_failed: failure(412, 'PRECONDITION_FAILED'),
  precondition_required: failure(428, 'PRECONDITION_REQUIRED'),
  idempotency_mismatch: failure(422, 'IDEMPOTENCY_MISMATCH'),
  idempotency_running: conflict,
  idempotency_unknown: conflict,
  revision_missing: missing('Revision'),
  revision_held: conflict,
  label_missing: missing('Label'),
  webhook_missing: missing('Webhook'),
  delivery_missing: missing('Delivery'),
  call_missing: missing('Interview'),
  call_foreign: denied('Interview'),
  attempt_missing: missing('CallAttempt'),
  campaign_missing: missing('Campaign'),
  call_refused: failure(409, 'INVALID_STATE'),
  call_over: failure(400, 'INVALID_STATE'),
  call_under_way: failure(400, 'INVALID_STATE'),
  call_not_live: failure(409, 'INVALID_STATE'),
  line_lost: failure(502, 'BAD_GATEWAY'),
  campaign_state: failure(409, 'INVALID_STATE'),
  corpus_missing: missing('Corpus'),
  document_missing: missing('Document'),
  conversation_missing: missing('Conversation'),
  conversation_closed: failure(409, 'INVALID_STATE'),
  agent_unavailable: failure(409, 'INVALID_STATE'),
  write_conflict: conflict,
  model_failed: failure(502, 'BAD_GATEWAY'),
  unavailable: failure(503, 'SERVICE_UNAVAILABLE'),
  internal: failure(500, 'INTERNAL_ERROR'),
};
