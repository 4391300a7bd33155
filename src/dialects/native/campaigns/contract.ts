/** Schemas of campaigns and the contacts to add to them. */
import { CALL_STATUSES } from '../../../calling/call.ts';
import { CAMPAIGN_STATUSES, MAX_IMPORT_SIZE } from '../../../calling/campaign.ts';
import { ContactInput } from '../../../contacts/contact.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { MASK } from '../../../tools/secrets.ts';
import { localStart, priority } from '../calls/contract.ts';
import { ListQuery } from '../paging.ts';
import { CallSettingsLayer } from '../settings/contract.ts';
import { author, closed, commaSeparated } from '../shared.ts';

const PreDial = s.object(
  {
    url: s.string({ minLength: 1, maxLength: 2083, examples: ['https://example.com/may-we-call'] }),
    headers: s.optional(
      s.record(s.string({ maxLength: 8192, pattern: '^[\\t\\x20-\\x7e]*$', 'x-pattern-is': 'plain text' }), {
        propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" },
        maxProperties: 50,
        description: `Headers of the request. Answers show each value as \`${MASK}\`; sent back, it keeps the stored value.`,
      }),
    ),
    timeoutMs: s.optional(s.integer({ minimum: 100, maximum: 30_000, description: '5000 by default.' })),
  },
  { ...closed, description: 'Called before every attempt; no answer postpones the attempt.' },
);

/** Fields that can be set at any time. */
const fields = {
  description: s.optional(s.nullable(s.string({ maxLength: 10_000 }))),
  profileId: s.optional(s.nullable(text.uuid())),
  numberId: s.optional(
    s.nullable(s.string({ format: 'uuid', description: 'The phone number to call from, if it can be used.' })),
  ),
  callSettings: s.optional({ ...CallSettingsLayer, description: 'The layer of the campaign, above the agent.' }),
  variables: s.optional(s.json({ description: 'Values for the placeholders in prompts and greetings.' })),
  metadata: s.optional(s.json()),
  priority: s.optional(priority()),
  startsAt: s.optional(
    s.nullable(s.string({ format: 'date-time', description: 'No contact is called before this time.' })),
  ),
  localStart: s.optional(s.nullable(localStart())),
  maxConcurrent: s.optional(
    s.integer({ minimum: 1, maximum: 1000, description: 'Calls at the same time; 10 by default.' }),
  ),
  preDial: s.optional(s.nullable(PreDial)),
};

const imports = {
  contactIds: s.optional(s.array(text.uuid(), { maxItems: MAX_IMPORT_SIZE })),
  contacts: s.optional(
    s.array(ContactInput, {
      maxItems: MAX_IMPORT_SIZE,
      description:
        'Contacts to create. A contact of the workspace with the same number is used instead. A contact that cannot be called is a problem in the answer; the others are added.',
    }),
  ),
};

export const CampaignInput = s.object(
  {
    name: text.nonBlank(255),
    agentId: text.uuid(),
    ...fields,
    ...imports,
    start: s.optional(s.boolean({ description: 'Start the campaign at once, if it has a contact to call.' })),
  },
  closed,
);
export type CampaignInput = s.Static<typeof CampaignInput>;

export const CampaignPatch = s.object(
  { name: s.optional(text.nonBlank(255)), ...fields },
  {
    ...closed,
    description:
      'A merge patch (RFC 7396). It applies to the next attempt of every waiting call; read-only fields may be sent back unchanged.',
  },
);
export type CampaignPatch = s.Static<typeof CampaignPatch>;

export const ImportInput = s.object(imports, {
  ...closed,
  description: `At most ${MAX_IMPORT_SIZE} together, or a table as \`text/csv\`.`,
});
export type ImportInput = s.Static<typeof ImportInput>;

/** The service checks contacts one by one. These schemas check only their number and that they are objects. */
const withUncheckedContacts = (properties: Readonly<Record<string, s.Schema>>) =>
  s.object({ ...properties, contacts: s.optional(s.array(s.json(), { maxItems: MAX_IMPORT_SIZE })) }, closed);
export const UncheckedCampaignInput = withUncheckedContacts(CampaignInput.properties);
export const UncheckedImportInput = withUncheckedContacts(ImportInput.properties);

export const StartInput = s.object({ startsAt: fields.startsAt, localStart: fields.localStart }, closed);

export const ImportResult = s.object({
  added: s.integer(),
  skipped: s.integer({ description: 'Contacts that are in the campaign already, or twice in the request.' }),
  problems: s.array(
    s.object({
      pointer: s.optional(s.string({ description: 'A pointer into the body of the request.' })),
      line: s.optional(s.integer({ description: 'The line of the table, counted from 1.' })),
      field: s.optional(s.string()),
      message: s.string(),
    }),
    { description: 'Contacts that were not added, and values of the table that were left out, with the reasons.' },
  ),
});

export const Campaign = s.object({
  id: text.uuid(),
  number: s.integer(),
  name: s.string(),
  description: s.nullable(s.string()),
  agentId: text.uuid(),
  profileId: s.nullable(text.uuid()),
  numberId: s.nullable(text.uuid()),
  status: s.oneOf(CAMPAIGN_STATUSES, {
    description: '`failed`: the server gave up, because its carrier kept failing.',
  }),
  why: s.string({ description: 'The reason for the status.' }),
  tally: s.record(s.integer(), { description: `The number of its calls by status: ${CALL_STATUSES.join(', ')}.` }),
  total: s.integer({ description: 'The number of its calls.' }),
  done: s.integer({ description: 'The number of its calls that have ended.' }),
  inFlight: s.integer({ description: 'The number of its calls that are ringing or connected.' }),
  callSettings: s.json(),
  variables: s.json(),
  metadata: s.json(),
  priority: s.integer(),
  startsAt: s.nullable(text.dateTime()),
  localStart: s.nullable(s.string()),
  maxConcurrent: s.integer(),
  preDial: s.nullable(PreDial),
  dialect: s.string({ description: 'The API that created the campaign.' }),
  by: author(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
  startedAt: s.nullable(text.dateTime()),
  endedAt: s.nullable(text.dateTime()),
});
export const NewCampaign = s.object({ ...Campaign.properties, filled: ImportResult });

export const CampaignQuery = s.object({
  ...ListQuery.properties,
  status: commaSeparated(CAMPAIGN_STATUSES),
  agentId: s.optional(text.uuid()),
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
});
export type CampaignQuery = s.Static<typeof CampaignQuery>;
