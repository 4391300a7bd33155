/** What a workspace may say: its layer of the settings, and how it wants to be written to. */
import { CallSettings } from './agent.ts';
import * as s from './schema.ts';

export const WorkspaceSettings = s.object(
  {
    /** The workspace's layer of the call settings, below every agent's own. */
    callSettings: CallSettings,
    /** `required`: a native update must say which revision it changes. */
    preconditions: s.inherits(s.oneOf(['optional', 'required'])),
    /** How many revisions of an agent are kept, the head among them; absent: all. */
    revisionsKept: s.inherits(s.integer({ minimum: 1, maximum: 1_000_000 })),
  },
  { additionalProperties: false },
);
export type WorkspaceSettings = s.Static<typeof WorkspaceSettings>;

export const NO_SETTINGS: WorkspaceSettings = { callSettings: { window: {} } };
