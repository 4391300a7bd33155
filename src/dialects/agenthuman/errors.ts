/** Our faults as AgentHuman says them: `{"error": text}` and, about sessions or where it asks to slow down, `success: false`. */
import type { Fault, FaultCode } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';

const isOfSessions = (path: string): boolean => /\/sessions(\/|$)/.test(path);

/** `ofSessions`: the sentence where it is about sessions, if that is another one. */
const says =
  (status: number, sentence?: string, ofSessions = sentence) =>
  (fault: Fault, { path }: FailureContext): Failure =>
    isOfSessions(path)
      ? { status, body: { success: false, error: ofSessions ?? sentenceOf(fault) } }
      : { status, body: { error: sentence ?? sentenceOf(fault) } };

/** Every field that was refused, each with the first thing that is wrong with it. */
function sentenceOf({ issues, message }: Fault): string {
  const firsts = issues.filter((issue, i) => issues.findIndex(({ path }) => path === issue.path) === i);
  return firsts.map((issue) => `${issue.path} ${issue.message}`.trim()).join('; ') || message;
}

const slowDown = (): Failure => ({
  status: 429,
  body: { success: false, error: 'Too many requests; try again later. Please try again in 1 minute' },
});

const badRequest = says(400);
const unauthorized = says(401, 'Invalid authentication');
const forbidden = says(403, 'Insufficient permissions');
const notFound = (what: string) => says(404, `${what} not found`);
const noAgent = says(404, 'Agent not found', 'Agent not found or access denied');
const conflict = says(409);

export const faults: FaultTable = {
  invalid_json: badRequest,
  invalid_body: badRequest,
  unsupported_media: says(415),
  too_large: says(413),
  invalid_value: badRequest,
  invalid_query: badRequest,
  invalid_id: notFound('Resource'),
  nothing_to_update: says(400, 'No fields to update'),
  unknown_reference: badRequest,
  key_missing: says(401, 'API key required'),
  key_unknown: unauthorized,
  key_revoked: unauthorized,
  key_expired: unauthorized,
  login_failed: unauthorized,
  scope_missing: forbidden,
  workspace_required: badRequest,
  workspace_refused: forbidden,
  rate_limited: slowDown,
  route_missing: notFound('Endpoint'),
  agent_missing: noAgent,
  agent_foreign: noAgent,
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
  precondition_failed: says(412),
  precondition_required: says(428),
  idempotency_mismatch: says(422),
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
  line_lost: says(502),
  campaign_state: conflict,
  corpus_missing: notFound('Corpus'),
  document_missing: notFound('Document'),
  conversation_missing: notFound('Session'),
  conversation_closed: badRequest,
  agent_unavailable: badRequest,
  write_conflict: conflict,
  model_failed: says(502),
  unavailable: says(503),
  internal: says(500, 'Server error'),
} satisfies Record<FaultCode, unknown>;
