/** Schemas of the explanation of an agent. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { CallSettingsLayer } from '../settings/contract.ts';
import { closed } from '../shared.ts';

/** The values that an override may contain. */
export const OverrideLayer = s.object({ callSettings: s.optional(CallSettingsLayer) }, closed);

export const ExplainQuery = s.object({
  at: s.optional(s.string({ format: 'date-time', description: 'A time in the past; now by default.' })),
  profile: s.optional(
    s.string({
      description:
        'The id of a profile. By default the one that the campaign and the contact select, else the default profile.',
    }),
  ),
  campaign: s.optional(
    s.string({
      description: 'The id of a campaign of the agent. Its current settings are the layer above the agent.',
    }),
  ),
  contact: s.optional(s.string({ description: 'The id of the contact to call, with its current fields.' })),
  override: s.optional(
    s.string({ description: 'The strongest layer, as JSON: `{"callSettings": {"autoRetry": true}}`.' }),
  ),
});
export type ExplainQuery = s.Static<typeof ExplainQuery>;

const source = {
  revision: s.optional(s.integer()),
  by: s.optional(s.string()),
  at: s.optional(text.dateTime()),
};
const SourcedValue = s.object({ value: s.unknown(), from: s.string(), ...source });
const ExplainedValue = s.object({ ...SourcedValue.properties, shadowed: s.array(SourcedValue) });

const candidates = (description: string, from: readonly string[]) =>
  s.object({ value: s.array(s.string()), from: s.nullable(s.oneOf(from)) }, { description });

const Eligibility = s.object(
  {
    id: text.uuid(),
    phone: s.nullable(s.string()),
    timezones: candidates('The possible time zones of the contact. A call needs the permission of all of them.', [
      'given',
      'country',
      'number',
    ]),
    countries: candidates('The possible countries of the contact; several where the number does not tell.', [
      'given',
      'number',
    ]),
    profile: s.nullable(
      s.object(
        { id: text.uuid(), why: s.string() },
        { description: 'The profile that the agent would use for the contact.' },
      ),
    ),
    next: s.object(
      { do: s.oneOf(['dial', 'wait', 'end']), at: s.nullable(text.dateTime()), why: s.string() },
      {
        description:
          'What the rules say about a first call: `dial` at once, `wait` until `at`, or `end`: the contact is never called.',
      },
    ),
    waitsFor: s.nullable(s.string({ description: 'What must change first: the agent or the campaign is paused.' })),
  },
  { description: 'Whether and when the contact may be called.' },
);

export const Explanation = s.object({
  agentId: text.uuid(),
  revision: s.integer(),
  at: text.dateTime(),
  contact: s.optional(Eligibility),
  settings: s.record(s.object({ ...ExplainedValue.properties, parts: s.optional(s.record(ExplainedValue)) })),
  profile: s.nullable(s.object({ id: text.uuid(), values: s.record(SourcedValue) })),
});
