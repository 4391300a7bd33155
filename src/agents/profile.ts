/**
 * A profile is how an agent speaks, usually in one locale: instructions, greeting, voice, model and time limits. If an
 * agent has profiles, exactly one is the default. Dialects without profiles read and write the default one.
 */
import * as s from '../lib/schema.ts';
import * as text from '../lib/text.ts';

export const SPEAKERS = ['agent', 'user'] as const;
export const BACKGROUND_SOUNDS = ['office', 'off'] as const;
export const END_BEHAVIOURS = ['continue', 'hang-up-soft', 'hang-up-strict'] as const;

export const InactivityMessage = s.object({
  delaySeconds: s.number({ exclusiveMinimum: 0, maximum: 7200 }),
  message: s.string({ minLength: 1, maxLength: 2000 }),
  endBehaviour: s.oneOf(END_BEHAVIOURS),
});

export const Profile = s.object(
  {
    id: s.computed(text.uuid()),
    default: s.boolean(),
    active: s.boolean(),
    name: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
    locale: s.clearable(text.localeTag()),
    instructions: s.clearable(s.string({ maxLength: 100_000 })),
    greeting: s.object(
      {
        text: s.clearable(s.string({ maxLength: 10_000 })),
        speaker: s.oneOf(SPEAKERS),
        delayMs: s.clearable(s.integer({ minimum: 0, maximum: 600_000 })),
        interruptible: s.boolean(),
      },
      { additionalProperties: false },
    ),
    voice: s.object(
      {
        id: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
        backgroundSound: s.clearable(s.oneOf(BACKGROUND_SOUNDS)),
      },
      { additionalProperties: false },
    ),
    model: s.object(
      {
        id: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
        temperature: s.clearable(s.number({ minimum: 0, maximum: 2 })),
      },
      { additionalProperties: false },
    ),
    recording: s.boolean(),
    silenceTimeoutSeconds: s.integer({ minimum: 5, maximum: 120 }),
    maxDurationSeconds: s.integer({ minimum: 30, maximum: 7200 }),
    inactivity: s.clearable(s.array(InactivityMessage, { maxItems: 20 })),
    corpusId: s.clearable(s.string({ minLength: 1, maxLength: 255 })),
    createdAt: s.computed(text.dateTime()),
    updatedAt: s.computed(text.dateTime()),
  },
  { additionalProperties: false },
);

export type Profile = s.Static<typeof Profile>;

/** A new profile, before the edits of the request. */
export function newProfile(id: string, at: string, isDefault: boolean): Profile {
  return {
    id,
    default: isDefault,
    active: true,
    greeting: { speaker: 'agent', interruptible: true },
    voice: {},
    model: {},
    recording: true,
    silenceTimeoutSeconds: 30,
    maxDurationSeconds: 600,
    createdAt: at,
    updatedAt: at,
  };
}
