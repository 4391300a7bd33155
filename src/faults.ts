/**
 * Every fault, defined once: the native status, and a sentence that names the state met and the remedy. Each dialect maps
 * the codes to its own errors (`errors.ts` in its folder).
 */
export const FAULTS = {
  // the request
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_body: [400, 'The body must be a JSON object.'],
  unsupported_media: [415, 'The body must be sent with Content-Type: application/json.'],
  too_large: [413, 'The body is larger than PARLANCE_BODY_LIMIT allows; send a smaller one.'],
  invalid_value: [422, 'A value is not valid.'],
  invalid_query: [400, 'A query parameter is not valid.'],
  invalid_id: [404, 'No record has this id.'],
  nothing_to_update: [400, 'The body names no field that can be updated.'],
  unknown_reference: [422, 'A value refers to a record that does not exist in this workspace.'],
  // the credential
  key_missing: [401, 'No API key was sent.'],
  key_unknown: [401, 'This API key is not valid.'],
  key_revoked: [401, 'This API key has been revoked; use another one.'],
  key_expired: [401, 'This API key has expired; use another one.'],
  login_failed: [401, 'The e-mail address or the password is wrong.'],
  scope_missing: [403, 'This key lacks the scope that this request needs.'],
  workspace_required: [400, 'This key serves several workspaces; name one of them in the request.'],
  workspace_refused: [403, 'This key has no access to that workspace.'],
  rate_limited: [429, 'Too many requests; try again later.'],
  // the record or the route
  route_missing: [404, 'No endpoint answers this method at this address.'],
  agent_missing: [404, 'No agent has this id.'],
  agent_foreign: [404, 'No agent has this id.'],
  profile_missing: [404, 'The agent has no profile with this id.'],
  tool_missing: [404, 'No tool has this id.'],
  avatar_missing: [404, 'No avatar has this id.'],
  number_missing: [404, 'No phone number has this id.'],
  contact_missing: [404, 'No contact has this id.'],
  workspace_missing: [404, 'No workspace has this id.'],
  key_absent: [404, 'No API key has this id.'],
  // the state of a record
  name_taken: [409, 'The name is already taken; choose another one.'],
  already_exists: [409, 'A record with this value already exists.'],
  default_profile: [409, 'The default profile cannot be removed; make another profile the default first.'],
  in_use: [409, 'The record is still in use; remove the references to it first.'],
  agent_busy: [409, 'The agent has active calls; try again when they have ended.'],
  precondition_failed: [412, 'The record has changed since the revision named in If-Match; read it again.'],
  precondition_required: [428, 'This workspace requires If-Match on every update; send the revision that you read.'],
  idempotency_mismatch: [422, 'This idempotency key was used with another request; use a new key.'],
  idempotency_running: [409, 'The first request with this idempotency key is still running; try again.'],
  idempotency_unknown: [
    409,
    'The first request with this idempotency key was interrupted; check its effect before you repeat it with a new key.',
  ],
  revision_missing: [404, 'The agent has no such revision.'],
  revision_held: [409, 'The revision is still in use.'],
  label_missing: [404, 'No revision has this label; assign it first.'],
  webhook_missing: [404, 'No webhook has this id.'],
  delivery_missing: [404, 'No delivery has this id.'],
  conversation_missing: [404, 'No conversation has this id.'],
  conversation_closed: [409, 'The conversation has ended; start a new one.'],
  agent_unavailable: [409, 'The agent accepts no new conversations at the moment.'],
  call_missing: [404, 'No call has this id.'],
  call_foreign: [404, 'No call has this id.'],
  attempt_missing: [404, 'No call attempt has this id.'],
  call_refused: [409, 'The rules for this contact do not allow this call.'],
  call_over: [409, 'The call has ended.'],
  call_under_way: [409, 'The call is already being placed.'],
  call_not_live: [409, 'The call is not connected.'],
  line_lost: [502, 'The carrier no longer reaches this call.'],
  campaign_missing: [404, 'No campaign has this id.'],
  campaign_state: [409, 'The status of the campaign does not allow this.'],
  corpus_missing: [404, 'No corpus has this id.'],
  document_missing: [404, 'No document has this id.'],
  write_conflict: [409, 'Other requests kept changing this record; try again.'],
  // the server
  unavailable: [503, 'The server cannot do this at the moment; try again.'],
  model_failed: [502, 'The model did not answer; the messages so far are stored. Try again.'],
  internal: [500, 'The server met an unexpected error; its log has the details.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type FaultCode = keyof typeof FAULTS;

/** One value that was refused. After the dialect's mapping, `path` uses the field names of the client's API. */
export interface Issue {
  /** Segments joined by dots; the index stands for a list item. */
  path: string;
  /** What is wrong, worded to follow the field's name: "must be a string". */
  message: string;
  /** The rule that was broken, a keyword of JSON Schema where one fits: type, enum, maxLength, required, reference … */
  rule: string;
}

/** What keeps a revision from being deleted: it is the head, a label names it, or open conversations run on it. */
export interface Holder {
  kind: 'head' | 'label' | 'conversations';
  name?: string;
  count?: number;
}

export interface FaultDetails {
  issues?: Issue[];
  /** The id in the request, as the client wrote it. */
  id?: string;
  /** The scope that the key lacks, as `resource:verb`. */
  scope?: string;
  /** Seconds until the client should try again. */
  retryAfterSeconds?: number;
  /** A number for the message, such as the running calls or the limit that was reached. */
  count?: number;
  /** Why a conversation has ended. */
  reason?: string;
  /** What keeps the revision from being deleted. */
  holders?: Holder[];
  /** A more precise sentence than the one in the table. */
  message?: string;
}

/** The only error that is thrown on purpose. The dialect that serves the request turns it into an answer. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: FaultDetails;
  /** For the log only; no answer contains it. */
  readonly note: string | undefined;

  constructor(code: FaultCode, details: FaultDetails = {}, note?: string) {
    super(details.message ?? FAULTS[code][1]);
    this.name = 'Fault';
    this.code = code;
    this.details = details;
    this.note = note;
  }

  get status(): number {
    return FAULTS[this.code][0];
  }

  get issues(): Issue[] {
    return this.details.issues ?? [];
  }
}

/** An `invalid_value` fault whose message is about the first issue. */
export function invalid(issues: Issue[]): Fault {
  const first = issues[0];
  return new Fault('invalid_value', { issues, ...(first && { message: `${first.path} ${first.message}` }) });
}

export function invalidAt(path: string, message: string, rule = 'value'): Fault {
  return invalid([{ path, message, rule }]);
}
