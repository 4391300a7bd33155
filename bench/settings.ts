/** Measures how long it takes to resolve all settings of an agent, as at each start of a conversation or a call. */
import type { JsonObject } from '../src/lib/values.ts';
import { explain } from '../src/settings/explain.ts';
import { type Layer, resolve } from '../src/settings/resolve.ts';
import type { Plan, Report } from './compare.ts';
import { hundredths, median, table } from './figures.ts';

/** Each level sets every setting. */
const callSettings: JsonObject = {
  allowedDays: [0, 1, 2, 3, 4, 5],
  window: { start: '08:30', end: '19:00' },
  autoRetry: true,
  retrySchedule: [30, 60, 240],
  phoneAssignmentMode: 'local',
  scoringCriteria: 'Was the question understood and answered?',
  tags: Array.from({ length: 20 }, (_, i) => ({ name: `Tag ${i}`, description: 'When it fits' })),
  structuredData: Array.from({ length: 20 }, (_, i) => ({ key: `field_${i}`, type: 'string' })),
};
const LAYERS: Layer[] = (['workspace', 'agent', 'campaign', 'override'] as const).map((level) => ({
  level,
  document: { callSettings },
}));
const BATCH = 20_000;

function microseconds(work: () => unknown, { milliseconds, rounds }: Plan): number {
  const one = (): number => {
    let done = 0;
    const startedAt = performance.now();
    while (performance.now() - startedAt < milliseconds) {
      for (let i = 0; i < BATCH; i += 1) work();
      done += BATCH;
    }
    return ((performance.now() - startedAt) * 1000) / done;
  };
  one();
  return median(Array.from({ length: rounds }, one));
}

export function settings(plan: Plan): Report {
  const figures = {
    resolveTwoLayers: microseconds(() => resolve(LAYERS.slice(0, 2)), plan),
    resolveFourLayers: microseconds(() => resolve(LAYERS), plan),
    explainFourLayers: microseconds(() => explain(LAYERS, () => undefined), plan),
  };
  const rows = [
    ['resolve, workspace and agent', hundredths(figures.resolveTwoLayers)],
    ['resolve, every level', hundredths(figures.resolveFourLayers)],
    ['explain, every level', hundredths(figures.explainFourLayers)],
  ];
  return { figures, text: table(['settings of a full agent', 'µs'], rows) };
}
