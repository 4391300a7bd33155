/** The tables as Kysely knows them. Times are ISO 8601 text and documents are JSON text, the same on both engines. */
import type { Generated } from 'kysely';

export interface Tables {
  migrations: { number: number; name: string; at: string };
  secrets: { name: string; value: string };
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

/** The head of each agent. Columns beside the document repeat parts of it for filters; the document is the truth. `folded_name` is what searches and sorting look at. */
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
