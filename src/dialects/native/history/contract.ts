/** Schemas of revisions, labels, workspace settings and explanations. */
import { AgentDocument, CallSettings } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { WorkspaceSettings as Layer } from '../../../settings/workspace-settings.ts';
import { Agent } from '../agents/contract.ts';
import { ListQuery } from '../contract.ts';

const closed = { additionalProperties: false };
/** Counted from 1, up to the largest 32-bit integer. */
const number = (description: string) => s.integer({ minimum: 1, maximum: 2_147_483_647, description });

const Edit = s.object({
  op: s.oneOf(['set', 'unset', 'merge']),
  path: s.string(),
  value: s.optional(s.unknown()),
});

export const Revision = s.object({
  number: s.integer(),
  at: text.dateTime(),
  by: s.string({ description: '`key:<id>`, `user:<id>` or `system`.' }),
  via: s.string({ description: 'The API that made the change.' }),
  changed: s.array(s.string(), { description: 'Places in the agent that moved.' }),
  edits: s.array(Edit, { description: 'Done to the revision before, they give this one.' }),
  labels: s.array(s.string(), { description: 'Names of the labels that hold it.' }),
});
export const RevisionWithDocument = s.object({ ...Revision.properties, document: AgentDocument });
export const RevisionQuery = ListQuery;

export const DiffQuery = s.object({
  from: number('The revision to begin with.'),
  to: s.optional(number('The revision to end with; the latest by default.')),
});
export const Diff = s.object({
  from: s.integer(),
  to: s.integer(),
  changes: s.array(
    s.object({
      path: s.string(),
      pointer: s.string(),
      before: s.unknown({ description: 'null where there was nothing.' }),
      after: s.unknown({ description: 'null where there is nothing any more.' }),
    }),
  ),
  patch: s.array(s.json(), { description: 'The same as a JSON Patch (RFC 6902).' }),
});

export const Rollback = s.object({ to: number('The revision whose document it gets back.') }, closed);

export const LabelInput = s.object(
  {
    revision: number('The revision to put it on.'),
    variables: s.optional(s.json({ description: 'Your own keys and values; omit them to keep the current ones.' })),
  },
  closed,
);
export const Label = s.object({
  name: s.string(),
  revision: s.integer(),
  variables: s.json(),
  at: text.dateTime(),
  by: s.string(),
});

export const AgentQuery = s.object({
  label: s.optional(s.string({ description: 'The revision that bears this label, and the label with it.' })),
  revision: s.optional(number('This revision instead of the latest.')),
});
export const AgentThen = s.object({ ...Agent.properties, label: s.optional(Label) });

export const SettingsQuery = s.object({
  at: s.optional(s.string({ format: 'date-time', description: 'As they stood at this moment.' })),
});
const { calling, preconditions, revisionsKept } = Layer.properties;
const settingsFields = {
  calling: s.nullable(calling),
  preconditions: s.nullable(preconditions),
  revisionsKept: s.nullable(revisionsKept),
};
export const WorkspaceSettings = s.object({
  callSettings: CallSettings,
  ...settingsFields,
  revision: s.computed(s.integer({ description: '0 before the first change.' })),
  updatedAt: s.computed(s.nullable(text.dateTime())),
});
const clearing = (properties: Readonly<Record<string, s.Schema>>) =>
  Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, s.optional(s.nullable(one))]));
const layer = s.object(
  {
    ...clearing(CallSettings.properties),
    window: s.optional(s.nullable(s.partial(CallSettings.properties.window, closed))),
  },
  closed,
);
export const SettingsPatch = s.object(
  {
    callSettings: s.optional(s.nullable(layer)),
    calling: s.optional(s.nullable(s.object(clearing(calling.properties), closed))),
    preconditions: s.optional(settingsFields.preconditions),
    revisionsKept: s.optional(settingsFields.revisionsKept),
  },
  { ...closed, description: 'A merge patch (RFC 7396): null removes a value.' },
);

/** The values that an override may contain. */
export const OverrideLayer = s.object({ callSettings: s.optional(layer) }, closed);
export const ExplainQuery = s.object({
  at: s.optional(s.string({ format: 'date-time', description: 'A time in the past; now by default.' })),
  profile: s.optional(
    s.string({
      description:
        'The id of a profile. By default the one that the campaign and the contact select, else the default profile.',
    }),
  ),
  campaign: s.optional(
    s.string({ description: 'The id of a campaign of the agent. Its settings override those of the agent.' }),
  ),
  contact: s.optional(s.string({ description: 'The id of a contact who would be called, as they are known now.' })),
  override: s.optional(
    s.string({ description: 'The strongest layer, as JSON: `{"callSettings": {"autoRetry": true}}`.' }),
  ),
});
const source = {
  revision: s.optional(s.integer()),
  by: s.optional(s.string()),
  at: s.optional(text.dateTime()),
};
const Voice = s.object({ value: s.unknown(), from: s.string(), ...source });
const Explained = s.object({ ...Voice.properties, shadowed: s.array(Voice) });
const known = (description: string, from: readonly string[]) =>
  s.object({ value: s.array(s.string()), from: s.nullable(s.oneOf(from)) }, { description });
const Reached = s.object(
  {
    id: text.uuid(),
    phone: s.nullable(s.string()),
    timezones: known('Where they may be: a call is made when it is allowed in all of them.', [
      'given',
      'country',
      'number',
    ]),
    countries: known('Several where the number does not say which.', ['given', 'number']),
    profile: s.nullable(
      s.object(
        { id: text.uuid(), why: s.string() },
        { description: 'The profile that the agent would use for the contact.' },
      ),
    ),
    next: s.object(
      { do: s.oneOf(['dial', 'wait', 'end']), at: s.nullable(text.dateTime()), why: s.string() },
      { description: 'A first call to them by the rules: `dial` at once, `wait` until `at`, or `end`: never.' },
    ),
    waitsFor: s.nullable(
      s.string({ description: 'What has to change before that: the agent or the campaign is paused.' }),
    ),
  },
  { description: 'How the contact that was asked about would be reached.' },
);
export const Explanation = s.object({
  agentId: text.uuid(),
  revision: s.integer(),
  at: text.dateTime(),
  contact: s.optional(Reached),
  settings: s.record(s.object({ ...Explained.properties, parts: s.optional(s.record(Explained)) })),
  profile: s.nullable(s.object({ id: text.uuid(), values: s.record(Voice) })),
});
