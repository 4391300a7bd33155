/** Campaigns as Agntix writes and shows them. Their settings are the campaign's layer of the call settings. */

import type { CallStatus } from '../../../calling/call.ts';
import type { Campaign } from '../../../calling/campaign.ts';
import type { CampaignFields, CampaignView, ImportDraft } from '../../../calling/campaign-service.ts';
import { Fault, type Issue, invalid, invalidAt } from '../../../faults.ts';
import { isLocalTime, isTimeZone } from '../../../lib/text.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import { checkShape } from '../shared.ts';
import * as contract from './contract.ts';

type Fields = contract.UpdateCampaign;

/** The service's names of fields, and Agntix's. */
export const FIELD_NAMES = {
  maxConcurrent: 'maxConcurrentCalls',
  startsAt: 'scheduledAt',
  numberId: 'phoneNumberId',
  'callSettings.window': 'operationHours.intervals.0',
  'callSettings.allowedDays': 'operationDays.days',
  'callSettings.retrySchedule': 'retryConfig',
};

/** A new campaign, its contacts, and whether it starts at once or at its time. */
export function parseCampaign(body: JsonObject) {
  checkShape(contract.CreateCampaign, body);
  const fields = body as Fields & { agentId: string };
  const { name = fields.campaignName, agentId, isImmediate } = fields;
  if (name === undefined) throw invalidAt('name', 'is required', 'required');
  if (numberOf(fields) === undefined) throw invalidAt('phoneNumberId', 'is required', 'required');
  const draftFields = fieldsOf(fields);
  const draft = { ...draftFields, name, agent: { id: agentId.toLowerCase() } };
  return { draft, contacts: parseContacts(fields), startsAtOnce: isImmediate === true || draftFields.startsAt != null };
}

export function parseChanges(body: JsonObject, before: Campaign, agentId: string | null): Partial<CampaignFields> {
  checkShape(contract.UpdateCampaign, body);
  const fields = body as Fields;
  if (fields.agentId !== undefined && (fields.agentId?.toLowerCase() ?? null) !== agentId)
    throw invalidAt('agentId', 'cannot be changed', 'fixed');
  if (fields.phoneNumberId === null && before.numberId !== null)
    throw invalidAt('phoneNumberId', 'must be a phone number', 'type');
  return fieldsOf(fields, before);
}

export function parseContacts({ contactIds = [], contactsList = [] }: Fields): ImportDraft {
  return {
    contactIds: contactIds.map((id) => id.toLowerCase()),
    people: contactsList.map(({ phoneNumber, metadata }) => ({ phone: phoneNumber, ...(metadata && { metadata }) })),
  };
}

/** Refuses the whole request if one of its contacts cannot be called. */
export function refuseProblems(
  { contactIds = [] }: ImportDraft,
  problems: readonly { index: number; message: string }[],
) {
  const issues = problems.map(({ index, message }): Issue => {
    const inIds = index < contactIds.length;
    const path = inIds ? `contactIds.${index}` : `contactsList.${index - contactIds.length}`;
    return { path, message: `cannot be called: ${message}`, rule: 'reference' };
  });
  if (issues.length > 0) throw invalid(issues);
}

export const isEmpty = ({ contactIds = [], people = [] }: ImportDraft): boolean =>
  contactIds.length + people.length === 0;

export const isDraft = ({ status }: Campaign): boolean => status === 'draft';

/** A draft starts when it has contacts and gets a time or `isImmediate`. */
export const isReadyToStart = (campaign: Campaign, body: JsonObject, tally: CampaignView['tally']): boolean =>
  isDraft(campaign) && (campaign.startsAt !== null || body['isImmediate'] === true) && Object.keys(tally).length > 0;

/** A campaign with calls that are ringing or connected cannot be deleted. */
export function refuseInFlight({ id, inFlight }: Campaign): void {
  if (inFlight > 0)
    throw new Fault('campaign_state', {
      id,
      message: `${inFlight} calls of the campaign are ringing or connected; pause it, and delete it when they have ended.`,
    });
}

const numberOf = ({ phoneNumberId, outboundNumber }: Fields) =>
  (phoneNumberId ?? outboundNumber?.phoneNumberId)?.toLowerCase();

/** A value equal to the one shown is not a change: another API may have set more than Agntix can show. */
const ifChanged = <T>(value: T, current: unknown): T | undefined => (same(value, current) ? undefined : value);

type Existing = Pick<CampaignFields, 'callSettings' | 'extras' | 'startsAt'>;
const NOTHING: Existing = { callSettings: {}, extras: {}, startsAt: null };

function fieldsOf(fields: Fields, before: Existing = NOTHING): Partial<CampaignFields> {
  const { name = fields.campaignName, maxConcurrentCalls } = fields;
  const numberId = numberOf(fields);
  return {
    ...(name !== undefined && { name }),
    ...(numberId !== undefined && { numberId }),
    ...(maxConcurrentCalls !== undefined && { maxConcurrent: maxConcurrentCalls }),
    ...timesOf(fields, before),
    ...layerOf(fields, before),
  };
}

function timesOf(fields: Fields, before: Existing): Partial<CampaignFields> {
  const { isImmediate } = fields;
  const timezone = ifChanged(fields.timezone, before.extras['timezone'] ?? null);
  if (timezone && !isTimeZone(timezone)) throw invalidAt('timezone', 'must be an IANA time zone', 'format');
  const zone = timezone === undefined ? (before.extras['timezone'] as string | undefined) : timezone;
  const scheduled = fields.scheduledAt ?? fields.scheduledTime ?? fields.schedule?.start;
  const isCleared = scheduled === undefined && [fields.scheduledAt, fields.scheduledTime].includes(null);
  const startsAt = scheduled == null ? null : momentOf(scheduled, zone ?? 'UTC');
  const isSet = scheduled != null || isCleared || isImmediate === true;
  return {
    ...(timezone !== undefined && { extras: { ...before.extras, timezone } }),
    ...(isSet && { startsAt: isImmediate ? null : startsAt }),
  };
}

function momentOf(value: string, zone: string): string {
  if (isLocalTime(value)) return inZone(value, zone);
  const moment = new Date(value);
  if (Number.isNaN(moment.getTime()) || !/T.*(Z|[+-]\d{2}:?\d{2})$/i.test(value))
    throw invalidAt('scheduledAt', 'must be a date and time like 2026-05-01T09:00:00Z', 'format');
  return moment.toISOString();
}

function inZone(local: string, zone: string): string {
  const localTime = Date.parse(`${local}Z`);
  let at = localTime;
  // The first guess may be on the other side of a clock change, so the offset is computed twice.
  for (let i = 0; i < 2; i += 1) at = localTime - (clockIn(zone, at) - at);
  return new Date(at).toISOString();
}
/** The local time of the zone, read as UTC. The Swedish locale formats dates like ISO 8601. */
const clockIn = (zone: string, at: number): number =>
  Date.parse(`${new Date(at).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')}Z`);

/** Omitted settings keep their value. Null inherits them from the agent and the workspace. */
function layerOf(fields: Fields, before: Existing): Partial<CampaignFields> {
  const current = formatLayer(before.callSettings);
  const operationHours = ifChanged(fields.operationHours, current.operationHours);
  const operationDays = ifChanged(fields.operationDays, current.operationDays);
  const retryConfig = ifChanged(fields.retryConfig, current.retryConfig);
  if (operationHours === undefined && operationDays === undefined && retryConfig === undefined) return {};
  const { window, allowedDays, autoRetry, retrySchedule, ...rest } = before.callSettings;
  const [interval] = operationHours?.intervals ?? [];
  const entry = (value: unknown, key: string) => (value === undefined ? {} : { [key]: value });
  const hours = operationHours === undefined ? entry(window, 'window') : entry(interval, 'window');
  const days =
    operationDays === undefined ? entry(allowedDays, 'allowedDays') : entry(daysOf(operationDays), 'allowedDays');
  const retries =
    retryConfig === undefined
      ? { ...entry(autoRetry, 'autoRetry'), ...entry(retrySchedule, 'retrySchedule') }
      : retriesOf(retryConfig);
  return { callSettings: { ...rest, ...hours, ...days, ...retries } };
}

function daysOf(operationDays: Fields['operationDays']): number[] | undefined {
  const days = operationDays?.days.map((name, i) => {
    const day = (contract.DAYS as readonly string[]).indexOf(name.trim().toUpperCase());
    if (day < 0)
      throw invalidAt(`operationDays.days.${i}`, `must be the name of a day like ${contract.DAYS[0]}`, 'enum');
    return day;
  });
  return days && [...new Set(days)].sort();
}

const DEFAULT_RETRIES = 3;
const DEFAULT_DELAY_SECONDS = 3600;

function retriesOf(retryConfig: NonNullable<Fields['retryConfig']> | null): JsonObject {
  if (retryConfig === null) return {};
  const { enabled, maxRetries = DEFAULT_RETRIES, retryDelay = DEFAULT_DELAY_SECONDS } = retryConfig;
  return { autoRetry: enabled, retrySchedule: new Array(maxRetries).fill(Math.ceil(retryDelay / 60)) };
}

const QUEUED: readonly CallStatus[] = ['waiting'];
const IN_FLIGHT: readonly CallStatus[] = ['dialing', 'in_progress'];

/** `agentIds` are the agents that still exist. */
export function formatCampaign({ campaign, tally }: CampaignView, agentIds: ReadonlySet<string>, now: Date) {
  const { callSettings, extras } = campaign;
  const sum = (counts: (status: CallStatus) => boolean) =>
    Object.entries(tally).reduce((total, [status, count]) => total + (counts(status as CallStatus) ? count : 0), 0);
  const total = sum(() => true);
  const [queued, inFlight] = [sum((one) => QUEUED.includes(one)), sum((one) => IN_FLIGHT.includes(one))];
  const completed = tally.completed ?? 0;
  return {
    id: campaign.id,
    name: campaign.name,
    agentId: agentIds.has(campaign.agentId) ? campaign.agentId : null,
    phoneNumberId: campaign.numberId,
    status: statusOf(campaign, now),
    scheduledAt: campaign.startsAt,
    timezone: (extras['timezone'] as string | undefined) ?? null,
    totalContacts: total,
    completedCalls: completed,
    counts: { queued, inFlight, completed, failed: total - queued - inFlight - completed },
    ...formatLayer(callSettings),
    maxConcurrentCalls: campaign.maxConcurrent,
    createdAt: campaign.createdAt,
    updatedAt: campaign.updatedAt,
  };
}

function statusOf({ status, startsAt }: Campaign, now: Date): (typeof contract.STATUSES)[number] {
  if (status === 'draft') return 'DRAFT';
  if (status === 'running') return startsAt !== null && Date.parse(startsAt) > now.getTime() ? 'SCHEDULED' : 'RUNNING';
  // A campaign that failed because of its carrier continues when it is resumed.
  return status === 'paused' || status === 'failed' ? 'PAUSED' : 'COMPLETED';
}

function formatLayer({ window, allowedDays, autoRetry, retrySchedule }: JsonObject) {
  const { start, end } = (window ?? {}) as { start?: string; end?: string };
  const [minutes] = (retrySchedule ?? []) as number[];
  return {
    operationHours: start === undefined || end === undefined ? null : { intervals: [{ start, end }] },
    operationDays:
      allowedDays === undefined ? null : { days: (allowedDays as number[]).map((day) => contract.DAYS[day]) },
    retryConfig:
      autoRetry === undefined
        ? null
        : {
            enabled: autoRetry,
            maxRetries: (retrySchedule as number[] | undefined)?.length ?? 0,
            ...(minutes !== undefined && { retryDelay: minutes * 60 }),
          },
  };
}
