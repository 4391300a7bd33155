/** What a conversation knows for its templates, whoever began it. Pure: the time is handed in. */

import type { ContactInput } from '../contacts/contact.ts';
import type { JsonObject } from '../lib/values.ts';
import { type Channel, isSpoken } from './conversation.ts';

/** The call that a conversation is held in. */
export interface CallContext {
  callId: string;
  direction: 'inbound' | 'outbound';
  /** The number of this house that they called, or that they see; null where there is none to see. */
  own: string | null;
  /** The other side's. */
  theirs: string;
}

export interface KnownAtTheStart {
  conversationId: string;
  at: string;
  channel: Channel;
  /** What the workspace is called. */
  company: string;
  contact: ContactInput | null;
  /** Where it is a telephone call. */
  telephone?: CallContext | undefined;
  /** The caller's own; they win over everything but the system's. */
  own: JsonObject;
}

export function variablesOf(known: KnownAtTheStart): JsonObject {
  return {
    company_name: known.company,
    ...(known.contact && contactVariables(known.contact)),
    ...known.own,
    ...systemVariables(known),
  };
}

/** Under the names that the tongues document, the caller's own facts beside them. */
export function contactVariables(fields: ContactInput): JsonObject {
  const { firstName, lastName, phone, whatsappNumber, email, company, jobTitle, metadata } = fields;
  const fullName = [firstName, lastName].filter(Boolean).join(' ') || undefined;
  const contact = said({
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
    ...said({
      contact_name: fullName,
      contact_first_name: firstName,
      contact_company: company,
      contact_phone: phone,
      contact_email: email,
    }),
  };
}

const said = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

/** Dubai keeps no summer time. */
const DUBAI_HOURS = 4;

/** Dates and times are UTC. */
function systemVariables({ conversationId, at, channel, contact, telephone }: KnownAtTheStart): JsonObject {
  const dubai = new Date(Date.parse(at) + DUBAI_HOURS * 3_600_000).toISOString();
  return said({
    'system.year': at.slice(0, 4),
    'system.date': at.slice(0, 10),
    'system.time': at.slice(11, 19),
    'system.now': at,
    'system.dubai.now': dubai.replace('Z', '+04:00'),
    'system.platform': channel === 'whatsapp' ? 'whatsapp' : isSpoken(channel) ? 'voice' : 'chat',
    'system.medium': channel === 'phone' ? 'phone' : 'web',
    'system.direction': telephone?.direction ?? 'inbound',
    // Empty, and not unknown, where there is none.
    'system.incoming.phonenumber': telephone?.direction === 'inbound' ? (telephone.own ?? '') : '',
    'system.outgoing.phonenumber': telephone?.direction === 'outbound' ? (telephone.own ?? '') : '',
    'system.customer.phonenumber': telephone?.theirs ?? numberOf(channel, contact),
    'system.roomname': '',
    // Whoever asked for the call knows it by that id, and was told it before anything was said.
    'system.sessionId': telephone?.callId ?? conversationId,
  });
}

const numberOf = (channel: Channel, contact: ContactInput | null) =>
  channel === 'whatsapp' ? (contact?.whatsappNumber ?? contact?.phone) : contact?.phone;
