/** Resolves the layers of the settings to a call policy. Pure. */

import type { SettingKey } from '../../settings/definitions.ts';
import { type Layer, resolve } from '../../settings/resolve.ts';
import type { Calling } from '../../settings/workspace-settings.ts';
import type { CallPolicy } from '../call.ts';

/** `countries`: ISO codes of the contact's possible countries; they select the holidays. */
export function policyOf(
  layers: readonly Layer[],
  calling: Calling = {},
  countries: readonly string[] = [],
): CallPolicy {
  const settings = resolve(layers);
  const value = <T>(key: SettingKey): T => settings[key].value as T;
  return {
    allowedDays: value('callSettings.allowedDays'),
    window: { start: value('callSettings.window.start'), end: value('callSettings.window.end') },
    autoRetry: value('callSettings.autoRetry'),
    retrySchedule: value('callSettings.retrySchedule'),
    phoneAssignmentMode: value('callSettings.phoneAssignmentMode'),
    holidays: (calling.holidays ?? [])
      .filter(({ country }) => country === undefined || countries.includes(country))
      .map(({ date }) => date),
  };
}
