/** Kejue's campaigns. */

import * as s from '../../../lib/schema.ts';
import { CallSettings } from '../call-settings/contract.ts';
import { ContactBody, ItemError } from '../contacts/contract.ts';
import { nullish, PageQuery } from '../shared.ts';

const MAX_CONTACTS = 10_000;
const localStart = nullish(
  s.string({
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?$',
    'x-pattern-is': "a time on the contact's own clock like 2026-05-01T09:30, without an offset",
    examples: ['2026-05-01T09:30'],
  }),
);
const contactIds = nullish(s.array(s.string(), { maxItems: MAX_CONTACTS }));
const fields = {
  name: s.string({ minLength: 1, maxLength: 255, pattern: '\\S', 'x-pattern-is': 'not blank' }),
  description: nullish(s.string({ maxLength: 10_000 })),
  voice_config_id: nullish(s.string()),
  call_settings: nullish(CallSettings),
  metadata: nullish(s.json()),
  priority: nullish(s.integer({ minimum: 1, maximum: 100 })),
  scheduled_start_at: localStart,
};
export const CreateCampaign = s.object({
  ...fields,
  persona_id: nullish(s.string()),
  contact_ids: contactIds,
  auto_start: nullish(s.boolean()),
});
export type CreateCampaign = s.Static<typeof CreateCampaign>;
export const UpdateCampaign = s.object({ ...fields, name: nullish(fields.name) });
export type UpdateCampaign = s.Static<typeof UpdateCampaign>;
export const StartCampaign = s.object({ scheduled_start_at: localStart });

export const AddContacts = s.object({
  contact_ids: contactIds,
  contacts: nullish(s.array(ContactBody, { maxItems: MAX_CONTACTS, description: 'New contacts.' })),
});
/** The same body without the shape of new contacts, which the mapping checks one by one. */
export const AddContactsFrame = s.object({
  contact_ids: contactIds,
  contacts: nullish(s.array(s.unknown(), { maxItems: MAX_CONTACTS })),
});
export type AddContactsFrame = s.Static<typeof AddContactsFrame>;

const STATUSES = ['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled', 'failed'] as const;
export const Campaign = s.object({
  id: s.string(),
  name: s.string(),
  description: s.nullable(s.string()),
  status: s.oneOf(STATUSES),
  status_reason: s.string(),
  persona_id: s.string(),
  voice_config_id: s.nullable(s.string()),
  call_settings: CallSettings,
  metadata: s.json(),
  priority: s.integer(),
  scheduled_start_at: s.nullable(s.string()),
  total_contacts: s.integer(),
  created_at: s.string(),
  updated_at: s.string(),
  started_at: s.nullable(s.string()),
  ended_at: s.nullable(s.string()),
});
export type Campaign = s.Static<typeof Campaign>;
export const CreatedCampaign = s.object({
  ...Campaign.properties,
  contacts_added: s.integer(),
  errors: s.array(ItemError),
});
export const AddedContacts = s.object({
  contacts_added: s.integer(),
  skipped: s.integer(),
  errors: s.array(ItemError),
});
export type AddedContacts = s.Static<typeof AddedContacts>;
export const CampaignQuery = s.object({
  status: s.optional(s.oneOf(STATUSES)),
  persona_id: s.optional(s.string()),
  search: s.optional(s.string()),
  ...PageQuery.properties,
});
export type CampaignQuery = s.Static<typeof CampaignQuery>;
export const CampaignList = s.object({
  campaigns: s.array(Campaign),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});
