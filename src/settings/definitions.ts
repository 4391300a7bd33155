/**
 * Every setting that layers may speak of, defined once: what it looks like, what holds when nobody has spoken, why, and
 * who may speak. `docs/guides/settings.md` is written from this table.
 */
import { CallSettings } from '../agents/agent.ts';
import type { Schema } from '../lib/schema.ts';

/** Weakest first. */
export const LEVELS = ['system', 'workspace', 'agent', 'campaign', 'override'] as const;
export type Level = (typeof LEVELS)[number];

export interface Definition {
  schema: Schema;
  /** What the system layer says. */
  default: unknown;
  meaning: string;
  /** Why this default and no other. */
  reason: string;
  levels: readonly Level[];
}

const { properties: call } = CallSettings;
const everywhere = LEVELS;

const setting = (schema: Schema, fallback: unknown, meaning: string, reason: string): Definition => ({
  schema,
  default: fallback,
  meaning,
  reason,
  levels: everywhere,
});

export const SETTINGS = complete({
  'callSettings.allowedDays': setting(
    call.allowedDays,
    [0, 1, 2, 3, 4],
    "Days on which calls may be placed, in the contact's own date; 0 is Monday.",
    'Nobody is called at a weekend unless somebody asked for it.',
  ),
  'callSettings.window.start': setting(
    call.window.properties.start,
    '09:00',
    "No call before this time of the contact's day.",
    'Office hours are the only hours that offend nobody.',
  ),
  'callSettings.window.end': setting(
    call.window.properties.end,
    '17:00',
    "No call at or after this time of the contact's day; before the start, the window runs past midnight.",
    'Office hours are the only hours that offend nobody.',
  ),
  'callSettings.autoRetry': setting(
    call.autoRetry,
    false,
    'Whether somebody who was not reached is called again.',
    'A second call is a decision, not an accident.',
  ),
  'callSettings.retrySchedule': setting(
    call.retrySchedule,
    [60, 240],
    'Minutes to wait after each attempt; as many entries as there are retries.',
    'An hour and four: the same day, and not at once.',
  ),
  'callSettings.phoneAssignmentMode': setting(
    call.phoneAssignmentMode,
    'all',
    "Which numbers may be shown to the contact: all, those of the contact's country, or the others.",
    'Any number is better than none.',
  ),
  'callSettings.scoringCriteria': setting(
    call.scoringCriteria,
    '',
    'What a finished conversation is scored by; empty means that it is not.',
    'A score without criteria would be an invented figure.',
  ),
  'callSettings.tags': setting(
    call.tags,
    [],
    'The labels that may be applied afterwards, and only these.',
    'No label has a meaning before somebody gives it one.',
  ),
  'callSettings.structuredData': setting(
    call.structuredData,
    [],
    'The values to be extracted afterwards, and only these.',
    'Nothing is collected that nobody asked for.',
  ),
  'callSettings.intents': setting(
    call.intents,
    [],
    'What a contact may have come for, and only this.',
    'No intent has a meaning before somebody gives it one.',
  ),
  'callSettings.resolutions': setting(
    call.resolutions,
    [],
    'How what they came for may have ended, and only so; at least one is a success and one a failure.',
    'What counts as solved is for the team to say.',
  ),
  'callSettings.conversationSummary': setting(
    call.conversationSummary,
    true,
    'Whether a finished conversation is summed up.',
    'The first question about any conversation.',
  ),
  'callSettings.sentimentAnalysis': setting(
    call.sentimentAnalysis,
    true,
    'Whether it is said how the contact felt at its end.',
    'It needs no definitions.',
  ),
  'callSettings.dataExtraction': setting(
    call.dataExtraction,
    true,
    'Whether the values of `structuredData` are extracted.',
    'Who lists values wants them.',
  ),
  'callSettings.intentDetection': setting(
    call.intentDetection,
    false,
    'Whether it is said which of the `intents` the contact came for.',
    'It is a question to a model that somebody pays for.',
  ),
  'callSettings.resolutionAnalysis': setting(
    call.resolutionAnalysis,
    false,
    'Whether it is said which of the `resolutions` it came to.',
    'It is a question to a model that somebody pays for.',
  ),
});

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** A definition that says too little must not start. That defaults fit their own schemas, a test proves. */
function complete<T extends Record<string, Definition>>(definitions: T): T {
  for (const [key, { meaning, reason, levels }] of Object.entries(definitions))
    if (!meaning || !reason || levels.length === 0) throw new Error(`The setting ${key} is not completely defined.`);
  return definitions;
}
