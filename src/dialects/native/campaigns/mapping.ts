/** Campaigns in the native API. */
import { CALL_STATUSES, type CallStatus, hasEnded } from '../../../calling/call.ts';
import { CAMPAIGN_STATUSES, type PreDial } from '../../../calling/campaign.ts';
import type {
  CampaignDraft,
  CampaignFields,
  CampaignFilter,
  CampaignView,
  ImportDraft,
} from '../../../calling/campaign-service.ts';
import { type JsonObject, mergePatch } from '../../../lib/values.ts';
import { MASK } from '../../../tools/secrets.ts';
import { checkPatch } from '../echo.ts';
import { parseBody, valuesOf } from '../shared.ts';
import * as contract from './contract.ts';
import { parseImport } from './import-mapping.ts';

export function parseCampaign(body: unknown): { draft: CampaignDraft; contacts: ImportDraft; start: boolean } {
  const input = parseBody(contract.UncheckedCampaignInput, body) as contract.CampaignInput;
  const { agentId, contactIds, contacts, start = false, ...fields } = input;
  const draft = { ...fieldsAfter(fields), name: fields.name, agent: { id: agentId.toLowerCase() } };
  return { draft, contacts: parseImport({ contactIds, contacts }), start };
}

/** Read-only fields that the server updates while a client edits the others. */
const VOLATILE = ['tally', 'total', 'done', 'inFlight', 'updatedAt'];

export const parsePatch = (body: JsonObject, view: CampaignView): Partial<CampaignFields> =>
  fieldsAfter(checkPatch(body, contract.CampaignPatch, formatCampaign(view), VOLATILE), view.campaign);

export function parseFilter({ status, agentId, search }: contract.CampaignQuery): CampaignFilter {
  return {
    ...(agentId !== undefined && { agentId }),
    ...(search !== undefined && { search }),
    ...(status && { status: valuesOf(status, CAMPAIGN_STATUSES, 'status') }),
  };
}

const FREE_FORM_MAPS = ['callSettings', 'variables', 'metadata'] as const;

/** The fields that a patch sets. `before` is undefined when the campaign is created. */
function fieldsAfter(patch: contract.CampaignPatch, before?: CampaignFields): Partial<CampaignFields> {
  const { preDial, callSettings: _settings, variables: _variables, metadata: _metadata, ...plain } = patch;
  const maps = FREE_FORM_MAPS.flatMap((key) =>
    patch[key] === undefined ? [] : [[key, mergePatch(before?.[key] ?? {}, patch[key] ?? {})]],
  );
  return {
    ...(plain as Partial<CampaignFields>),
    ...(plain.numberId && { numberId: plain.numberId.toLowerCase() }),
    ...Object.fromEntries(maps),
    ...(preDial !== undefined && { preDial: preDial && unmasked(preDial, before?.preDial ?? undefined) }),
  };
}

/** A mask keeps the stored value of its header. A header without a stored value is dropped. */
function unmasked(preDial: PreDial, before: PreDial | undefined): PreDial {
  const { headers } = preDial;
  if (!headers) return preDial;
  const values = Object.entries(headers).flatMap(([name, sent]) => {
    const value = sent === MASK ? before?.headers?.[name] : sent;
    return value === undefined ? [] : [[name, value]];
  });
  return { ...preDial, headers: Object.fromEntries(values) };
}

function masked({ headers, ...rest }: PreDial): PreDial {
  if (!headers) return rest;
  return { ...rest, headers: Object.fromEntries(Object.keys(headers).map((name) => [name, MASK])) };
}

export function formatCampaign({ campaign, tally }: CampaignView) {
  const { id, counter: number, name, description, agentId, profileId, numberId, status, why, inFlight } = campaign;
  const { callSettings, variables, metadata, priority, startsAt, localStart, maxConcurrent, preDial } = campaign;
  const { dialect, by, createdAt, updatedAt, startedAt, endedAt } = campaign;
  const count = (statuses: readonly CallStatus[]) => statuses.reduce((sum, one) => sum + (tally[one] ?? 0), 0);
  return {
    ...{ id, number, name, description, agentId, profileId, numberId, status, why },
    ...{ tally, total: count(CALL_STATUSES), done: count(CALL_STATUSES.filter(hasEnded)), inFlight },
    ...{ callSettings, variables, metadata, priority, startsAt, localStart, maxConcurrent },
    preDial: preDial && masked(preDial),
    ...{ dialect, by, createdAt, updatedAt, startedAt, endedAt },
  };
}
