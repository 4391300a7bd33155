/** Campaigns as Agntix hears and shows them. Its settings are the campaign's layer of the call settings. */

import type { CallStatus } from '../../../calling/call.ts';
import type { Campaign } from '../../../calling/campaign.ts';
import type { CampaignFields, CampaignView, ImportDraft } from '../../../calling/campaign-service.ts';
import { type Issue, invalid, invalidAt } from '../../../faults.ts';
import { isLocalTime, isTimeZone } from '../../../lib/text.ts';
import { type JsonObject, same } from '../../../lib/values.ts';
import { refuse } from '../shared.ts';
import * as contract from './contract.ts';

type Said = contract.UpdateCampaign;

/** What the house calls what is wrong with these, and what whoever asked calls it. */
export const NAMES = {
  maxConcurrent: 'maxConcurrentCalls',
  startsAt: 'scheduledAt',
  numberId: 'phoneNumberId',
  'callSettings.window': 'operationHours.intervals.0',
  'callSettings.allowedDays': 'operationDays.days',
  'callSettings.retrySchedule': 'retryConfig',
};

/** A new one: what it is, whom it calls, and whether it starts at once or at its hour. */
export function parseCampaign(body: JsonObject) {
  refuse(contract.CreateCampaign, body);
  const said = body as Said & { agentId: string };
  const { name = said.campaignName, agentId, isImmediate } = said;
  if (name === undefined) throw invalidAt('name', 'is required', 'required');
  if (numberOf(said) === undefined) throw invalidAt('phoneNumberId', 'is required', 'required');
  const fields = fieldsOf(said);
  const draft = { ...fields, name, agent: { id: agentId.toLowerCase() } };
  return { draft, people: parsePeople(said), starts: isImmediate === true || fields.startsAt != null };
}

export function parseChanges(body: JsonObject, before: Campaign, agentId: string | null): Partial<CampaignFields> {
  refuse(contract.UpdateCampaign, body);
  const said = body as Said;
  if (said.agentId !== undefined && (said.agentId?.toLowerCase() ?? null) !== agentId)
    throw invalidAt('agentId', 'cannot be changed', 'fixed');
  if (said.phoneNumberId === null && before.numberId !== null)
    throw invalidAt('phoneNumberId', 'must be a phone number', 'type');
  return fieldsOf(said, before);
}

export function parsePeople({ contactIds = [], contactsList = [] }: Said): ImportDraft {
  return {
    contactIds: contactIds.map((id) => id.toLowerCase()),
    people: contactsList.map(({ phoneNumber, metadata }) => ({ phone: phoneNumber, ...(metadata && { metadata }) })),
  };
}

/** A request is kept whole or not at all: whoever cannot be called is a mistake in it. */
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

const numberOf = ({ phoneNumberId, outboundNumber }: Said) =>
  (phoneNumberId ?? outboundNumber?.phoneNumberId)?.toLowerCase();

/** What repeats what was shown says nothing new: another tongue may know more of it than can be shown here. */
const unlessRepeated = <T>(said: T, shown: unknown): T | undefined => (same(said, shown) ? undefined : said);

type Known = Pick<CampaignFields, 'callSettings' | 'extras' | 'startsAt'>;
const NOTHING: Known = { callSettings: {}, extras: {}, startsAt: null };

function fieldsOf(said: Said, before: Known = NOTHING): Partial<CampaignFields> {
  const { name = said.campaignName, maxConcurrentCalls } = said;
  const numberId = numberOf(said);
  return {
    ...(name !== undefined && { name }),
    ...(numberId !== undefined && { numberId }),
    ...(maxConcurrentCalls !== undefined && { maxConcurrent: maxConcurrentCalls }),
    ...timesOf(said, before),
    ...layerOf(said, before),
  };
}

function timesOf(said: Said, before: Known): Partial<CampaignFields> {
  const { isImmediate } = said;
  const timezone = unlessRepeated(said.timezone, before.extras['timezone'] ?? null);
  if (timezone && !isTimeZone(timezone)) throw invalidAt('timezone', 'must be an IANA time zone', 'format');
  const zone = timezone === undefined ? (before.extras['timezone'] as string | undefined) : timezone;
  const scheduled = said.scheduledAt ?? said.scheduledTime ?? said.schedule?.start;
  const isCleared = scheduled === undefined && [said.scheduledAt, said.scheduledTime].includes(null);
  const startsAt = scheduled == null ? null : momentOf(scheduled, zone ?? 'UTC');
  const speaks = scheduled != null || isCleared || isImmediate === true;
  return {
    ...(timezone !== undefined && { extras: { ...before.extras, timezone } }),
    ...(speaks && { startsAt: isImmediate ? null : startsAt }),
  };
}

function momentOf(said: string, zone: string): string {
  if (isLocalTime(said)) return inZone(said, zone);
  const moment = new Date(said);
  if (Number.isNaN(moment.getTime()) || !/T.*(Z|[+-]\d{2}:?\d{2})$/i.test(said))
    throw invalidAt('scheduledAt', 'must be a date and time like 2026-05-01T09:00:00Z', 'format');
  return moment.toISOString();
}

function inZone(local: string, zone: string): string {
  const wall = Date.parse(`${local}Z`);
  let at = wall;
  // Twice: the first guess may lie on the other side of a change of the clocks.
  for (let i = 0; i < 2; i += 1) at = wall - (clockIn(zone, at) - at);
  return new Date(at).toISOString();
}
/** What the clocks show there, as if that were UTC. Swedes write dates as computers do. */
const clockIn = (zone: string, at: number): number =>
  Date.parse(`${new Date(at).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T')}Z`);

/** What is not mentioned stays; null leaves it to the agent and the workspace. */
function layerOf(said: Said, before: Known): Partial<CampaignFields> {
  const shown = formatLayer(before.callSettings);
  const operationHours = unlessRepeated(said.operationHours, shown.operationHours);
  const operationDays = unlessRepeated(said.operationDays, shown.operationDays);
  const retryConfig = unlessRepeated(said.retryConfig, shown.retryConfig);
  if (operationHours === undefined && operationDays === undefined && retryConfig === undefined) return {};
  const { window, allowedDays, autoRetry, retrySchedule, ...rest } = before.callSettings;
  const [interval] = operationHours?.intervals ?? [];
  const kept = (value: unknown, key: string) => (value === undefined ? {} : { [key]: value });
  const hours = operationHours === undefined ? kept(window, 'window') : kept(interval, 'window');
  const days =
    operationDays === undefined ? kept(allowedDays, 'allowedDays') : kept(daysOf(operationDays), 'allowedDays');
  const retries =
    retryConfig === undefined
      ? { ...kept(autoRetry, 'autoRetry'), ...kept(retrySchedule, 'retrySchedule') }
      : retriesOf(retryConfig);
  return { callSettings: { ...rest, ...hours, ...days, ...retries } };
}

function daysOf(said: Said['operationDays']): number[] | undefined {
  const days = said?.days.map((name, i) => {
    const day = (contract.DAYS as readonly string[]).indexOf(name.trim().toUpperCase());
    if (day < 0)
      throw invalidAt(`operationDays.days.${i}`, `must be the name of a day like ${contract.DAYS[0]}`, 'enum');
    return day;
  });
  return days && [...new Set(days)].sort();
}

const DEFAULT_RETRIES = 3;
const DEFAULT_DELAY_SECONDS = 3600;

function retriesOf(said: NonNullable<Said['retryConfig']> | null): JsonObject {
  if (said === null) return {};
  const { enabled, maxRetries = DEFAULT_RETRIES, retryDelay = DEFAULT_DELAY_SECONDS } = said;
  return { autoRetry: enabled, retrySchedule: new Array(maxRetries).fill(Math.ceil(retryDelay / 60)) };
}

const QUEUED: readonly CallStatus[] = ['waiting'];
const IN_FLIGHT: readonly CallStatus[] = ['dialing', 'in_progress'];

/** `agentIds`: those that are still there. */
export function present({ campaign, tally }: CampaignView, agentIds: ReadonlySet<string>, now: Date) {
  const { callSettings, extras } = campaign;
  const sum = (some: (status: CallStatus) => boolean) =>
    Object.entries(tally).reduce((total, [status, count]) => total + (some(status as CallStatus) ? count : 0), 0);
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
  // One that was let down by its carrier goes on when it is resumed.
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
