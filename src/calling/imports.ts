/** Filling a campaign: people as calls, and as contacts where they were none yet. */

import { type Contact, ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { invalidAt } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isTimeZone } from '../lib/text.ts';
import { type Call, newCall } from './call.ts';
import { type Campaign, MAX_IMPORT_SIZE } from './campaign.ts';

/** Whom to call: contacts of the workspace, and people who become contacts by it. */
export interface ImportDraft {
  contactIds?: readonly string[];
  people?: readonly ContactInput[];
}

/** What came of a filling; places are counted from 0 in the order they were handed in, contact ids first. */
export interface ImportResult {
  added: number;
  /** They were in the campaign already, or twice among these. */
  skipped: number;
  problems: { index: number; message: string }[];
  calls: Omit<Call, 'counter'>[];
}

/** What a filling comes to, and the statements that do it. */
export function contactImports({ store, now, newId }: Context) {
  return async (campaign: Omit<Campaign, 'counter'>, { contactIds = [], people = [] }: ImportDraft) => {
    const { workspaceId } = campaign;
    if (contactIds.length + people.length > MAX_IMPORT_SIZE)
      throw invalidAt('contacts', `must be at most ${MAX_IMPORT_SIZE} together`, 'maxItems');
    const problems: ImportResult['problems'] = [];
    const time = now().toISOString();
    const phones = people.flatMap(({ phone }) => (phone ? [phone] : []));
    const [known, samePhone, there] = await Promise.all([
      inPieces(contactIds, (ids) => store.contacts.getMany(workspaceId, ids)),
      inPieces(phones, (some) => store.contacts.withPhones(workspaceId, some)),
      store.calls.phonesOf(workspaceId, campaign.id),
    ]);
    const byId = new Map(known.map((contact) => [contact.id, contact]));
    const byPhone = new Map(samePhone.map((contact) => [contact.fields.phone, contact]));
    const fresh: Contact[] = [];
    const seen = new Set(there);
    const calls: Omit<Call, 'counter'>[] = [];
    let skipped = 0;
    const add = (contact: Contact) => {
      const phone = contact.fields.phone!;
      if (seen.has(phone)) {
        skipped += 1;
        return false;
      }
      seen.add(phone);
      calls.push(callFor(campaign, contact, newId(), time));
      return true;
    };
    for (const [index, id] of contactIds.entries()) {
      const contact = byId.get(id);
      if (!contact) problems.push({ index, message: 'No contact has this id.' });
      else if (!contact.fields.phone) problems.push({ index, message: 'The contact has no phone number.' });
      else add(contact);
    }
    for (const [i, fields] of people.entries()) {
      const index = contactIds.length + i;
      const issues = issuesOf(ContactInput, fields);
      const [first] = issues;
      const existing = fields.phone ? byPhone.get(fields.phone) : undefined;
      if (first) problems.push({ index, message: `${first.path || 'It'} ${first.message}.` });
      else if (fields.timezone && !isTimeZone(fields.timezone))
        problems.push({ index, message: 'timezone must be an IANA time zone.' });
      else if (!fields.phone) problems.push({ index, message: 'phone is needed.' });
      // What the list says of a contact that is kept is not kept with it; that they said no is heeded all the same.
      else if (existing && fields.consent?.calls === false)
        problems.push({ index, message: 'The list says that they do not want to be called.' });
      else {
        const contact = existing ?? { workspaceId, id: newId(), fields, createdAt: time, updatedAt: time };
        if (add(contact) && !existing) fresh.push(contact);
      }
    }
    const statements = [...store.contacts.insertions(fresh), ...store.calls.insertions(calls)];
    return { added: calls.length, skipped, problems, calls, statements };
  };
}

const PIECE = 5000;

/** A long list, asked for in as many questions as its length needs. */
async function inPieces<T>(all: readonly string[], ask: (some: readonly string[]) => Promise<T[]>): Promise<T[]> {
  const pieces: Promise<T[]>[] = [];
  for (let i = 0; i < all.length; i += PIECE) pieces.push(ask(all.slice(i, i + PIECE)));
  return (await Promise.all(pieces)).flat();
}

/** The call to one of a campaign's people. Nobody is called before the campaign is started. */
const callFor = (
  campaign: Omit<Campaign, 'counter'>,
  { id, fields }: Contact,
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
    contactId: id,
    phone: fields.phone!,
    status: 'waiting',
    why: 'The campaign has not been started',
    priority: campaign.priority,
    notBefore: campaign.startsAt,
    localStart: campaign.localStart,
    dueAt: campaign.status === 'running' ? at : null,
    createdAt: at,
  });
