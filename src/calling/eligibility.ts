/** How a contact would be reached: what is known of where they are, who would speak, and when they may be called next. */

import type { AgentDocument } from '../agents/agent.ts';
import type { Profile } from '../agents/profile.ts';
import type { Contact } from '../contacts/contact.ts';
import { profileFor } from '../conversations/snapshot.ts';
import { languageOf } from '../lib/locale.ts';
import type { Known } from '../lib/places.ts';
import type { Layer } from '../settings/resolve.ts';
import type { Calling } from '../settings/workspace-settings.ts';
import type { Campaign } from './campaign.ts';
import { absence } from './circumstances.ts';
import type { CallingRules } from './rule-book.ts';
import { policyOf } from './rules/policy.ts';

export interface Eligibility {
  id: string;
  phone: string | null;
  /** Every zone whose clock must allow a call. */
  timezones: Known;
  countries: Known;
  /** As whom the agent would speak; null where it has nobody who is switched on. */
  profile: { id: string; why: string } | null;
  /** By the rules alone. `at` is when a call would be made; null where none would. */
  next: { do: 'dial' | 'wait' | 'end'; at: string | null; why: string };
  /** What has to change besides before the telephone rings: a sentence, null where nothing has. */
  waitsFor: string | null;
}

export interface EligibilityInput {
  document: AgentDocument;
  contact: Contact;
  campaign: Campaign | undefined;
  layers: readonly Layer[];
  calling: Calling | undefined;
  refused: boolean;
  /** ISO 8601. */
  moment: string;
}

export function eligibilityOf(callingRules: CallingRules, given: EligibilityInput): Eligibility {
  const { document, contact, campaign } = given;
  const { phone = null, language } = contact.fields;
  const profile = speakerOf(document, contact, campaign);
  return {
    id: contact.id,
    phone,
    timezones: { ...callingRules.knownZones(contact.fields), value: [...callingRules.places.zonesOf(contact.fields)] },
    countries: callingRules.knownCountries(contact.fields),
    profile: profile ? { id: profile.id, why: whyProfile(profile, language, campaign) } : null,
    next: nextOf(callingRules, given),
    waitsFor: waitsFor(document, campaign),
  };
}

/** The profile that a call to them would have, if the call itself names none. */
export const speakerOf = (
  document: AgentDocument,
  contact: Contact | undefined,
  campaign: Campaign | undefined,
): Profile | undefined =>
  profileFor(
    document,
    { contact: contact ? { id: contact.id, fields: contact.fields } : null },
    campaign?.profileId ?? undefined,
  );

function whyProfile({ id, locale, default: usual }: Profile, language?: string | null, campaign?: Campaign): string {
  if (id === campaign?.profileId) return 'The campaign speaks as it';
  if (language && locale && languageOf(locale) === languageOf(language))
    return `It speaks ${locale}, and the contact's language is ${language}`;
  const which = usual ? 'It is the default' : 'The default is switched off, and it is the first that is not';
  return language ? `${which}, and none that is switched on speaks ${language}` : which;
}

function nextOf(
  callingRules: CallingRules,
  { contact, campaign, layers, calling, refused, moment }: EligibilityInput,
): Eligibility['next'] {
  const { phone, consent } = contact.fields;
  if (!phone) return { do: 'end', at: null, why: 'The contact has no phone number' };
  const call = {
    notBefore: campaign?.startsAt ?? null,
    localStart: campaign?.localStart ?? null,
    progress: { spent: 0, last: null },
  };
  const around = {
    policy: policyOf(layers, calling, callingRules.knownCountries(contact.fields).value),
    zones: callingRules.places.zonesOf(contact.fields),
    refused,
    consent,
    consentRequired: calling?.consentRequired ?? false,
  };
  const step = callingRules.nextStep(callingRules.zones, call, around, Date.parse(moment));
  const at = { dial: moment, wait: step.do === 'wait' ? new Date(step.until).toISOString() : null, end: null };
  return { do: step.do, at: at[step.do], why: step.why };
}

function waitsFor(document: AgentDocument, campaign: Campaign | undefined): string | null {
  const absent = absence(document);
  if (absent !== undefined) return absent;
  return campaign && campaign.status !== 'running' ? `The campaign is ${campaign.status}` : null;
}
