/** Maps Kejue's campaigns. */

import type { Agent } from '../../../agents/agent.ts';
import { NO_REFERENCES } from '../../../agents/view.ts';
import type { Campaign } from '../../../calling/campaign.ts';
import type { CampaignDraft, CampaignFields, CampaignFilter, CampaignView } from '../../../calling/campaign-service.ts';
import type { Issue } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type * as s from '../../../lib/schema.ts';
import { isLocalTime } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { formatLayer, parseLayer } from '../call-settings/mapping.ts';
import { voiceConfigIssues } from '../calls/mapping.ts';
import { normalizeId, refuse } from '../shared.ts';
import * as contract from './contract.ts';

/** A local start time has passed in every time zone twelve hours after it has passed in UTC. */
const LAST_ZONE_MS = 12 * 3_600_000;

/** Whether a running campaign may be `scheduled` for Kejue. It is, unless it has already called a contact. */
export const mayBeScheduled = ({ status, localStart }: Campaign, now: Date): boolean =>
  status === 'running' && localStart !== null && Date.parse(`${localStart}Z`) + LAST_ZONE_MS > now.getTime();

export function formatCampaign({ campaign, tally }: CampaignView, isScheduled: boolean): contract.Campaign {
  return {
    id: campaign.id,
    name: campaign.name,
    description: campaign.description,
    status: isScheduled ? 'scheduled' : campaign.status,
    status_reason: campaign.why,
    persona_id: campaign.agentId,
    voice_config_id: campaign.profileId,
    call_settings: formatLayer(campaign.callSettings),
    metadata: campaign.metadata,
    priority: campaign.priority,
    scheduled_start_at: campaign.localStart,
    total_contacts: Object.values(tally).reduce((sum, count) => sum + count, 0),
    created_at: campaign.createdAt,
    updated_at: campaign.updatedAt,
    started_at: campaign.startedAt,
    ended_at: campaign.endedAt,
  };
}

export function filterOf({ status, persona_id, search }: contract.CampaignQuery, now: Date): CampaignFilter {
  return {
    ...(status !== undefined && statusFilter(status, now)),
    ...(persona_id !== undefined && { agentId: normalizeId(persona_id) }),
    ...(search !== undefined && { search }),
  };
}

/** Kejue's `scheduled` and `running` are one status of ours. */
function statusFilter(status: contract.Campaign['status'], now: Date): CampaignFilter {
  if (status !== 'scheduled' && status !== 'running') return { status: [status] };
  const of = new Date(now.getTime() - LAST_ZONE_MS).toISOString().slice(0, 16);
  return { status: ['running'], scheduled: { after: of, is: status === 'scheduled' } };
}

/** Refuses what is wrong with the body itself, before any record is read. */
export function checkNewCampaign(body: JsonObject): void {
  const { persona_id: persona, voice_config_id: config } = body;
  const isMissing = persona == null && config == null;
  check(contract.CreateCampaign, body, isMissing ? [PERSONA_MISSING] : []);
}
const PERSONA_MISSING: Issue = { path: 'persona_id', message: 'or voice_config_id is needed', rule: 'required' };

function check(schema: s.Schema, body: JsonObject, more: readonly Issue[] = []): void {
  const issues = issuesOf(schema, body);
  const at = body['scheduled_start_at'];
  if (issues.length === 0 && typeof at === 'string' && !isLocalTime(at))
    issues.push({ path: 'scheduled_start_at', message: 'must be a date and time that exists', rule: 'format' });
  refuse([...issues, ...more]);
}

export interface NewCampaign {
  draft: CampaignDraft;
  contactIds: string[];
  startsAtOnce: boolean;
}

/** The body has passed `checkNewCampaign`. */
export function parseNewCampaign(body: JsonObject, agent: Agent): NewCampaign {
  const { name, contact_ids: contactIds, auto_start: startsAtOnce } = body as contract.CreateCampaign;
  return {
    draft: { ...parseFields(body, agent), agent: { id: agent.id }, name },
    contactIds: (contactIds ?? []).map(normalizeId),
    startsAtOnce: startsAtOnce ?? false,
  };
}

/** Null keeps a field that answers always have, and clears the others. Call settings merge by key. */
export function parseCampaign(body: JsonObject, agent: Agent | undefined, before: Campaign): Partial<CampaignFields> {
  check(contract.UpdateCampaign, body);
  return parseFields(body, agent, before);
}

function parseFields(body: JsonObject, agent: Agent | undefined, before?: Campaign): Partial<CampaignFields> {
  const fields = body as contract.UpdateCampaign;
  const { name, description, voice_config_id: config, call_settings: settings, metadata, priority } = fields;
  // The current configuration may be repeated, even after it was deleted or switched off.
  const isNew = config != null && normalizeId(config) !== before?.profileId;
  refuse(isNew ? configIssues(config, agent) : []);
  return {
    ...(name != null && { name }),
    ...(description !== undefined && { description }),
    ...(config !== undefined && { profileId: config === null ? null : normalizeId(config) }),
    ...(settings !== undefined && {
      callSettings: settings === null ? {} : parseLayer(settings, before?.callSettings ?? {}),
    }),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
    ...(priority != null && { priority }),
    ...parseLocalStart(body),
  };
}

function configIssues(config: string, agent: Agent | undefined): Issue[] {
  if (agent) return voiceConfigIssues(config, { agent, references: NO_REFERENCES }, 'voice_config_id');
  const message = 'is not a voice configuration of this persona';
  return [{ path: 'voice_config_id', message, rule: 'reference' }];
}

type LocalStart = Pick<Partial<CampaignFields>, 'localStart'>;

/** Seconds are dropped. */
function parseLocalStart({ scheduled_start_at: at }: JsonObject): LocalStart {
  if (at === undefined) return {};
  return { localStart: at === null ? null : String(at).slice(0, 16) };
}

export function parseStart(body: JsonObject): LocalStart {
  check(contract.StartCampaign, body);
  return parseLocalStart(body);
}
