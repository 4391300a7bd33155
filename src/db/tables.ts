/** The tables as Kysely knows them. Times are ISO 8601 text and documents are JSON text, the same on both engines. */
import type { Generated } from 'kysely';

export interface Tables {
  migrations: { number: number; name: string; at: string };
  secrets: { name: string; value: string };
  /** Ended sessions, until their tokens expire. */
  ended_sessions: { id: string; expires_at: string };
  workspaces: { id: string; number: Generated<number>; name: string; created_at: string };
  users: {
    workspace_id: string;
    id: string;
    number: Generated<number>;
    email: string;
    name: string | null;
    password_hash: string;
    created_at: string;
  };
  keys: {
    workspace_id: string;
    id: string;
    hash: string;
    prefix: string;
    name: string | null;
    dialect: string;
    kind: string;
    scopes: string | null;
    workspace_ids: string;
    created_at: string;
    expires_at: string | null;
    revoked_at: string | null;
  };
  agents: AgentsTable;
  journal: JournalTable;
  chains: { workspace_id: string; seq: number; hash: string };
  labels: {
    workspace_id: string;
    agent_id: string;
    name: string;
    revision: number;
    variables: string;
    at: string;
    by: string;
  };
  workspace_settings: {
    workspace_id: string;
    number: number;
    at: string;
    by: string;
    via: string;
    document: string;
  };
  name_claims: { workspace_id: string; name: string; agent_id: string };
  idempotency: {
    workspace_id: string;
    key: string;
    request: string;
    at: string;
    status: number | null;
    headers: string | null;
    body: string | null;
  };
  webhooks: WebhooksTable;
  deliveries: DeliveriesTable;
  conversations: ConversationsTable;
  calls: CallsTable;
  call_attempts: CallAttemptsTable;
  campaigns: CampaignsTable;
  lines: { workspace_id: string; in_flight: number; capacity: number };
  number_days: { workspace_id: string; number_id: string; day: string; used: number };
  agent_numbers: { workspace_id: string; agent_id: string; phone: string; since: string };
  do_not_call: { workspace_id: string; phone: string; reason: string | null; at: string; by: string };
  corpora: {
    workspace_id: string;
    id: string;
    name: string;
    description: string | null;
    created_at: string;
    updated_at: string;
  };
  documents: DocumentsTable;
  chunks: {
    workspace_id: string;
    corpus_id: string;
    document_id: string;
    position: number;
    number: Generated<number>;
    text: string;
    words: string;
  };
  directions: { workspace_id: string; document_id: string; position: number; vector: string };
  memories: { workspace_id: string; contact_id: string; agent_id: string; facts: string; updated_at: string };
  snapshots: { workspace_id: string; conversation_id: string; document: string };
  messages: {
    workspace_id: string;
    conversation_id: string;
    seq: number;
    id: string;
    role: string;
    at: string;
    data: string;
  };
  revisions: {
    workspace_id: string;
    agent_id: string;
    number: number;
    at: string;
    by: string;
    via: string;
    edits: string;
    document: string;
  };
  avatars: {
    workspace_id: string;
    id: string;
    number: Generated<number>;
    name: string;
    url: string;
    voice_id: string | null;
    favorite: number;
    public: number;
    created_at: string;
    updated_at: string;
  };
  tools: {
    workspace_id: string;
    id: string;
    name: string;
    folded_name: string;
    kind: string | null;
    spec: string;
    created_at: string;
    updated_at: string;
  };
  phone_numbers: {
    workspace_id: string;
    id: string;
    number: string;
    provider: string;
    label: string | null;
    agent_id: string | null;
    profile_id: string | null;
    outbound_agent_id: string | null;
    daily_cap: number | null;
    created_at: string;
    updated_at: string;
  };
  contacts: {
    workspace_id: string;
    id: string;
    phone: string | null;
    search: string;
    fields: string;
    created_at: string;
    updated_at: string;
  };
}

export interface JournalTable {
  workspace_id: string;
  id: string;
  at: string;
  by: string;
  via: string;
  action: string;
  target: string;
  revision: number | null;
  detail: string;
  seq: number | null;
  hash: string | null;
}

export interface WebhooksTable {
  workspace_id: string;
  id: string;
  dialect: string;
  url: string;
  events: string;
  secret: string;
  options: string;
  enabled: number;
  failing_since: string | null;
  failures: number;
  last_delivery_at: string | null;
  last_error: string | null;
  deliveries: number;
  failed_deliveries: number;
  disabled_reason: string | null;
  disabled_at: string | null;
  created_at: string;
  updated_at: string;
  /** The call that the endpoint belongs to; null for a webhook of the workspace. */
  call_id: string | null;
}

export interface DeliveriesTable {
  workspace_id: string;
  id: string;
  webhook_id: string;
  event_id: string;
  subject: string | null;
  seq: number | null;
  type: string;
  payload: string;
  at: string;
  state: string;
  attempts: number;
  next_at: string;
  status: number | null;
  error: string | null;
  done_at: string | null;
}

/**
 * The head of each agent. The document is authoritative; other columns repeat parts of it for filters. Searches and
 * sorting use `folded_name`.
 */
export interface AgentsTable {
  workspace_id: string;
  id: string;
  number: Generated<number>;
  owner_id: string | null;
  revision: number;
  name: string;
  folded_name: string;
  status: string;
  visibility: string;
  language: string | null;
  voice_platform: string | null;
  interview_type: string | null;
  interview_focus: string | null;
  document: string;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
}

export interface ConversationsTable {
  workspace_id: string;
  id: string;
  number: Generated<number>;
  agent_id: string;
  revision: number;
  dialect: string;
  by: string;
  channel: string;
  locale: string;
  contact_id: string | null;
  status: string;
  state: string;
  metadata: string;
  extras: string;
  usage: string;
  analysis: string | null;
  started_at: string;
  last_activity_at: string;
  ended_at: string | null;
  end_reason: string | null;
  version: number;
  analysis_due: string | null;
  analysis_attempts: Generated<number>;
}

export interface CallsTable {
  workspace_id: string;
  id: string;
  counter: Generated<number>;
  agent_id: string;
  direction: string;
  dialect: string;
  by: string;
  campaign_id: string | null;
  contact_id: string | null;
  phone: string;
  contact: string | null;
  status: string;
  why: string;
  priority: number;
  not_before: string | null;
  local_start: string | null;
  due_at: string | null;
  progress: string;
  attempts: number;
  wishes: string;
  metadata: string;
  extras: string;
  external_reference: string | null;
  conversation_id: string | null;
  transferred_to: string | null;
  outcome: string | null;
  sentiment: string | null;
  has_transcript: number;
  answered_at: string | null;
  ended_at: string | null;
  duration_seconds: number | null;
  created_at: string;
  updated_at: string;
  version: number;
}

/** `shown` is the number that calls, `called` the number that is called. */
export interface CallAttemptsTable {
  workspace_id: string;
  id: string;
  call_id: string;
  campaign_id: string | null;
  number: number;
  reason: string;
  status: string;
  shown: string | null;
  shown_id: string | null;
  called: string;
  why: string;
  conversation_id: string | null;
  reserved_at: string;
  answered_at: string | null;
  ended_at: string | null;
  end_reason: string | null;
}

export interface CampaignsTable {
  workspace_id: string;
  id: string;
  counter: Generated<number>;
  name: string;
  folded_name: string;
  description: string | null;
  agent_id: string;
  profile_id: string | null;
  number_id: string | null;
  status: string;
  why: string;
  call_settings: string;
  variables: string;
  metadata: string;
  extras: string;
  priority: number;
  starts_at: string | null;
  local_start: string | null;
  max_concurrent: number;
  in_flight: number;
  pre_dial: string | null;
  dialect: string;
  by: string;
  created_at: string;
  updated_at: string;
  started_at: string | null;
  ended_at: string | null;
  version: number;
}

export interface DocumentsTable {
  workspace_id: string;
  id: string;
  corpus_id: string;
  title: string;
  media_type: string;
  bytes: number;
  state: string;
  error: string | null;
  chunks: number;
  version: number;
  attempts: number;
  next_at: string | null;
  source: string | null;
  embedded_by: string | null;
  created_at: string;
  updated_at: string;
}
