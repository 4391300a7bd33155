/** The variables that templates of a conversation may use: the client's, the contact's and the system's. Pure. */

import type { ContactInput } from '../contacts/contact.ts';
import type { JsonObject } from '../lib/values.ts';
import { type Channel, isSpoken } from './conversation.ts';

/** The call that carries a conversation. */
export interface CallContext {
  callId: string;
  direction: 'inbound' | 'outbound';
  /** Our number: the one that the contact called, or sees. Null where the carrier shows none. */
  own: string | null;
  /** The contact's number. */
  theirs: string;
}

export interface VariableSources {
  conversationId: string;
  /** When the conversation starts, in ISO 8601 and UTC. */
  at: string;
  channel: Channel;
  /** The name of the workspace. */
  company: string;
  contact: ContactInput | null;
  /** The call, on the telephone. */
  call?: CallContext | undefined;
  /** The client's own variables. They win over all but the `system.` ones. */
  variables: JsonObject;
}

export function templateVariables(sources: VariableSources): JsonObject {
  return {
    company_name: sources.company,
    ...(sources.contact && contactVariables(sources.contact)),
    ...sources.variables,
    ...systemVariables(sources),
  };
}

/** The contact under the names that the dialects document. Keys of `metadata` are in `contact` too. */
export function contactVariables(fields: ContactInput): JsonObject {
  const { firstName, lastName, phone, whatsappNumber, email, company, jobTitle, metadata } = fields;
  const fullName = [firstName, lastName].filter(Boolean).join(' ') || undefined;
  const contact = withoutEmpty({
    ...metadata,
    ...fields,
    first_name: firstName,
    last_name: lastName,
    full_name: fullName,
    name: fullName,
    whatsapp_number: whatsappNumber,
    job_title: jobTitle,
    external_id: fields.externalId,
  });
  return {
    contact,
    ...withoutEmpty({
      contact_name: fullName,
      contact_first_name: firstName,
      contact_company: company,
      contact_phone: phone,
      contact_email: email,
    }),
  };
}

/** Without null and undefined values: a variable without a value is unknown to the template. */
const withoutEmpty = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

/** Hours ahead of UTC; Dubai has no daylight saving time. */
const DUBAI_OFFSET_HOURS = 4;

/** Variables that the client cannot override. Dates and times are in UTC. */
function systemVariables({ conversationId, at, channel, contact, call }: VariableSources): JsonObject {
  const dubai = new Date(Date.parse(at) + DUBAI_OFFSET_HOURS * 3_600_000).toISOString();
  return withoutEmpty({
    'system.year': at.slice(0, 4),
    'system.date': at.slice(0, 10),
    'system.time': at.slice(11, 19),
    'system.now': at,
    'system.dubai.now': dubai.replace('Z', '+04:00'),
    'system.platform': channel === 'whatsapp' ? 'whatsapp' : isSpoken(channel) ? 'voice' : 'chat',
    'system.medium': channel === 'phone' ? 'phone' : 'web',
    'system.direction': call?.direction ?? 'inbound',
    // Without a number these are empty texts, so that templates show nothing instead of the placeholder.
    'system.incoming.phonenumber': call?.direction === 'inbound' ? (call.own ?? '') : '',
    'system.outgoing.phonenumber': call?.direction === 'outbound' ? (call.own ?? '') : '',
    'system.customer.phonenumber': call?.theirs ?? contactNumber(channel, contact),
    'system.roomname': '',
    // The client received the call's id when it placed the call, before the conversation had an id.
    'system.sessionId': call?.callId ?? conversationId,
  });
}

const contactNumber = (channel: Channel, contact: ContactInput | null) =>
  channel === 'whatsapp' ? (contact?.whatsappNumber ?? contact?.phone) : contact?.phone;
