/** Typical agents of 4 KB of JSON each, written directly to the database. */
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type AgentDocument, newDocument } from '../src/agents/agent.ts';
import { newProfile } from '../src/agents/profile.ts';
import { serializeDocument } from '../src/agents/stored-document.ts';
import type { Store } from '../src/stores.ts';

const DOCUMENT_BYTES = 4096;
/** Agents per transaction. */
const CHUNK = 20_000;
const AT = '2026-01-01T00:00:00.000Z';

/** The workspace of the agents, where the benchmark has not created one. */
export const WORKSPACE = '01900000-0000-7000-a000-000000000000';

/** The id of the agent with this index. A client that knows the number of agents can compute every id. */
export const idOf = (index: number): string => `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;

const profileIdOf = (index: number): string => `01900000-0000-7000-9000-${index.toString(16).padStart(12, '0')}`;

const SENTENCE = 'Listen first, answer in two sentences, and offer a call back when you do not know. ';
/** Prose of exactly this many characters. */
export const prose = (length: number): string => SENTENCE.repeat(Math.ceil(length / SENTENCE.length)).slice(0, length);

/** Each field that the benchmark updates already has a value of typical length. */
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
  const lengthWithoutContext = JSON.stringify({ ...document, context: '' }).length;
  return { ...document, context: prose(DOCUMENT_BYTES - lengthWithoutContext) };
}

/**
 * Fills a new database. The store creates the first agent; the others are copies of its rows in large transactions, so
 * that a million of them take minutes.
 */
export async function fill({ agents }: Store, directory: string, workspaceId: string, count: number): Promise<void> {
  const identity = { workspaceId, ownerId: null, createdAt: AT, updatedAt: AT };
  const entry = { id: idOf(0), at: AT, by: 'bench', via: 'native', target: idOf(0), revision: 1, detail: {} };
  await agents.create({ ...identity, id: idOf(0), document: documentOf(0) }, { ...entry, action: 'agent.created' });

  const db = new DatabaseSync(join(directory, 'parlance.db'));
  db.exec('pragma synchronous = off; pragma cache_size = -200000; pragma busy_timeout = 5000');
  const head = copies(db, 'agents');
  const revision = copies(db, 'revisions');
  for (let from = 1; from < count; from += CHUNK) {
    db.exec('begin immediate');
    for (let index = from; index < Math.min(from + CHUNK, count); index += 1) {
      const { name, ...rest } = documentOf(index);
      const document = serializeDocument({ name, ...rest });
      head({ id: idOf(index), number: index + 1, name, folded_name: name.toLowerCase(), document });
      revision({ agent_id: idOf(index), document });
    }
    db.exec('commit');
  }
  // The checkpoint is done now, so that the server does not do it during the measurement.
  db.exec('pragma synchronous = full; pragma wal_checkpoint(truncate)');
  db.close();
}

/** Inserts the first row of a table again, with other values in some of its columns. */
function copies(db: DatabaseSync, table: string): (changes: Record<string, SQLInputValue>) => void {
  const first = db.prepare(`select * from ${table}`).get()!;
  const columns = Object.keys(first);
  const insert = db.prepare(`insert into ${table} (${columns}) values (${columns.map(() => '?')})`);
  return (changes) => {
    const row: Record<string, SQLInputValue> = { ...first, ...changes };
    insert.run(...columns.map((column) => row[column]!));
  };
}
