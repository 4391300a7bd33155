/** Campaigns, as verbs. The workspace always comes first. */

import type { Entry } from '../audit/entry.ts';
import { recorder } from '../audit/store.ts';
import type { Engine, ResultRow, Statement } from '../db/engine.ts';
import { sql } from '../db/kysely.ts';
import { folded, holds, someOf, sqlFor } from '../db/sql.ts';
import type { CampaignsTable } from '../db/tables.ts';
import type { JsonObject } from '../lib/values.ts';
import type { CallStatus } from './call.ts';
import type { Campaign, CampaignStatus, CampaignTally } from './campaign.ts';

export interface CampaignFilter {
  status?: readonly CampaignStatus[];
  agentId?: string;
  dialect?: string;
  search?: string;
  /** Whether it is to begin after this time on its people's clocks, and nobody has been called yet. */
  ahead?: { of: string; is: boolean };
}

export interface CampaignPage {
  limit: number;
  offset?: number;
  below?: number;
}

export type CampaignStore = ReturnType<typeof campaignStore>;

export function campaignStore(engine: Engine) {
  const db = sqlFor(engine);
  const record = recorder(engine);

  const filtered = (workspaceId: string, filter: CampaignFilter) => {
    let query = db.selectFrom('campaigns').where('workspace_id', '=', workspaceId);
    if (filter.status) query = query.where('status', 'in', someOf(filter.status));
    if (filter.agentId) query = query.where('agent_id', '=', filter.agentId);
    if (filter.dialect) query = query.where('dialect', '=', filter.dialect);
    if (filter.search) query = query.where(holds('folded_name', filter.search));
    const { ahead } = filter;
    if (ahead)
      query = query.where((eb) => {
        const tried = eb
          .selectFrom('calls')
          .select('calls.id')
          .whereRef('calls.workspace_id', '=', 'campaigns.workspace_id')
          .whereRef('calls.campaign_id', '=', 'campaigns.id')
          .where('calls.attempts', '>', 0);
        const later = eb(sql<string>`coalesce(local_start, '')`, '>', ahead.of);
        const isAhead = eb.and([later, eb.not(eb.exists(tried))]);
        return ahead.is ? isAhead : eb.not(isAhead);
      });
    return query;
  };
  const waiting = (workspaceId: string, id: string) =>
    db
      .updateTable('calls')
      .where('workspace_id', '=', workspaceId)
      .where('campaign_id', '=', id)
      .where('status', '=', 'waiting');
  const update = (before: Campaign, after: Campaign) =>
    db
      .updateTable('campaigns')
      .set({ ...columnsOf(after), version: before.version + 1 })
      .where('workspace_id', '=', before.workspaceId)
      .where('id', '=', before.id)
      .where('version', '=', before.version);

  return {
    /** `filling` puts its first calls in. */
    async add(
      fresh: Omit<Campaign, 'counter'>,
      filling: readonly Statement[],
      ...entries: readonly Entry[]
    ): Promise<Campaign> {
      const insert = db
        .insertInto('campaigns')
        .values({
          workspace_id: fresh.workspaceId,
          id: fresh.id,
          in_flight: 0,
          dialect: fresh.dialect,
          by: fresh.by,
          created_at: fresh.createdAt,
          version: fresh.version,
          ...columnsOf(fresh),
        })
        .returning('counter');
      const records = entries.map((entry) => record(fresh.workspaceId, entry));
      const statements = [insert.compile(), ...filling, ...records];
      const rows = await engine.write({ statements });
      return { ...fresh, counter: Number(rows![0]![0]!['counter']) };
    },

    async get(workspaceId: string, id: string): Promise<Campaign | undefined> {
      return (await this.getMany(workspaceId, [id]))[0];
    },

    async getMany(workspaceId: string, ids: readonly string[]): Promise<Campaign[]> {
      const query = db
        .selectFrom('campaigns')
        .selectAll()
        .where('workspace_id', '=', workspaceId)
        .where('id', 'in', someOf(ids));
      return (await engine.read(query.compile())).map(campaignOf);
    },

    /** Newest first. */
    async list(workspaceId: string, filter: CampaignFilter, page: CampaignPage): Promise<Campaign[]> {
      let query = filtered(workspaceId, filter).selectAll().orderBy('counter', 'desc').limit(page.limit);
      if (page.offset) query = query.offset(page.offset);
      if (page.below !== undefined) query = query.where('counter', '<', page.below);
      return (await engine.read(query.compile())).map(campaignOf);
    },

    async count(workspaceId: string, filter: CampaignFilter): Promise<number> {
      const query = filtered(workspaceId, filter).select((eb) => eb.fn.countAll().as('total'));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },

    /** Only if nobody else was quicker; `besides` is done with it or not at all. */
    async change(before: Campaign, after: Campaign, extra: readonly Statement[], entry?: Entry): Promise<boolean> {
      const statements = [
        update(before, after).compile(),
        ...extra,
        ...(entry ? [record(before.workspaceId, entry)] : []),
      ];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Its calls that wait are thought about again at a moment, or not before somebody says so. */
    wake(workspaceId: string, id: string, at: string | null): Statement {
      return waiting(workspaceId, id).set({ due_at: at }).compile();
    },

    /** Its calls that have not been tried follow it: how urgent they are, and when they may begin. */
    follow({ workspaceId, id, priority, startsAt, localStart }: Campaign): Statement {
      return waiting(workspaceId, id)
        .where('attempts', '=', 0)
        .set({ priority, not_before: startsAt, local_start: localStart })
        .compile();
    },

    /** Its calls that wait are over; those that ring or are talked go on to their end. */
    cancel(workspaceId: string, id: string, at: string, why: string): Statement {
      return waiting(workspaceId, id)
        .set((eb) => ({
          status: 'cancelled',
          why,
          due_at: null,
          ended_at: at,
          updated_at: at,
          version: eb('version', '+', 1),
        }))
        .compile();
    },

    /** `besides` is done with it or not at all. */
    async remove(before: Campaign, extra: readonly Statement[], entry: Entry): Promise<boolean> {
      const { workspaceId, id, version } = before;
      const remove = db
        .deleteFrom('campaigns')
        .where('workspace_id', '=', workspaceId)
        .where('id', '=', id)
        .where('version', '=', version)
        .where('in_flight', '=', 0);
      const statements = [remove.compile(), ...extra, record(workspaceId, entry)];
      return (await engine.write({ statements, guards: 1 })) !== null;
    },

    /** Those of which somebody has been called, or was to be. */
    async begun(workspaceId: string, ids: readonly string[]): Promise<Set<string>> {
      const query = db
        .selectFrom('calls')
        .select('campaign_id')
        .distinct()
        .where('workspace_id', '=', workspaceId)
        .where('campaign_id', 'in', someOf(ids))
        .where('attempts', '>', 0);
      return new Set((await engine.read(query.compile())).map((row) => String(row['campaign_id'])));
    },

    /** How the calls of several campaigns stand, by campaign. */
    async tallies(workspaceId: string, ids: readonly string[]): Promise<Map<string, CampaignTally>> {
      const query = db
        .selectFrom('calls')
        .select((eb) => ['campaign_id', 'status', eb.fn.countAll().as('total')])
        .where('workspace_id', '=', workspaceId)
        .where('campaign_id', 'in', someOf(ids))
        .groupBy(['campaign_id', 'status']);
      const tallies = new Map<string, CampaignTally>(ids.map((id) => [id, {}]));
      for (const row of await engine.read(query.compile()))
        tallies.get(String(row['campaign_id']))![row['status'] as CallStatus] = Number(row['total']);
      return tallies;
    },

    /** Running ones of every workspace with calls, none of which is still to be made. */
    async finished(limit: number): Promise<Campaign[]> {
      const query = db
        .selectFrom('campaigns')
        .selectAll('campaigns')
        .where('campaigns.status', '=', sql.lit('running'))
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('calls')
              .select('calls.id')
              .whereRef('calls.workspace_id', '=', 'campaigns.workspace_id')
              .whereRef('calls.campaign_id', '=', 'campaigns.id'),
          ),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('calls')
                .select('calls.id')
                .whereRef('calls.workspace_id', '=', 'campaigns.workspace_id')
                .whereRef('calls.campaign_id', '=', 'campaigns.id')
                .where('calls.status', 'in', ['waiting', 'dialing', 'in_progress']),
            ),
          ),
        )
        .limit(limit);
      return (await engine.read(query.compile())).map(campaignOf);
    },
  };
}

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
