/** Checks that drafts of calls and of campaigns share. Each answers the issues of one field, none where it is absent. */

import { CallSettings } from '../agents/agent.ts';
import { metadataIssues } from '../conversations/start.ts';
import type { Issue } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isLocalTime, isStorableTime } from '../lib/text.ts';
import type { JsonObject } from '../lib/values.ts';
import { MAX_PRIORITY } from './call.ts';

/** Variables have the limits of metadata. */
export const variableIssues = (variables: JsonObject = {}): Issue[] =>
  metadataIssues(variables).map((issue) => ({ ...issue, path: issue.path.replace(/^metadata/, 'variables') }));

export const priorityIssues = (priority: number | undefined): Issue[] =>
  priority === undefined || (Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY)
    ? []
    : [{ path: 'priority', message: `must be a whole number from 0 to ${MAX_PRIORITY}`, rule: 'range' }];

export const localTimeIssues = (path: string, time: string | null | undefined): Issue[] =>
  time == null || isLocalTime(time)
    ? []
    : [{ path, message: 'must be a local date and time like 2026-05-01T09:30', rule: 'format' }];

export const momentIssues = (path: string, moment: string | null | undefined): Issue[] =>
  moment == null || isStorableTime(moment) ? [] : [{ path, message: 'must be a date and time', rule: 'format' }];

/** A layer of call settings is complete only with its group `window`. */
export const callSettingsIssues = (path: string, layer: JsonObject | undefined): Issue[] =>
  layer ? issuesOf(CallSettings, { ...layer, window: layer['window'] ?? {} }, path) : [];
