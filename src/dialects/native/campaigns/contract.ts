/** Schemas of campaigns. */
import { CAMPAIGN_STATUSES, MAX_IMPORT_SIZE } from '../../../calling/campaign.ts';
import { ContactInput } from '../../../contacts/contact.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { MASK } from '../../../tools/secrets.ts';
import { localStart, priority } from '../calls/contract.ts';
import { ListQuery } from '../contract.ts';
import { OverrideLayer } from '../history/contract.ts';

export const closed = { additionalProperties: false };

const PreDialInput = s.object(
  {
    url: s.string({ minLength: 1, maxLength: 2083, examples: ['https://example.com/may-we-call'] }),
    headers: s.optional(
      s.record(s.string({ maxLength: 8192, pattern: '^[\\t\\x20-\\x7e]*$', 'x-pattern-is': 'plain text' }), {
        propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" },
        maxProperties: 50,
        description: `Sent along. No answer shows their values: each is \`${MASK}\`, which sent back stands for it.`,
      }),
    ),
    timeoutMs: s.optional(s.integer({ minimum: 100, maximum: 30_000, description: '5000 by default.' })),
  },
  { ...closed, description: 'Called before every attempt; no answer postpones the attempt.' },
);

export const { callSettings } = OverrideLayer.properties;
/** Fields that can be set at any time. */
export const fields = {
  description: s.optional(s.nullable(s.string({ maxLength: 10_000 }))),
  profileId: s.optional(s.nullable(text.uuid())),
  numberId: s.optional(s.nullable(s.string({ format: 'uuid', description: 'The number to show, if it can be.' }))),
  callSettings: s.optional({ ...callSettings, description: 'Its layer, above that of the agent.' }),
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
  preDial: s.optional(s.nullable(PreDialInput)),
};
const people = {
  contactIds: s.optional(s.array(text.uuid(), { maxItems: MAX_IMPORT_SIZE })),
  contacts: s.optional(
    s.array(ContactInput, {
      maxItems: MAX_IMPORT_SIZE,
      description:
        'People who become contacts, unless one with that number is there already. One that cannot be called is a problem of its own, and keeps no other from being added.',
    }),
  ),
};

export const CampaignInput = s.object(
  {
    name: text.nonBlank(255),
    agentId: text.uuid(),
    ...fields,
    ...people,
    start: s.optional(s.boolean({ description: 'Start it at once, if there is anybody to call.' })),
  },
  closed,
);
export const CampaignPatch = s.object(
  { name: s.optional(text.nonBlank(255)), ...fields },
  {
    ...closed,
    description:
      'A merge patch (RFC 7396). It applies to the next attempt of every waiting call; read-only fields may be sent back unchanged.',
  },
);
export type CampaignPatch = s.Static<typeof CampaignPatch>;
export const PeopleInput = s.object(people, {
  ...closed,
  description: `At most ${MAX_IMPORT_SIZE} together, or a table as \`text/csv\`.`,
});
export const StartInput = s.object({ startsAt: fields.startsAt, localStart: fields.localStart }, closed);
export type StartInput = s.Static<typeof StartInput>;

export const problems = s.array(
  s.object({
    pointer: s.optional(s.string({ description: 'The place in the request.' })),
    line: s.optional(s.integer({ description: 'Of a table, counted from 1.' })),
    field: s.optional(s.string()),
    message: s.string(),
  }),
  { description: 'The items that were not added, with the reason, and values that were ignored.' },
);
export const FilledShape = s.object({
  added: s.integer(),
  skipped: s.integer({ description: 'Those that are in the campaign already, or twice among these.' }),
  problems,
});

export const CampaignShape = s.object({
  id: text.uuid(),
  number: s.integer(),
  name: s.string(),
  description: s.nullable(s.string()),
  agentId: text.uuid(),
  profileId: s.nullable(text.uuid()),
  numberId: s.nullable(text.uuid()),
  status: s.oneOf(CAMPAIGN_STATUSES, { description: '`failed`: its carrier failed for so long that it gave up.' }),
  why: s.string({ description: 'Why it stands as it does.' }),
  tally: s.record(s.integer(), { description: 'How many of its calls stand where.' }),
  total: s.integer({ description: 'All of its calls.' }),
  done: s.integer({ description: 'Calls that have ended.' }),
  inFlight: s.integer({ description: 'Calls that ring or are connected.' }),
  callSettings: s.json(),
  variables: s.json(),
  metadata: s.json(),
  priority: s.integer(),
  startsAt: s.nullable(text.dateTime()),
  localStart: s.nullable(s.string()),
  maxConcurrent: s.integer(),
  preDial: s.nullable(PreDialInput),
  dialect: s.string({ description: 'The API it was made in.' }),
  by: s.string({ description: '`key:<id>`, `user:<id>` or `system`.' }),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
  startedAt: s.nullable(text.dateTime()),
  endedAt: s.nullable(text.dateTime()),
});
export const NewCampaignShape = s.object({ ...CampaignShape.properties, filled: FilledShape });

export const CampaignQuery = s.object({
  ...ListQuery.properties,
  status: s.optional(s.string({ description: `One or more of ${CAMPAIGN_STATUSES.join(', ')}, with commas between.` })),
  agentId: s.optional(text.uuid()),
  search: s.optional(s.string({ description: 'Part of the name, in any case.' })),
});
export type CampaignQuery = s.Static<typeof CampaignQuery>;
