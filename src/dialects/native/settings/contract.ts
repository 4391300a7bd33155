/** Schemas of the settings of a workspace. */
import { CallSettings } from '../../../agents/agent.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { WorkspaceSettings as Layer } from '../../../settings/workspace-settings.ts';
import { closed } from '../shared.ts';

export const SettingsQuery = s.object({
  at: s.optional(s.string({ format: 'date-time', description: 'The settings at this time; now by default.' })),
});
export type SettingsQuery = s.Static<typeof SettingsQuery>;

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

const clearable = (properties: Readonly<Record<string, s.Schema>>) =>
  Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, s.optional(s.nullable(one))]));

/** A layer of call settings: all are optional, and null removes one. */
export const CallSettingsLayer = s.object(
  {
    ...clearable(CallSettings.properties),
    window: s.optional(s.nullable(s.partial(CallSettings.properties.window, closed))),
  },
  closed,
);
export const SettingsPatch = s.object(
  {
    callSettings: s.optional(s.nullable(CallSettingsLayer)),
    calling: s.optional(s.nullable(s.object(clearable(calling.properties), closed))),
    preconditions: s.optional(settingsFields.preconditions),
    revisionsKept: s.optional(settingsFields.revisionsKept),
  },
  { ...closed, description: 'A merge patch (RFC 7396): null removes a value.' },
);
