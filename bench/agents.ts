/** Ordinary agents to measure with: 4 KB of JSON each, put straight into the database. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type AgentDocument, newDocument } from '../src/model/agent.ts';
import { newProfile } from '../src/model/profile.ts';

const DOCUMENT_BYTES = 4096;
/** Agents in one transaction of the filling. */
const CHUNK = 20_000;
const AT = '2026-01-01T00:00:00.000Z';

/** The id of the agent with this index; whoever knows how many there are knows all of them. */
export const idOf = (index: number): string => `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;

const profileIdOf = (index: number): string => `01900000-0000-7000-9000-${index.toString(16).padStart(12, '0')}`;

const SENTENCE = 'Listen first, answer in two sentences, and offer a call back when you do not know. ';
/** Prose of exactly this many characters. */
export const prose = (length: number): string => SENTENCE.repeat(Math.ceil(length / SENTENCE.length)).slice(0, length);

/** Every field that an update of the benchmark writes has a value of the usual length already. */
export function documentOf(index: number): AgentDocument {
  const profile = {
    ...newProfile(profileIdOf(index), AT, true),
    name: 'Front desk',
    locale: 'en',
    instructions: prose(500),
    voice: { id: 'emma' },
  };
  const document: AgentDocument = {
    ...newDocument(`Agent ${String(index).padStart(8, '0')}`),
    description: 'Answers calls about orders, returns and appointments',
    role: 'You are the front desk of a repair shop.',
    specialInstructions: 'Never promise a delivery date.',
    metadata: { team: 'support', region: 'eu', tags: ['orders', 'returns'], costs: { center: 4711, share: 0.25 } },
    profiles: {
      [profile.id]: { ...profile, greeting: { ...profile.greeting, text: 'Hello! How can I help you today?' } },
    },
    tools: [{ name: 'end_call', channels: ['voice', 'text'], config: {} }],
    interview: { questions: ['What brings you here?', 'When did it begin?'], focus: 'generic', durationMinutes: 30 },
    extras: { ayra: { voicePlatform: 'vapi' } },
  };
  const short = JSON.stringify({ ...document, context: '' }).length;
  return { ...document, context: prose(DOCUMENT_BYTES - short) };
}

/** Fills an empty database that has its tables, outside of any server's write path. */
export function fill(directory: string, workspaceId: string, count: number): void {
  const db = new DatabaseSync(join(directory, 'parlance.db'));
  db.exec('pragma synchronous = off; pragma cache_size = -200000; pragma busy_timeout = 5000');
  const head = db.prepare(`insert into agents (workspace_id, id, number, owner_id, revision, name, status, visibility,
    language, voice_platform, interview_type, interview_focus, document, created_at, updated_at, deleted_at)
    values (?, ?, ?, null, 1, ?, 'active', 'private', 'en', 'vapi', null, 'generic', ?, ?, ?, null)`);
  const revision = db.prepare(`insert into revisions (workspace_id, agent_id, number, at, by, via, edits, document)
    values (?, ?, 1, ?, 'bench', 'native', '[]', ?)`);
  for (let from = 0; from < count; from += CHUNK) {
    db.exec('begin immediate');
    for (let index = from; index < Math.min(from + CHUNK, count); index += 1) {
      const document = documentOf(index);
      const text = JSON.stringify(document);
      head.run(workspaceId, idOf(index), index + 1, document.name, text, AT, AT);
      revision.run(workspaceId, idOf(index), AT, text);
    }
    db.exec('commit');
  }
  // What the filling left in the log is not the measured server's to write back.
  db.exec('pragma synchronous = full; pragma wal_checkpoint(truncate)');
  db.close();
}
