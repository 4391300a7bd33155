/** Campaigns natively. */
import { CALL_STATUSES, type CallStatus, hasEnded } from '../../../calling/call.ts';
import { MAX_IMPORT_SIZE, type PreDial } from '../../../calling/campaign.ts';
import type {
  CampaignDraft,
  CampaignFields,
  CampaignView,
  ImportDraft,
  ImportResult,
} from '../../../calling/campaign-service.ts';
import { invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import { type JsonObject, mergePatch } from '../../../lib/values.ts';
import { MASK } from '../../../tools/secrets.ts';
import { checkPatch } from '../agents/echo.ts';
import { CampaignInput, CampaignPatch, closed, PeopleInput } from './contract.ts';

/** Contacts are checked one by one when they are added; the schema checks only their count and that they are objects. */
const loosely = (schema: s.ObjectSchema<Record<string, s.Schema>>): s.Schema => {
  const contacts = s.optional(s.array(s.json(), { maxItems: MAX_IMPORT_SIZE }));
  return s.object({ ...schema.properties, contacts }, closed);
};
const CampaignLoosely = loosely(CampaignInput as never);
const PeopleLoosely = loosely(PeopleInput as never);

export function parseCampaign(body: JsonObject): { draft: CampaignDraft; people: ImportDraft; start: boolean } {
  const issues = issuesOf(CampaignLoosely, body);
  if (issues.length > 0) throw invalid(issues);
  const { agentId, contactIds, contacts, start = false, ...fields } = body as s.Static<typeof CampaignInput>;
  const draft = { ...meant(fields), name: fields.name, agent: { id: agentId.toLowerCase() } };
  return { draft, people: importDraft({ contactIds, contacts }), start };
}

export function parsePeople(body: JsonObject): ImportDraft {
  const issues = issuesOf(PeopleLoosely, body);
  if (issues.length > 0) throw invalid(issues);
  return importDraft(body as s.Static<typeof PeopleInput>);
}

const importDraft = ({ contactIds, contacts }: s.Static<typeof PeopleInput>): ImportDraft => ({
  ...(contactIds && { contactIds: contactIds.map((id) => id.toLowerCase()) }),
  ...(contacts && { people: contacts }),
});

/** A whole answer can be sent back: read-only fields may be repeated, not changed. Fields that the server updates are ignored. */
export function parsePatch(body: JsonObject, view: CampaignView): Partial<CampaignFields> {
  return meant(checkPatch<CampaignPatch>(body, CampaignPatch, formatCampaign(view), MOVING), view.campaign);
}

const MOVING = ['tally', 'total', 'done', 'inFlight', 'updatedAt'];
const FREE_FORM_MAPS = ['callSettings', 'variables', 'metadata'] as const;

function meant(spoken: CampaignPatch, before?: CampaignFields): Partial<CampaignFields> {
  const { preDial, callSettings: _settings, variables: _variables, metadata: _metadata, ...plain } = spoken;
  const freeFormMaps = FREE_FORM_MAPS.flatMap((key) =>
    spoken[key] === undefined ? [] : [[key, mergePatch(before?.[key] ?? {}, spoken[key] ?? {})]],
  );
  return {
    ...(plain as Partial<CampaignFields>),
    ...(plain.numberId && { numberId: plain.numberId.toLowerCase() }),
    ...Object.fromEntries(freeFormMaps),
    ...(preDial !== undefined && { preDial: preDial && unmasked(preDial, before?.preDial ?? undefined) }),
  };
}

/** A mask keeps the stored value of its name; without a stored value it is dropped. */
function unmasked(preDial: PreDial, before: PreDial | undefined): PreDial {
  const { headers } = preDial;
  if (!headers) return preDial;
  const kept = Object.entries(headers).flatMap(([name, value]) => {
    const meant = value === MASK ? before?.headers?.[name] : value;
    return meant === undefined ? [] : [[name, meant]];
  });
  return { ...preDial, headers: Object.fromEntries(kept) };
}

function masked({ headers, ...rest }: PreDial): PreDial {
  if (!headers) return rest;
  return { ...rest, headers: Object.fromEntries(Object.keys(headers).map((name) => [name, MASK])) };
}

export function formatCampaign({ campaign, tally }: CampaignView) {
  const { id, counter: number, name, description, agentId, profileId, numberId, status, why, inFlight } = campaign;
  const { callSettings, variables, metadata, priority, startsAt, localStart, maxConcurrent, preDial } = campaign;
  const { dialect, by, createdAt, updatedAt, startedAt, endedAt } = campaign;
  const count = (some: readonly CallStatus[]) => some.reduce((sum, one) => sum + (tally[one] ?? 0), 0);
  return {
    ...{ id, number, name, description, agentId, profileId, numberId, status, why },
    ...{ tally, total: count(CALL_STATUSES), done: count(CALL_STATUSES.filter(hasEnded)), inFlight },
    ...{ callSettings, variables, metadata, priority, startsAt, localStart, maxConcurrent },
    preDial: preDial && masked(preDial),
    ...{ dialect, by, createdAt, updatedAt, startedAt, endedAt },
  };
}

/** Problems of `contactIds` come before those of `contacts`; `ids` is the number of the former. */
export function formatFilled({ added, skipped, problems }: ImportResult, ids = 0) {
  const placed = problems.map(({ index, message }) => {
    const pointer = index < ids ? `/contactIds/${index}` : `/contacts/${index - ids}`;
    return { pointer, message };
  });
  return { added, skipped, problems: placed };
}
