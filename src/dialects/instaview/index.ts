/** InstaView: interviews by telephone and in the browser, `https://api.instaview.sk`. */
import { credentials, type Dialect, type Rates } from '../../http/dialect.ts';
import { uuid } from '../../lib/text.ts';
import { agentTable } from './agents/mapping.ts';
import { routes } from './agents/routes.ts';
import { faults } from './errors.ts';
import type { Envelope } from './shared.ts';
import { mapEvent } from './webhooks/events.ts';

function rateHeaders({ minute, hour }: Rates): Record<string, string> {
  return {
    'X-RateLimit-Limit-Minute': String(minute.limit),
    'X-RateLimit-Limit-Hour': String(hour.limit),
    'X-RateLimit-Remaining-Minute': String(minute.remaining),
    'X-RateLimit-Remaining-Hour': String(hour.remaining),
    'X-RateLimit-Reset-Minute': String(minute.resetAt),
    'X-RateLimit-Reset-Hour': String(hour.resetAt),
  };
}

export const instaview = ({ instaviewEnvelope }: { instaviewEnvelope: Envelope }): Dialect => ({
  name: 'instaview',
  prefix: '/instaview',
  title: 'InstaView on Parlance',
  description: "InstaView's agents API, spoken by Parlance. Field names, limits and errors follow docs.instaview.sk.",
  credential: (request) => {
    const key = credentials.bearer(request);
    return key === undefined ? undefined : { key };
  },
  workspaceOf: ({ query }) => {
    const { companyId } = query as { companyId?: unknown };
    return typeof companyId === 'string' ? companyId.toLowerCase() : undefined;
  },
  faults,
  ids: { agents: uuid(), webhooks: uuid(), candidates: uuid(), interviews: uuid(), 'call-attempts': uuid() },
  tables: [agentTable],
  rateHeaders,
  mapEvent,
  routes: routes(instaviewEnvelope),
});
