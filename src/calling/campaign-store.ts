/** Campaigns as rows. Every change names the version that was read; if that has changed, nothing is written. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow, Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { contains, folded, guardsHeld, inList, type Sql, sqlFor, totalOf } from '../db/sql.ts';
import type { CampaignsTable } from '../db/tables.ts';
import type { JsonObject } from '../lib/values.ts';
import { type CallStatus, OPEN_CALL_STATUSES } from './call.ts';
import type { Campaign, CampaignStatus, CampaignTally } from './campaign.ts';

export interface CampaignFilter {
  status?: readonly CampaignStatus[];
  agentId?: string;
  dialect?: string;
  /** A part of the name. */
  search?: string;
  /** Whether the campaign starts after the local time `of` and has attempted no call yet. */
  scheduled?: { after: string; is: boolean };
}

export interface CampaignPage {
  limit: number;
  offset?: number;
  /** Continue below this counter. */
  below?: number;
}

export interface CampaignStore {
  /** Inserts a campaign; `calls` inserts its first calls in the same transaction. */
  add(fresh: Omit<Campaign, 'counter'>, calls: readonly Statement[], ...entries: readonly Entry[]): Promise<Campaign>;
  get(workspaceId: string, id: string): Promise<Campaign | undefined>;
  getMany(workspaceId: string, ids: readonly string[]): Promise<Campaign[]>;
  /** Newest first. */
  list(workspaceId: string, filter: CampaignFilter, page: CampaignPage): Promise<Campaign[]>;
  count(workspaceId: string, filter: CampaignFilter): Promise<number>;
  /** Writes a campaign and `extra` in one transaction; answers false where the campaign has changed since `before`. */
  change(before: Campaign, after: Campaign, extra: readonly Statement[], entry?: Entry): Promise<boolean>;
  /** Deletes a campaign without calls under way and writes `extra`; answers false where it could not. */
  remove(before: Campaign, extra: readonly Statement[], entry: Entry): Promise<boolean>;
  /** The statement that sets when the waiting calls are due; null: never. */
  setCallsDue(workspaceId: string, id: string, at: string | null): Statement;
  /** The statement that copies priority and start times to the waiting calls without an attempt. */
  updateCalls(campaign: Campaign): Statement;
  /** The statement that cancels the waiting calls; calls under way continue. */
  cancelCalls(workspaceId: string, id: string, at: string, why: string): Statement;
  /** The campaigns among these that have attempted a call. */
  findStarted(workspaceId: string, ids: readonly string[]): Promise<Set<string>>;
  /** How many calls of each campaign have which status. */
  tallies(workspaceId: string, ids: readonly string[]): Promise<Map<string, CampaignTally>>;
  /** Running campaigns of all workspaces that have calls, all of them ended. */
  listFinished(limit: number): Promise<Campaign[]>;
}

export function campaignStore(engine: Engine): CampaignStore {
  const db = sqlFor(engine);
  const record = recorder(engine);
  const getMany = async (workspaceId: string, ids: readonly string[]): Promise<Campaign[]> => {
    const campaigns = db.selectFrom('campaigns').selectAll().where('workspace_id', '=', workspaceId);
    return (await engine.read(campaigns.where('id', 'in', inList(ids)).compile())).map(campaignOf);
  };

  return {
    getMany,
    setCallsDue: (workspaceId, id, at) => waitingCalls(db, workspaceId, id).set({ due_at: at }).compile(),
    updateCalls: (campaign) => updateCalls(db, campaign),
    cancelCalls: (...cancellation) => cancelCalls(db, ...cancellation),

    async add(fresh, calls, ...entries) {
      const insert = insertCampaign(db, fresh).returning('counter');
      const records = entries.map((entry) => record(fresh.workspaceId, entry));
      const rows = await engine.write({ statements: [insert.compile(), ...calls, ...records] });
      return { ...fresh, counter: Number(rows![0]![0]!['counter']) };
    },

    async get(workspaceId, id) {
      return (await getMany(workspaceId, [id]))[0];
    },

    async list(workspaceId, filter, page) {
      let query = filtered(db, workspaceId, filter).selectAll().orderBy('counter', 'desc').limit(page.limit);
      if (page.offset) query = query.offset(page.offset);
      if (page.below !== undefined) query = query.where('counter', '<', page.below);
      return (await engine.read(query.compile())).map(campaignOf);
    },

    async count(workspaceId, filter) {
      const query = filtered(db, workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      return totalOf(await engine.read(query.compile()));
    },

    async change(before, after, extra, entry) {
      const update = updateCampaign(db, before, after).compile();
      const statements = [update, ...extra, ...(entry ? [record(before.workspaceId, entry)] : [])];
      return guardsHeld(await engine.write({ statements, guards: 1 }));
    },

    async remove(before, extra, entry) {
      const statements = [deleteCampaign(db, before).compile(), ...extra, record(before.workspaceId, entry)];
      return guardsHeld(await engine.write({ statements, guards: 1 }));
    },

    async findStarted(workspaceId, ids) {
      const query = db
        .selectFrom('calls')
        .select('campaign_id')
        .distinct()
        .where('workspace_id', '=', workspaceId)
        .where('campaign_id', 'in', inList(ids))
        .where('attempts', '>', 0);
      return new Set((await engine.read(query.compile())).map((row) => String(row['campaign_id'])));
    },

    async tallies(workspaceId, ids) {
      const query = db
        .selectFrom('calls')
        .select((eb) => ['campaign_id', 'status', eb.fn.countAll().as('total')])
        .where('workspace_id', '=', workspaceId)
        .where('campaign_id', 'in', inList(ids))
        .groupBy(['campaign_id', 'status']);
      const tallies = new Map<string, CampaignTally>(ids.map((id) => [id, {}]));
      for (const row of await engine.read(query.compile()))
        tallies.get(String(row['campaign_id']))![row['status'] as CallStatus] = Number(row['total']);
      return tallies;
    },

    async listFinished(limit) {
      return (await engine.read(finishedCampaigns(db).limit(limit).compile())).map(campaignOf);
    },
  };
}

function filtered(db: Sql, workspaceId: string, filter: CampaignFilter) {
  let query = db.selectFrom('campaigns').where('workspace_id', '=', workspaceId);
  if (filter.status) query = query.where('status', 'in', inList(filter.status));
  if (filter.agentId) query = query.where('agent_id', '=', filter.agentId);
  if (filter.dialect) query = query.where('dialect', '=', filter.dialect);
  if (filter.search) query = query.where(contains('folded_name', filter.search));
  const { scheduled } = filter;
  if (scheduled)
    query = query.where((eb) => {
      const attempted = eb
        .selectFrom('calls')
        .select('calls.id')
        .whereRef('calls.workspace_id', '=', 'campaigns.workspace_id')
        .whereRef('calls.campaign_id', '=', 'campaigns.id')
        .where('calls.attempts', '>', 0);
      const later = eb(sql<string>`coalesce(local_start, '')`, '>', scheduled.after);
      const isScheduled = eb.and([later, eb.not(eb.exists(attempted))]);
      return scheduled.is ? isScheduled : eb.not(isScheduled);
    });
  return query;
}

const finishedCampaigns = (db: Sql) =>
  db
    .selectFrom('campaigns')
    .selectAll('campaigns')
    .where('campaigns.status', '=', sql.lit('running'))
    .where(({ and, not, exists, selectFrom }) => {
      const calls = selectFrom('calls')
        .select('calls.id')
        .whereRef('calls.workspace_id', '=', 'campaigns.workspace_id')
        .whereRef('calls.campaign_id', '=', 'campaigns.id');
      return and([exists(calls), not(exists(calls.where('calls.status', 'in', OPEN_CALL_STATUSES)))]);
    });

const insertCampaign = (db: Sql, fresh: Omit<Campaign, 'counter'>) =>
  db.insertInto('campaigns').values({
    workspace_id: fresh.workspaceId,
    id: fresh.id,
    in_flight: 0,
    dialect: fresh.dialect,
    by: fresh.by,
    created_at: fresh.createdAt,
    version: fresh.version,
    ...columnsOf(fresh),
  });

const updateCampaign = (db: Sql, { workspaceId, id, version }: Campaign, after: Campaign) =>
  db
    .updateTable('campaigns')
    .set({ ...columnsOf(after), version: version + 1 })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('version', '=', version);

const deleteCampaign = (db: Sql, { workspaceId, id, version }: Campaign) =>
  db
    .deleteFrom('campaigns')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('version', '=', version)
    .where('in_flight', '=', 0);

const waitingCalls = (db: Sql, workspaceId: string, id: string) =>
  db
    .updateTable('calls')
    .where('workspace_id', '=', workspaceId)
    .where('campaign_id', '=', id)
    .where('status', '=', 'waiting');

const updateCalls = (db: Sql, { workspaceId, id, priority, startsAt, localStart }: Campaign): Statement =>
  waitingCalls(db, workspaceId, id)
    .where('attempts', '=', 0)
    .set({ priority, not_before: startsAt, local_start: localStart })
    .compile();

const cancelCalls = (db: Sql, workspaceId: string, id: string, at: string, why: string): Statement =>
  waitingCalls(db, workspaceId, id)
    .set((eb) => ({
      status: 'cancelled',
      why,
      due_at: null,
      ended_at: at,
      updated_at: at,
      version: eb('version', '+', 1),
    }))
    .compile();

const columnsOf = (campaign: Omit<Campaign, 'counter'>) => ({
  name: campaign.name,
  folded_name: folded(campaign.name),
  description: campaign.description,
  agent_id: campaign.agentId,
  profile_id: campaign.profileId,
  number_id: campaign.numberId,
  status: campaign.status,
  why: campaign.why,
  call_settings: JSON.stringify(campaign.callSettings),
  variables: JSON.stringify(campaign.variables),
  metadata: JSON.stringify(campaign.metadata),
  extras: JSON.stringify(campaign.extras),
  priority: campaign.priority,
  starts_at: campaign.startsAt,
  local_start: campaign.localStart,
  max_concurrent: campaign.maxConcurrent,
  pre_dial: campaign.preDial && JSON.stringify(campaign.preDial),
  updated_at: campaign.updatedAt,
  started_at: campaign.startedAt,
  ended_at: campaign.endedAt,
});

function campaignOf(found: ResultRow): Campaign {
  const row = found as unknown as Omit<CampaignsTable, 'counter'> & { counter: number };
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    counter: Number(row.counter),
    name: row.name,
    description: row.description,
    agentId: row.agent_id,
    profileId: row.profile_id,
    numberId: row.number_id,
    status: row.status as CampaignStatus,
    why: row.why,
    callSettings: JSON.parse(row.call_settings) as JsonObject,
    variables: JSON.parse(row.variables) as JsonObject,
    metadata: JSON.parse(row.metadata) as JsonObject,
    extras: JSON.parse(row.extras) as JsonObject,
    priority: Number(row.priority),
    startsAt: row.starts_at,
    localStart: row.local_start,
    maxConcurrent: Number(row.max_concurrent),
    inFlight: Number(row.in_flight),
    preDial: row.pre_dial === null ? null : (JSON.parse(row.pre_dial) as Campaign['preDial']),
    dialect: row.dialect,
    by: row.by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    version: Number(row.version),
  };
}
