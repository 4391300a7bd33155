/**
 * Every setting, defined once: schema, default, meaning, reason, and the levels that may set it. A test compares the
 * table in `docs/guides/settings.md` with these definitions.
 */
import { CallSettings } from '../agents/agent.ts';
import type { Schema } from '../lib/schema.ts';

/** Weakest first. */
export const LEVELS = ['system', 'workspace', 'agent', 'campaign', 'override'] as const;
export type Level = (typeof LEVELS)[number];

export interface Definition {
  schema: Schema;
  /** The value of the system layer. */
  default: unknown;
  meaning: string;
  /** Why this default. */
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
    'Calls at a weekend need a decision.',
  ),
  'callSettings.window.start': setting(
    call.window.properties.start,
    '09:00',
    "No call before this time of the contact's day.",
    'Office hours suit almost every contact.',
  ),
  'callSettings.window.end': setting(
    call.window.properties.end,
    '17:00',
    "No call at or after this time of the contact's day; before the start, the window runs past midnight.",
    'Office hours suit almost every contact.',
  ),
  'callSettings.autoRetry': setting(
    call.autoRetry,
    false,
    'Whether a contact that was not reached is called again.',
    'A second call needs a decision.',
  ),
  'callSettings.retrySchedule': setting(
    call.retrySchedule,
    [60, 240],
    'Minutes to wait after each attempt; one entry per retry.',
    'One hour and four hours: the same day, but not at once.',
  ),
  'callSettings.phoneAssignmentMode': setting(
    call.phoneAssignmentMode,
    'all',
    "Which numbers may be shown to the contact: all, those of the contact's country, or the others.",
    'A number of another country is better than none.',
  ),
  'callSettings.scoringCriteria': setting(
    call.scoringCriteria,
    '',
    'The criteria for the score of a finished conversation; empty: no score.',
    'A score without criteria would be an invented figure.',
  ),
  'callSettings.tags': setting(
    call.tags,
    [],
    'The tags that the analysis may apply.',
    'Tags have no meaning until the team defines them.',
  ),
  'callSettings.structuredData': setting(
    call.structuredData,
    [],
    'The values that the analysis extracts.',
    'Data that the team has not asked for is not collected.',
  ),
  'callSettings.intents': setting(
    call.intents,
    [],
    'The intents that the analysis may detect.',
    'Intents have no meaning until the team defines them.',
  ),
  'callSettings.resolutions': setting(
    call.resolutions,
    [],
    'The possible resolutions of a conversation; at least one is a success and one a failure.',
    'The team decides what counts as solved.',
  ),
  'callSettings.conversationSummary': setting(
    call.conversationSummary,
    true,
    'Whether a finished conversation gets a summary.',
    'A summary is the first thing that most teams read.',
  ),
  'callSettings.sentimentAnalysis': setting(
    call.sentimentAnalysis,
    true,
    "Whether the analysis reports the contact's sentiment at the end.",
    'The analysis needs no definitions for it.',
  ),
  'callSettings.dataExtraction': setting(
    call.dataExtraction,
    true,
    'Whether the values of `structuredData` are extracted.',
    'A team that lists values wants them.',
  ),
  'callSettings.intentDetection': setting(
    call.intentDetection,
    false,
    'Whether the analysis detects one of the `intents`.',
    'It costs a request to a model.',
  ),
  'callSettings.resolutionAnalysis': setting(
    call.resolutionAnalysis,
    false,
    'Whether the analysis detects one of the `resolutions`.',
    'It costs a request to a model.',
  ),
});

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

/** Refuses incomplete definitions at start. A test proves that the defaults fit their schemas. */
function complete<T extends Record<string, Definition>>(definitions: T): T {
  for (const [key, { meaning, reason, levels }] of Object.entries(definitions))
    if (!meaning || !reason || levels.length === 0)
      throw new Error(`The setting ${key} needs a meaning, a reason and at least one level.`);
  return definitions;
}
