/** Maps Ayra's contacts. The first word of a name is stored as the first name. */
import type { Contact, ContactInput } from '../../../contacts/contact.ts';
import { invalid } from '../../../faults.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { formatId } from '../shared.ts';
import * as contract from './contract.ts';

export function parseContact(body: JsonObject): ContactInput {
  const issues = issuesOf(contract.CreateContact, body);
  if (issues.length > 0) throw invalid(issues);
  const { name, email = null, phone = null, company = null, tags } = body as contract.CreateContact;
  const [firstName = '', ...others] = name.trim().split(/\s+/);
  return { firstName, lastName: others.join(' ') || null, email, phone, company, ...(tags && { tags }) };
}

export function formatContact({ id, fields, createdAt }: Contact): contract.Contact {
  const { firstName, lastName, email = null } = fields;
  const name = [firstName, lastName].filter((part) => part).join(' ');
  return { id: formatId('contact_', id), name, email, created_at: createdAt };
}
