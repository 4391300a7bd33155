/** Kejue's campaigns: their shapes, and what a request about one means. */

import type { Agent } from '../../../agents/agent.ts';
import { NO_REFERENCES } from '../../../agents/view.ts';
import type { Campaign } from '../../../calling/campaign.ts';
import type {
  CampaignDraft,
  CampaignFields,
  CampaignFilter,
  CampaignView,
  ImportResult,
} from '../../../calling/campaign-service.ts';
import type { ContactInput } from '../../../contacts/contact.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import { isLocalTime } from '../../../lib/text.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { formatLayer, parseLayer } from '../agents/call-settings.ts';
import * as contract from '../agents/contract.ts';
import { voiceConfigIssues } from '../calls/mapping.ts';
import { type Complete, ContactBody, parseContact } from '../contacts/mapping.ts';
import { named } from '../shared.ts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

const MAX_CONTACTS = 10_000;
const start = maybe(
  s.string({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?$',
    'x-pattern-is': "a time on the contact's own clock like 2026-05-01T09:30, without an offset",
    examples: ['2026-05-01T09:30'],
  }),
);
const contactIds = maybe(s.array(s.string(), { maxItems: MAX_CONTACTS }));
const fields = {
  name: s.string({ minLength: 1, maxLength: 255, pattern: '\\S', 'x-pattern-is': 'not blank' }),
  description: maybe(s.string({ maxLength: 10_000 })),
  voice_config_id: maybe(s.string()),
  call_settings: maybe(contract.CallSettings),
  metadata: maybe(s.json()),
  priority: maybe(s.integer({ minimum: 1, maximum: 100 })),
  scheduled_start_at: start,
};
export const CreateCampaign = s.object({
  ...fields,
  persona_id: maybe(s.string()),
  contact_ids: contactIds,
  auto_start: maybe(s.boolean()),
});
export const UpdateCampaign = s.object({ ...fields, name: maybe(fields.name) });
export const StartCampaign = s.object({ scheduled_start_at: start });
export const FillCampaign = s.object({
  contact_ids: contactIds,
  contacts: maybe(s.array(ContactBody, { maxItems: MAX_CONTACTS, description: 'New contacts.' })),
});
/** New contacts are judged one by one. */
const FillFrame = s.object({
  contact_ids: contactIds,
  contacts: maybe(s.array(s.unknown(), { maxItems: MAX_CONTACTS })),
});

const STATUSES = ['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled', 'failed'] as const;
export const KejueCampaign = s.object({
  id: s.string(),
  name: s.string(),
  description: s.nullable(s.string()),
  status: s.oneOf(STATUSES),
  status_reason: s.string(),
  persona_id: s.string(),
  voice_config_id: s.nullable(s.string()),
  call_settings: contract.CallSettings,
  metadata: s.json(),
  priority: s.integer(),
  scheduled_start_at: s.nullable(s.string()),
  total_contacts: s.integer(),
  created_at: s.string(),
  updated_at: s.string(),
  started_at: s.nullable(s.string()),
  ended_at: s.nullable(s.string()),
});
const problems = s.array(s.object({ index: s.integer(), error: s.string() }));
export const KejueNewCampaign = s.object({
  ...KejueCampaign.properties,
  contacts_added: s.integer(),
  errors: problems,
});
export const Filling = s.object({ contacts_added: s.integer(), skipped: s.integer(), errors: problems });
export const CampaignQuery = s.object({
  status: s.optional(s.oneOf(STATUSES)),
  persona_id: s.optional(s.string()),
  search: s.optional(s.string()),
  limit: s.optional(s.integer({ minimum: 1, maximum: 1000 })),
  offset: s.optional(s.integer({ minimum: 0 })),
});
export const CampaignList = s.object({
  campaigns: s.array(KejueCampaign),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});

/** Every clock on earth has shown it by then. */
const LAST_ZONE_MS = 12 * 3_600_000;

/** Running, but so far nobody could have been called; whether somebody was is asked only where that may be. */
export const mayBeAhead = ({ status, localStart }: Campaign, now: Date): boolean =>
  status === 'running' && localStart !== null && Date.parse(`${localStart}Z`) + LAST_ZONE_MS > now.getTime();

export function formatCampaign({ campaign, tally }: CampaignView, isAhead: boolean): s.Static<typeof KejueCampaign> {
  return {
    id: campaign.id,
    name: campaign.name,
    description: campaign.description,
    status: isAhead ? 'scheduled' : campaign.status,
    status_reason: campaign.why,
    persona_id: campaign.agentId,
    voice_config_id: campaign.profileId,
    call_settings: formatLayer(campaign.callSettings) as s.Static<typeof contract.CallSettings>,
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

export const formatFilling = ({ added, skipped, problems }: ImportResult) => ({
  contacts_added: added,
  skipped,
  errors: problems.map(({ index, message }) => ({ index, error: message })),
});

/** `scheduled` and `running` are one status of the house. */
export function filterOf(status: (typeof STATUSES)[number], now: Date): CampaignFilter {
  if (status !== 'scheduled' && status !== 'running') return { status: [status] };
  const of = new Date(now.getTime() - LAST_ZONE_MS).toISOString().slice(0, 16);
  return { status: ['running'], ahead: { of, is: status === 'scheduled' } };
}

function judged(shape: s.Schema, body: JsonObject, also: readonly Issue[] = []): void {
  const issues = issuesOf(shape, body);
  const at = body['scheduled_start_at'];
  if (issues.length === 0 && typeof at === 'string' && !isLocalTime(at))
    issues.push({ path: 'scheduled_start_at', message: 'must be a date and time that there is', rule: 'format' });
  issues.push(...also);
  if (issues.length > 0) throw invalid(issues);
}

/** Everything that is wrong with the body itself, before anything is looked up. */
export function judgeNewCampaign(body: JsonObject): void {
  const { persona_id: persona, voice_config_id: config } = body;
  const nobody = persona == null && config == null;
  judged(
    CreateCampaign,
    body,
    nobody ? [{ path: 'persona_id', message: 'or voice_config_id is needed', rule: 'required' }] : [],
  );
}

export function parseNewCampaign(body: JsonObject, agent: Agent): CampaignDraft {
  return { ...parseFields(body, agent), agent: { id: agent.id }, name: (body as { name: string }).name };
}

/** A null keeps what an answer always has, and clears the rest; the call settings merge by key. */
export function parseCampaign(body: JsonObject, agent: Agent | undefined, before: Campaign): Partial<CampaignFields> {
  judged(UpdateCampaign, body);
  return parseFields(body, agent, before);
}

function parseFields(body: JsonObject, agent: Agent | undefined, before?: Campaign): Partial<CampaignFields> {
  const said = body as s.Static<typeof UpdateCampaign>;
  const { name, description, voice_config_id: config, call_settings: settings, metadata, priority } = said;
  // What is there already may be said again, whatever has become of it.
  const isNew = config != null && named(config) !== before?.profileId;
  const issues = isNew ? configIssues(config, agent) : [];
  if (issues.length > 0) throw invalid(issues);
  return {
    ...(name != null && { name }),
    ...(description !== undefined && { description }),
    ...(config !== undefined && { profileId: config === null ? null : named(config) }),
    ...(settings !== undefined && {
      callSettings: settings === null ? {} : parseLayer(settings, before?.callSettings ?? {}),
    }),
    ...(metadata !== undefined && { metadata: metadata ?? {} }),
    ...(priority != null && { priority }),
    ...parseStart(body),
  };
}

function configIssues(config: string, agent: Agent | undefined): Issue[] {
  if (agent) return voiceConfigIssues(config, { agent, references: NO_REFERENCES }, 'voice_config_id');
  const message = 'is not a voice configuration of this persona';
  return [{ path: 'voice_config_id', message, rule: 'reference' }];
}

function parseStart({ scheduled_start_at: at }: JsonObject): Pick<Partial<CampaignFields>, 'localStart'> {
  if (at === undefined) return {};
  return { localStart: at === null ? null : String(at).slice(0, 16) };
}

export function parseStarting(body: JsonObject): Pick<Partial<CampaignFields>, 'localStart'> {
  judged(StartCampaign, body);
  return parseStart(body);
}

export interface FillingHeard {
  contactIds: string[];
  people: ContactInput[];
  /** Those that are no contacts, by their places. */
  errors: { index: number; error: string }[];
  /** The places of `people` among all that were sent. */
  places: number[];
}

export function parseFilling(body: JsonObject, complete: Complete): FillingHeard {
  judged(FillFrame, body);
  const contactIds = ((body['contact_ids'] as string[] | null | undefined) ?? []).map(named);
  const sent = (body['contacts'] as unknown[] | null | undefined) ?? [];
  const parsed: FillingHeard = { contactIds, people: [], errors: [], places: [] };
  for (const [i, one] of sent.entries()) {
    const index = contactIds.length + i;
    try {
      parsed.people.push(parseContact(isObject(one) ? one : {}, complete));
      parsed.places.push(index);
    } catch (error) {
      const [first] = (error as { issues?: Issue[] }).issues ?? [];
      if (!first) throw error;
      parsed.errors.push({ index, error: `${first.path} ${first.message}` });
    }
  }
  return parsed;
}

/** Places among those that were understood become places among all that were sent. */
export function filledIn(filled: ImportResult, { contactIds, places, errors }: FillingHeard) {
  const { contacts_added, skipped, errors: found } = formatFilling(filled);
  const placed = found.map(({ index, error }) => ({
    index: index < contactIds.length ? index : places[index - contactIds.length]!,
    error,
  }));
  return { contacts_added, skipped, errors: [...placed, ...errors].sort((a, b) => a.index - b.index) };
}
