/** Our faults as InstaView says them: the envelope of its guides, whatever the successes look like. */
import type { Fault } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';
import type { JsonObject } from '../../lib/values.ts';

type Sentence = (fault: Fault, context: FailureContext) => string;
type Details = (fault: Fault, context: FailureContext) => JsonObject;

const firstIssue: Sentence = (fault) => {
  const [first] = fault.issues;
  return first ? `${first.path} ${first.message}`.trim() : fault.message;
};
/** One a field: of a value with the wrong type, all else that is wrong with it says nothing more. */
const allIssues: Details = ({ issues }) => {
  if (issues.length === 0) return {};
  const firsts = issues.filter(({ path }, i) => i === issues.findIndex((issue) => issue.path === path));
  const errors = firsts.map(({ path, message }) => ({ field: path, message: `${path} ${message}`.trim() }));
  return { errors };
};

const says =
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
const missing = (what: string) => says(404, 'RESOURCE_NOT_FOUND', () => `${what} not found`, resource(what));
const denied = (what: string) =>
  says(403, 'RESOURCE_ACCESS_DENIED', () => `This API key has no access to this ${what.toLowerCase()}`, resource(what));
const keyRefused = (sentence: string) => says(401, 'INVALID_API_KEY', () => sentence);

/** InstaView writes the verb first. */
const scopeOf = ({ details }: Fault): string => (details.scope ?? '').split(':').reverse().join(':');

/** Too many requests: documented without the envelope, so its keys stand beside those of the envelope. */
function slowDown({ details }: Fault, { at }: FailureContext): Failure {
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
const invalidRequest = says(400, 'VALIDATION_ERROR');
const conflict = says(409, 'CONFLICT');

export const faults: FaultTable = {
  invalid_json: invalidRequest,
  invalid_body: invalidRequest,
  unsupported_media: says(415, 'UNSUPPORTED_MEDIA_TYPE'),
  too_large: says(413, 'PAYLOAD_TOO_LARGE'),
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
  scope_missing: says(
    403,
    'INSUFFICIENT_SCOPE',
    (fault) => `This API key may not do that. Required scope ${scopeOf(fault)} not found`,
    (fault) => ({ requiredScope: scopeOf(fault) }),
  ),
  workspace_required: says(
    400,
    'VALIDATION_ERROR',
    () => COMPANY_REQUIRED,
    () => ({ errors: [{ field: 'companyId', message: COMPANY_REQUIRED }] }),
  ),
  workspace_refused: denied('Company'),
  rate_limited: slowDown,
  route_missing: says(
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
  agent_busy: says(409, 'INVALID_STATE'),
  precondition_failed: says(412, 'PRECONDITION_FAILED'),
  precondition_required: says(428, 'PRECONDITION_REQUIRED'),
  idempotency_mismatch: says(422, 'IDEMPOTENCY_MISMATCH'),
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
  call_refused: says(409, 'INVALID_STATE'),
  call_over: says(400, 'INVALID_STATE'),
  call_under_way: says(400, 'INVALID_STATE'),
  call_not_live: says(409, 'INVALID_STATE'),
  line_lost: says(502, 'BAD_GATEWAY'),
  campaign_state: says(409, 'INVALID_STATE'),
  corpus_missing: missing('Corpus'),
  document_missing: missing('Document'),
  conversation_missing: missing('Conversation'),
  conversation_closed: says(409, 'INVALID_STATE'),
  agent_unavailable: says(409, 'INVALID_STATE'),
  write_conflict: conflict,
  model_failed: says(502, 'BAD_GATEWAY'),
  unavailable: says(503, 'SERVICE_UNAVAILABLE'),
  internal: says(500, 'INTERNAL_ERROR'),
};
