/** The settings of a workspace in the native API. */
import type { SettingsView } from '../../../settings/service.ts';
import { timeOf } from '../shared.ts';
import type { SettingsQuery } from './contract.ts';

export const parseTime = ({ at }: SettingsQuery): string | undefined => (at === undefined ? undefined : timeOf(at));

export const formatSettings = ({ document, number, at }: SettingsView) => ({
  callSettings: document.callSettings,
  calling: document.calling ?? null,
  preconditions: document.preconditions ?? null,
  revisionsKept: document.revisionsKept ?? null,
  revision: number,
  updatedAt: at === '' ? null : at,
});
