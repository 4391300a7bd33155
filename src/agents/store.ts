/** The rows of agents and their revisions. The workspace is the first argument of almost every method. */
import type { ExpressionBuilder } from 'kysely';
import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow, Revise, Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { contains, folded, inList, prepared, type Sql, sqlFor } from '../db/sql.ts';
import type { Tables } from '../db/tables.ts';
import { languageOf } from '../lib/locale.ts';
import { same } from '../lib/values.ts';
import { type Agent, type AgentDocument, defaultProfile } from './agent.ts';
import type { Edit } from './change/edit.ts';
import { parseDocument, serializeDocument } from './stored-document.ts';

/** Finds an agent by its UUID, or by its number in dialects that count agents with integers. */
export type AgentRef = { id: string } | { number: number };

export interface AgentFilter {
  /** Part of the name; upper and lower case are the same. */
  search?: string;
  status?: readonly string[];
  /** One language, or any of several. */
  language?: string | readonly string[];
  voicePlatform?: string;
  /** Any of these; null finds agents without a value. */
  interviewType?: readonly (string | null)[];
  interviewFocus?: readonly (string | null)[];
  createdAfter?: string;
  createdBefore?: string;
  ids?: readonly string[];
  /** Deleted agents too, as they were when they were deleted. */
  includeDeleted?: boolean;
}

export interface AgentOrder {
  by: 'createdAt' | 'updatedAt' | 'name';
  direction: 'asc' | 'desc';
}

export interface AgentPage {
  limit: number;
  offset?: number;
  /** The last agent of the page before. Only for the order by creation, newest first. */
  after?: { createdAt: string; id: string };
}

/** The columns that `agentOf` reads. The other columns repeat parts of the document, for filters. */
const AGENT_COLUMNS = [
  'id',
  'workspace_id',
  'number',
  'owner_id',
  'revision',
  'created_at',
  'updated_at',
  'document',
] as const;

const ORDER_COLUMNS = { createdAt: 'created_at', updatedAt: 'updated_at', name: 'folded_name' } as const;

export type AgentStore = ReturnType<typeof agentStore>;

export function agentStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const byId = prepared<[string, string]>(selectHead(db, 'id'));
  const byNumber = prepared<[string, number]>(selectHead(db, 'number'));
  const headById = prepared<[string, string]>((slot) => selectHead(db, 'id')(slot).select(openConversations));
  const headByNumber = prepared<[string, number]>((slot) => selectHead(db, 'number')(slot).select(openConversations));

  return {
    async get(workspaceId: string, id: string): Promise<Agent | undefined> {
      const [row] = await engine.read(byId(workspaceId, id));
      return row && agentOf(row);
    },

    async getByNumber(workspaceId: string, number: number): Promise<Agent | undefined> {
      const [row] = await engine.read(byNumber(workspaceId, number));
      return row && agentOf(row);
    },

    /** The head, with the number of open conversations that run on it or on an older revision. */
    async head(workspaceId: string, ref: AgentRef): Promise<{ agent: Agent; openConversations: number } | undefined> {
      const query = 'id' in ref ? headById(workspaceId, ref.id) : headByNumber(workspaceId, ref.number);
      const [row] = await engine.read(query);
      return row && { agent: agentOf(row), openConversations: Number(row['open_conversations']) };
    },

    /** Whether any workspace has an agent with this id, for dialects that answer foreign agents differently. */
    async exists(id: string): Promise<boolean> {
      const query = db.selectFrom('agents').select('id').where('id', '=', id).where('deleted_at', 'is', null).limit(1);
      return (await engine.read(query.compile())).length > 0;
    },

    /** A public agent of any workspace. */
    async getPublic(id: string): Promise<Agent | undefined> {
      const query = db
        .selectFrom('agents')
        .select(AGENT_COLUMNS)
        .where('id', '=', id)
        .where('visibility', '=', 'public')
        .where('deleted_at', 'is', null);
      const [row] = await engine.read(query.compile());
      return row && agentOf(row);
    },

    /** Whether another agent of the workspace has exactly this name. */
    async isNameTaken(workspaceId: string, name: string, exceptId?: string): Promise<boolean> {
      let query = db
        .selectFrom('agents')
        .select('id')
        .where('workspace_id', '=', workspaceId)
        .where('name', '=', name)
        .where('deleted_at', 'is', null)
        .limit(1);
      if (exceptId) query = query.where('id', '!=', exceptId);
      return (await engine.read(query.compile())).length > 0;
    },

    async list(workspaceId: string, filter: AgentFilter, order: AgentOrder, page: AgentPage): Promise<Agent[]> {
      let query = filtered(db, workspaceId, filter)
        .select(AGENT_COLUMNS)
        .orderBy(ORDER_COLUMNS[order.by], order.direction)
        .orderBy('id', order.direction)
        .limit(page.limit);
      if (page.offset) query = query.offset(page.offset);
      const { after } = page;
      if (after) query = query.where(sql<boolean>`(created_at, id) < (${after.createdAt}, ${after.id})`);
      return (await engine.read(query.compile())).map(agentOf);
    },

    async count(workspaceId: string, filter: AgentFilter): Promise<number> {
      const query = filtered(db, workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },

    /** Agents whose document holds an id anywhere; used when the record with that id is deleted. */
    async findReferring(workspaceId: string, id: string): Promise<Agent[]> {
      const query = db
        .selectFrom('agents')
        .select(AGENT_COLUMNS)
        .where('workspace_id', '=', workspaceId)
        .where('deleted_at', 'is', null)
        .where('document', 'like', `%"${id}"%`);
      return (await engine.read(query.compile())).map(agentOf);
    },

    /** Inserts the head and its first revision in one transaction. Answers undefined when the claimed name is taken. */
    async create(
      agent: Omit<Agent, 'number' | 'revision'>,
      entry: Entry,
      claimsName = false,
    ): Promise<Agent | undefined> {
      const { workspaceId, id, document } = agent;
      const text = serializeDocument(document);
      const head = db
        .insertInto('agents')
        .values({
          workspace_id: workspaceId,
          id,
          owner_id: agent.ownerId,
          revision: 1,
          ...columnsOf(document),
          document: text,
          created_at: agent.createdAt,
          updated_at: agent.updatedAt,
          deleted_at: null,
        })
        .returning('number');
      const { at, by, via } = entry;
      const log = db
        .insertInto('revisions')
        .values({ workspace_id: workspaceId, agent_id: id, number: 1, at, by, via, edits: '[]', document: text });
      const claims = claimsName ? claimName(db, workspaceId, document.name, id) : [];
      const rows = await engine.write({
        statements: [...claims, head.compile(), log.compile(), record(workspaceId, entry)],
        guards: claims.length,
      });
      return rows ? { ...agent, revision: 1, number: Number(rows[claims.length]![0]!['number']) } : undefined;
    },

    /** Writes the next revision if `agent` is still the head and the claimed name is free. Answers whether it did. */
    async revise(
      agent: Agent,
      next: { document: AgentDocument; edits: Edit[]; deleted?: boolean; claimsName?: boolean },
      entry: Entry,
    ): Promise<boolean> {
      const { workspaceId, id } = agent;
      const columns = columnsOf(next.document);
      const change: Revise = {
        workspaceId,
        id,
        from: agent.revision,
        columnsChanged: next.deleted === true || !same(columns, columnsOf(agent.document)),
        columns: {
          ...columns,
          document: serializeDocument(next.document),
          updated_at: entry.at,
          deleted_at: next.deleted ? entry.at : null,
        },
        revision: { at: entry.at, by: entry.by, via: entry.via, edits: JSON.stringify(next.edits) },
        auditLog: { id: entry.id, action: entry.action, detail: JSON.stringify(entry.detail) },
      };
      if (!next.deleted && !next.claimsName) return engine.revise(change);
      const recordEntry = record(workspaceId, { ...entry, revision: agent.revision + 1 });
      if (next.deleted) {
        const statements = [
          ...reviseStatements(db, change),
          unassignNumbers(db, workspaceId, id, entry.at),
          recordEntry,
        ];
        return (await engine.write({ statements, guards: 1 })) !== null;
      }
      const claims = claimName(db, workspaceId, next.document.name, id);
      const statements = [...claims, ...reviseStatements(db, change), recordEntry];
      return (await engine.write({ statements, guards: claims.length + 1 })) !== null;
    },

    /** The revisions of an agent, oldest first; also those of a deleted agent. */
    async revisions(workspaceId: string, agentId: string) {
      const query = db
        .selectFrom('revisions')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('agent_id', '=', agentId)
        .orderBy('number', 'asc');
      return (await engine.read(query.compile())).map((row) => ({
        number: Number(row['number']),
        at: String(row['at']),
        by: String(row['by']),
        via: String(row['via']),
        edits: JSON.parse(String(row['edits'])) as Edit[],
        document: parseDocument(row['document']),
      }));
    },
  };
}

/** Selects the head of an agent that is not deleted, by the workspace (slot 0) and its id or number (slot 1). */
const selectHead = (db: Sql, column: 'id' | 'number') => (slot: <T>(index: number) => T) =>
  db
    .selectFrom('agents')
    .select(AGENT_COLUMNS)
    .where('workspace_id', '=', slot<string>(0))
    .where(column, '=', slot<never>(1))
    .where('deleted_at', 'is', null);

/** Counted together with the head: the receipt of an update needs it, and a second query would cost more. */
const openConversations = (eb: ExpressionBuilder<Tables, 'agents'>) =>
  eb
    .selectFrom('conversations')
    .select((inner) => inner.fn.countAll<number>().as('count'))
    .whereRef('conversations.workspace_id', '=', 'agents.workspace_id')
    .whereRef('conversations.agent_id', '=', 'agents.id')
    .whereRef('conversations.revision', '<=', 'agents.revision')
    .where('conversations.status', '=', sql.lit('open'))
    .as('open_conversations');

function filtered(db: Sql, workspaceId: string, filter: AgentFilter) {
  let query = db.selectFrom('agents').where('workspace_id', '=', workspaceId);
  if (!filter.includeDeleted) query = query.where('deleted_at', 'is', null);
  if (filter.search) query = query.where(contains('folded_name', filter.search));
  if (filter.status) query = query.where('status', 'in', inList(filter.status));
  if (filter.language) query = query.where('language', 'in', inList([filter.language].flat()));
  if (filter.voicePlatform) query = query.where('voice_platform', '=', filter.voicePlatform);
  if (filter.interviewType) query = query.where(anyOf('interview_type', filter.interviewType));
  if (filter.interviewFocus) query = query.where(anyOf('interview_focus', filter.interviewFocus));
  if (filter.createdAfter) query = query.where('created_at', '>', filter.createdAfter);
  if (filter.createdBefore) query = query.where('created_at', '<', filter.createdBefore);
  if (filter.ids) query = query.where('id', 'in', inList(filter.ids));
  return query;
}

/**
 * Claims a name for an agent; the statements are guards. The first waits for other transactions that claim the name, so
 * that the second sees what they wrote. The second changes no row while another agent has the name.
 */
const claimName = (db: Sql, workspaceId: string, name: string, agentId: string): Statement[] => [
  sql`insert into name_claims (workspace_id, name, agent_id) values (${workspaceId}, ${name}, ${agentId})
      on conflict (workspace_id, name) do update set agent_id = name_claims.agent_id`.compile(db),
  sql`update name_claims set agent_id = ${agentId} where workspace_id = ${workspaceId} and name = ${name}
      and (agent_id = ${agentId} or not exists (
        select 1 from agents where agents.workspace_id = ${workspaceId} and agents.id = name_claims.agent_id
          and agents.name = ${name} and agents.deleted_at is null))`.compile(db),
];

/** Removes a deleted agent from the phone numbers that it answers or calls from. */
const unassignNumbers = (db: Sql, workspaceId: string, agentId: string, at: string): Statement =>
  db
    .updateTable('phone_numbers')
    .set((eb) => ({
      profile_id: eb.case().when('agent_id', '=', agentId).then(null).else(eb.ref('profile_id')).end(),
      agent_id: eb.fn<string | null>('nullif', ['agent_id', eb.val(agentId)]),
      outbound_agent_id: eb.fn<string | null>('nullif', ['outbound_agent_id', eb.val(agentId)]),
      updated_at: at,
    }))
    .where('workspace_id', '=', workspaceId)
    .where((eb) => eb.or([eb('agent_id', '=', agentId), eb('outbound_agent_id', '=', agentId)]))
    .compile();

/** The guarded write of a head as statements, for transactions that hold other statements too. */
const reviseStatements = (db: Sql, { workspaceId, id, from, columns, revision }: Revise): Statement[] => [
  db
    .updateTable('agents')
    .set({ revision: from + 1, ...columns })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('revision', '=', from)
    .where('deleted_at', 'is', null)
    .compile(),
  db
    .insertInto('revisions')
    .values({
      workspace_id: workspaceId,
      agent_id: id,
      number: from + 1,
      ...revision,
      document: columns.document,
    })
    .compile(),
];

/** Any of the values. Null is compared with `is`, because `in` never matches it. */
function anyOf(column: 'interview_type' | 'interview_focus', values: readonly (string | null)[]) {
  const present = values.filter((value) => value !== null);
  return (eb: ExpressionBuilder<Tables, 'agents'>) =>
    eb.or([
      ...present.map((value) => eb(column, '=', value)),
      ...(present.length < values.length ? [eb(column, 'is', null)] : []),
    ]);
}

function columnsOf(document: AgentDocument) {
  const locale = defaultProfile(document)?.locale;
  return {
    name: document.name,
    folded_name: folded(document.name),
    status: document.status,
    visibility: document.visibility,
    language: locale ? languageOf(locale) : null,
    voice_platform: document.extras.ayra.voicePlatform ?? null,
    interview_type: document.interview.type ?? null,
    interview_focus: document.interview.focus ?? null,
  };
}

function agentOf(row: ResultRow): Agent {
  return {
    id: String(row['id']),
    workspaceId: String(row['workspace_id']),
    number: Number(row['number']),
    ownerId: row['owner_id'] as string | null,
    revision: Number(row['revision']),
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
    document: parseDocument(row['document']),
  };
}
