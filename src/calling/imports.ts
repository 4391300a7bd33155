/** Imports contacts into a campaign: one call for each, and a new contact where the workspace has none. */

import { type Contact, ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import type { Statement } from '../db/engine.ts';
import { invalidAt } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isTimeZone } from '../lib/text.ts';
import { type Call, newCall } from './call.ts';
import { type Campaign, MAX_IMPORT_SIZE } from './campaign.ts';

/** The contacts to call: existing ones by id, and people who become contacts with the import. */
export interface ImportDraft {
  contactIds?: readonly string[];
  people?: readonly ContactInput[];
}

export interface ImportResult {
  added: number;
  /** Numbers that the campaign already calls, or that appear twice in the import. */
  skipped: number;
  /** `index` counts from 0 over the contact ids and then the people. */
  problems: { index: number; message: string }[];
  calls: Omit<Call, 'counter'>[];
}

type NewCampaign = Omit<Campaign, 'counter'>;

/** Ids or numbers per query. */
const QUERY_BATCH_SIZE = 5000;

/** The result of an import, and the statements that carry it out. */
export async function importContacts(
  ctx: Context,
  campaign: NewCampaign,
  { contactIds = [], people = [] }: ImportDraft,
): Promise<ImportResult & { statements: Statement[] }> {
  if (contactIds.length + people.length > MAX_IMPORT_SIZE)
    throw invalidAt('contacts', `must be at most ${MAX_IMPORT_SIZE} together`, 'maxItems');
  const { store, now, newId } = ctx;
  const existing = await findExisting(ctx, campaign, contactIds, people);
  const at = now().toISOString();
  const called = new Set(existing.calledPhones);
  const result: ImportResult = { added: 0, skipped: 0, problems: [], calls: [] };
  const created: Contact[] = [];

  const add = (contact: Contact, phone: string): boolean => {
    if (called.has(phone)) {
      result.skipped += 1;
      return false;
    }
    called.add(phone);
    result.calls.push(callTo(campaign, { id: contact.id, phone }, newId(), at));
    return true;
  };
  for (const [index, id] of contactIds.entries()) {
    const contact = existing.byId.get(id);
    const phone = contact?.fields.phone;
    if (!contact) result.problems.push({ index, message: 'No contact has this id.' });
    else if (!phone) result.problems.push({ index, message: 'The contact has no phone number.' });
    else add(contact, phone);
  }
  for (const [i, fields] of people.entries()) {
    const { phone } = fields;
    const known = phone ? existing.byPhone.get(phone) : undefined;
    const problem = problemOf(fields, known);
    if (problem !== undefined) result.problems.push({ index: contactIds.length + i, message: problem });
    if (problem !== undefined || !phone) continue;
    const contact = known ?? { workspaceId: campaign.workspaceId, id: newId(), fields, createdAt: at, updatedAt: at };
    if (add(contact, phone) && !known) created.push(contact);
  }
  const statements = [...store.contacts.insertions(created), ...store.calls.insertions(result.calls)];
  return { ...result, added: result.calls.length, statements };
}

async function findExisting(
  { store }: Context,
  { workspaceId, id }: NewCampaign,
  contactIds: readonly string[],
  people: readonly ContactInput[],
) {
  const phones = people.flatMap(({ phone }) => (phone ? [phone] : []));
  const [byId, byPhone, calledPhones] = await Promise.all([
    inBatches(contactIds, (ids) => store.contacts.getMany(workspaceId, ids)),
    inBatches(phones, (some) => store.contacts.withPhones(workspaceId, some)),
    store.calls.phonesOf(workspaceId, id),
  ]);
  return {
    byId: new Map(byId.map((contact) => [contact.id, contact])),
    byPhone: new Map(byPhone.map((contact) => [contact.fields.phone, contact])),
    calledPhones,
  };
}

/** Why a person cannot be called: a sentence, undefined where they can. */
function problemOf(fields: ContactInput, known: Contact | undefined): string | undefined {
  const [issue] = issuesOf(ContactInput, fields);
  if (issue) return `${issue.path || 'It'} ${issue.message}.`;
  if (fields.timezone && !isTimeZone(fields.timezone)) return 'timezone must be an IANA time zone.';
  if (!fields.phone) return 'phone is required.';
  // The import does not change existing contacts, but a refusal in the list must count for this campaign.
  if (known && fields.consent?.calls === false) return 'The list says that the contact refuses calls.';
  return undefined;
}

async function inBatches<T>(all: readonly string[], read: (batch: readonly string[]) => Promise<T[]>): Promise<T[]> {
  const batches: Promise<T[]>[] = [];
  for (let i = 0; i < all.length; i += QUERY_BATCH_SIZE) batches.push(read(all.slice(i, i + QUERY_BATCH_SIZE)));
  return (await Promise.all(batches)).flat();
}

const callTo = (
  campaign: NewCampaign,
  contact: { id: string; phone: string },
  callId: string,
  at: string,
): Omit<Call, 'counter'> =>
  newCall({
    workspaceId: campaign.workspaceId,
    id: callId,
    agentId: campaign.agentId,
    direction: 'outbound',
    dialect: campaign.dialect,
    by: campaign.by,
    campaignId: campaign.id,
    contactId: contact.id,
    phone: contact.phone,
    status: 'waiting',
    why:
      campaign.status === 'running'
        ? 'The first attempt'
        : 'The campaign is not running; start or resume it to place the call',
    priority: campaign.priority,
    notBefore: campaign.startsAt,
    localStart: campaign.localStart,
    dueAt: campaign.status === 'running' ? at : null,
    createdAt: at,
  });
