/** The calling rules with their caches of time zones and places, loaded when the first call needs them. */

import type { Places } from '../lib/places.ts';
import type { Zones } from './rules/hours.ts';

export type CallingRules = Awaited<ReturnType<typeof loadCallingRules>>;

/** Time zones and phone numbers take some megabytes, which a server without calls saves. */
export async function loadCallingRules() {
  const [hours, places, numbers, plan] = await Promise.all([
    import('./rules/hours.ts'),
    import('../lib/places.ts'),
    import('./rules/numbers.ts'),
    import('./rules/plan.ts'),
  ]);
  const zones: Zones = hours.createZones();
  const placeCache: Places = places.createPlaces();
  return { ...hours, ...places, ...numbers, ...plan, zones, places: placeCache };
}

/** Loads the rules once; later calls get the same ones. */
export type CallingRulesSource = () => Promise<CallingRules>;

export function callingRulesSource(): CallingRulesSource {
  let loading: Promise<CallingRules> | undefined;
  return () => {
    loading ??= loadCallingRules();
    return loading;
  };
}
