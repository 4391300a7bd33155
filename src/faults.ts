/**
 * Everything that can go wrong on purpose, named once: the native status and the sentence for the caller. A dialect
 * has a row for every code (`errors.ts` in its folder) and decides there what it admits.
 */
export const FAULTS = {
  // what was sent
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_body: [400, 'The body must be a JSON object.'],
  unsupported_media: [415, 'The body must be sent as application/json.'],
  too_large: [413, 'The body is too large.'],
  invalid_value: [422, 'A value is not acceptable.'],
  invalid_query: [400, 'A query parameter is not acceptable.'],
  invalid_id: [404, 'There is nothing with this id.'],
  nothing_to_update: [400, 'There is no field to update.'],
  unknown_reference: [422, 'A value refers to something that does not exist.'],
  // who sent it
  key_missing: [401, 'A key is needed.'],
  key_unknown: [401, 'This key is not valid.'],
  key_revoked: [401, 'This key has been revoked.'],
  key_expired: [401, 'This key has expired.'],
  login_failed: [401, 'The e-mail address or the password is wrong.'],
  scope_missing: [403, 'This key may not do that.'],
  workspace_required: [400, 'This key serves several workspaces: say which one.'],
  workspace_refused: [403, 'This key does not reach that workspace.'],
  rate_limited: [429, 'Too many requests.'],
  // what it was about
  route_missing: [404, 'There is nothing at this address.'],
  agent_missing: [404, 'There is no such agent.'],
  agent_foreign: [404, 'There is no such agent.'],
  profile_missing: [404, 'There is no such profile.'],
  tool_missing: [404, 'There is no such tool.'],
  avatar_missing: [404, 'There is no such avatar.'],
  number_missing: [404, 'There is no such phone number.'],
  contact_missing: [404, 'There is no such contact.'],
  workspace_missing: [404, 'There is no such workspace.'],
  key_absent: [404, 'There is no such key.'],
  // what stands in the way
  name_taken: [409, 'The name is already taken.'],
  already_exists: [409, 'It already exists.'],
  default_profile: [409, 'The default profile cannot be removed; make another one the default first.'],
  in_use: [409, 'It is still in use.'],
  agent_busy: [409, 'The agent has calls running.'],
  precondition_failed: [412, 'It has been changed since the revision you named.'],
  precondition_required: [428, 'This workspace wants to know which revision you are changing: send If-Match.'],
  idempotency_mismatch: [422, 'This idempotency key was used for another request.'],
  idempotency_running: [409, 'The first request with this idempotency key is still under way; try again.'],
  idempotency_unknown: [409, 'The first request with this idempotency key was broken off; look before you repeat it.'],
  revision_missing: [404, 'There is no such revision.'],
  revision_held: [409, 'This revision is still held.'],
  label_missing: [404, 'No revision bears this label.'],
  webhook_missing: [404, 'There is no such webhook.'],
  delivery_missing: [404, 'There is no such delivery.'],
  conversation_missing: [404, 'There is no such conversation.'],
  conversation_closed: [409, 'The conversation has ended.'],
  agent_unavailable: [409, 'The agent holds no new conversations at the moment.'],
  call_missing: [404, 'There is no such call.'],
  call_foreign: [404, 'There is no such call.'],
  attempt_missing: [404, 'There is no such attempt.'],
  call_refused: [409, 'This call must not be placed.'],
  call_over: [409, 'The call is over.'],
  call_under_way: [409, 'The call is under way.'],
  call_not_live: [409, 'The call is not in progress.'],
  line_lost: [502, 'The call could not be reached.'],
  campaign_missing: [404, 'There is no such campaign.'],
  campaign_state: [409, 'The campaign does not allow that as it stands.'],
  corpus_missing: [404, 'There is no such corpus.'],
  document_missing: [404, 'There is no such document.'],
  write_conflict: [409, 'Others kept changing this at the same time; try again.'],
  // what is ours
  unavailable: [503, 'The server cannot do this at the moment; try again.'],
  model_failed: [502, 'The model did not answer; what was said is kept.'],
  internal: [500, 'Something went wrong on our side.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type FaultCode = keyof typeof FAULTS;

/** One value that was refused. `path` is the place in the caller's own words once it has passed the mapping. */
export interface Issue {
  /** Segments joined by dots; a list item is its index. */
  path: string;
  /** What is wrong, worded to follow the field's name: "must be a string". */
  message: string;
  /** The kind of trouble, from JSON Schema's keywords where one fits: type, enum, maxLength, required, reference … */
  rule: string;
}

/** What holds a revision: being the head, a label by its name, open conversations that run on it. */
export interface Holder {
  kind: 'head' | 'label' | 'conversations';
  name?: string;
  count?: number;
}

export interface FaultDetails {
  issues?: Issue[];
  /** The id that was asked for, as the caller wrote it. */
  id?: string;
  /** The scope that a key lacks, `resource:verb`. */
  scope?: string;
  /** Seconds until it is worth trying again. */
  retryAfterSeconds?: number;
  /** A figure to show: calls running, the limit that was reached. */
  count?: number;
  /** Why a conversation has ended. */
  reason?: string;
  /** Who keeps it from being removed. */
  holders?: Holder[];
  /** A sentence that says more than the table's. */
  message?: string;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: FaultDetails;
  /** For the log; never leaves the house. */
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

export function invalid(issues: Issue[]): Fault {
  const first = issues[0];
  return new Fault('invalid_value', { issues, ...(first && { message: `${first.path} ${first.message}` }) });
}

export function invalidAt(path: string, message: string, rule = 'value'): Fault {
  return invalid([{ path, message, rule }]);
}
