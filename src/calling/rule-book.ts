/** The thinking of the dialer with its memory of zones and places, loaded when somebody first has to be called. */

import type { Places } from '../lib/places.ts';
import type { Zones } from './rules/hours.ts';

export type Dialer = Awaited<ReturnType<typeof loadDialer>>;

/** Zones, numbers and clocks take some megabytes, which an agent that only chats never needs. */
export async function loadDialer() {
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

export type DialerSource = () => Promise<Dialer>;

export function dialerSource(): DialerSource {
  let loading: Promise<Dialer> | undefined;
  return () => {
    loading ??= loadDialer();
    return loading;
  };
}
