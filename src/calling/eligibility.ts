/** Whether and when a contact may be called: its time zones and countries, the agent's profile, and the next step. */

import type { AgentDocument } from '../agents/agent.ts';
import type { Profile } from '../agents/profile.ts';
import type { Contact } from '../contacts/contact.ts';
import { profileFor } from '../conversations/snapshot.ts';
import { languageOf } from '../lib/locale.ts';
import type { KnownPlace } from '../lib/places.ts';
import type { Layer } from '../settings/resolve.ts';
import type { Calling } from '../settings/workspace-settings.ts';
import type { Campaign } from './campaign.ts';
import { agentBlockReason } from './circumstances.ts';
import type { CallingRules } from './rule-book.ts';
import { policyOf } from './rules/policy.ts';

export interface Eligibility {
  id: string;
  phone: string | null;
  /** The call window must be open in all of these. */
  timezones: KnownPlace;
  countries: KnownPlace;
  /** The profile that the agent would use; null where none is active. */
  profile: { id: string; why: string } | null;
  /** By the calling rules alone. `at` is when a call would be made, ISO 8601; null where none would. */
  next: { do: 'dial' | 'wait' | 'end'; at: string | null; why: string };
  /** A sentence: what else must change before a call is made; null where nothing must. */
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

export function eligibilityOf(callingRules: CallingRules, input: EligibilityInput): Eligibility {
  const { document, contact, campaign } = input;
  const { phone = null, language } = contact.fields;
  const profile = speakerOf(document, contact, campaign);
  return {
    id: contact.id,
    phone,
    timezones: { ...callingRules.knownZones(contact.fields), value: [...callingRules.places.zonesOf(contact.fields)] },
    countries: callingRules.knownCountries(contact.fields),
    profile: profile ? { id: profile.id, why: whyProfile(profile, language, campaign) } : null,
    next: nextOf(callingRules, input),
    waitsFor: waitsFor(document, campaign),
  };
}

/** The profile for a call to the contact, if the call itself names none. */
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

function whyProfile(
  { id, locale, default: isDefault }: Profile,
  language?: string | null,
  campaign?: Campaign,
): string {
  if (id === campaign?.profileId) return 'The campaign selects it';
  if (language && locale && languageOf(locale) === languageOf(language))
    return `Its locale is ${locale}, and the contact's language is ${language}`;
  const reason = isDefault ? 'It is the default' : 'The default is not active, and it is the first active profile';
  return language ? `${reason}, and no active profile has the language ${language}` : reason;
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
  const facts = {
    policy: policyOf(layers, calling, callingRules.knownCountries(contact.fields).value),
    zones: callingRules.places.zonesOf(contact.fields),
    refused,
    consent,
    consentRequired: calling?.consentRequired ?? false,
  };
  const step = callingRules.nextStep(callingRules.zones, call, facts, Date.parse(moment));
  const times = { dial: moment, wait: step.do === 'wait' ? new Date(step.until).toISOString() : null, end: null };
  return { do: step.do, at: times[step.do], why: step.why };
}

function waitsFor(document: AgentDocument, campaign: Campaign | undefined): string | null {
  const agentReason = agentBlockReason(document);
  if (agentReason !== undefined) return agentReason;
  return campaign && campaign.status !== 'running' ? `The campaign is ${campaign.status}` : null;
}
