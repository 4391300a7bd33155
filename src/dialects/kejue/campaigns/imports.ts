/** Maps the import of contacts into a campaign. */

import type { ImportResult } from '../../../calling/campaign-service.ts';
import type { ContactInput } from '../../../contacts/contact.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { type Complete, parseContact } from '../contacts/mapping.ts';
import { checkShape, issuesIn, normalizeId } from '../shared.ts';
import * as contract from './contract.ts';

/** Positions count `contact_ids` first, then `contacts`. */
export interface ContactImport {
  contactIds: string[];
  people: ContactInput[];
  /** The new contacts that are wrong, by position. */
  errors: contract.AddedContacts['errors'];
  /** The position of each entry of `people`. */
  positions: number[];
}

export function parseImport(body: JsonObject, complete: Complete): ContactImport {
  checkShape(contract.AddContactsFrame, body);
  const { contact_ids: ids, contacts } = body as contract.AddContactsFrame;
  const contactIds = (ids ?? []).map(normalizeId);
  const parsed: ContactImport = { contactIds, people: [], errors: [], positions: [] };
  for (const [i, contact] of (contacts ?? []).entries()) {
    const index = contactIds.length + i;
    try {
      parsed.people.push(parseContact(isObject(contact) ? contact : {}, complete));
      parsed.positions.push(index);
    } catch (error) {
      const [{ path, message }] = issuesIn(error);
      parsed.errors.push({ index, error: `${path} ${message}` });
    }
  }
  return parsed;
}

export const formatResult = ({ added, skipped, problems }: ImportResult): contract.AddedContacts => ({
  contacts_added: added,
  skipped,
  errors: problems.map(({ index, message }) => ({ index, error: message })),
});

/** The service counts only the contacts that it received; the answer counts all that were sent. */
export function formatImport(result: ImportResult, { contactIds, positions, errors }: ContactImport) {
  const formatted = formatResult(result);
  const refused = formatted.errors.map(({ index, error }) => ({
    index: index < contactIds.length ? index : positions[index - contactIds.length]!,
    error,
  }));
  return { ...formatted, errors: [...refused, ...errors].sort((a, b) => a.index - b.index) };
}
