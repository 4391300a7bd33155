/** The thinking of the dialer with its memory of zones and places, loaded when somebody first has to be called. */

import type { Places } from '../lib/places.ts';
import type { Zones } from './rules/hours.ts';

export type CallingRules = Awaited<ReturnType<typeof loadCallingRules>>;

/** Zones, numbers and clocks take some megabytes, which an agent that only chats never needs. */
export async function loadCallingRules() {
  const [hours, places, numbers, plan, breaker] = await Promise.all([
    import('./rules/hours.ts'),
    import('../lib/places.ts'),
    import('./rules/numbers.ts'),
    import('./rules/plan.ts'),
    import('./rules/breaker.ts'),
  ]);
  const zones: Zones = hours.createZones();
  const remembered: Places = places.createPlaces();
  return { ...hours, ...places, ...numbers, ...plan, ...breaker, zones, places: remembered };
}

export type CallingRulesSource = () => Promise<CallingRules>;

export function callingRulesSource(): CallingRulesSource {
  let loading: Promise<CallingRules> | undefined;
  return () => {
    loading ??= loadCallingRules();
    return loading;
  };
}
