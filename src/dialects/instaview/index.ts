/** InstaView: interviews by telephone and in the browser, `https://api.instaview.sk`. */
import { credentials, type Dialect, type Rates } from '../../http/dialect.ts';
import { uuid } from '../../lib/text.ts';
import { agentTable } from './agents/mapping.ts';
import { agentRoutes } from './agents/routes.ts';
import { callAttemptRoutes } from './call-attempts/routes.ts';
import { candidateRoutes } from './candidates/routes.ts';
import { faults } from './errors.ts';
import { interviewRoutes } from './interviews/routes.ts';
import { phoneNumberRoutes } from './phone-numbers/routes.ts';
import { type Envelope, type RouteGroup, routingOf, unlisted } from './shared.ts';
import { mapEvent } from './webhooks/events.ts';
import { webhookRoutes } from './webhooks/routes.ts';

const allRoutes: RouteGroup = (app, services, routing) => {
  candidateRoutes(app, services, routing);
  interviewRoutes(app, services, routing);
  callAttemptRoutes(app, services, routing);
  webhookRoutes(app, services, routing);
  agentRoutes(app, services, routing);
  phoneNumberRoutes(app, services, routing);
};

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
  description: "InstaView's agents API, served by Parlance. Field names, limits and errors follow docs.instaview.sk.",
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
  // Some of InstaView's pages write /v1 before every path, so the routes answer there too.
  routes: (app, services) => {
    const routing = routingOf(instaviewEnvelope, services);
    allRoutes(app, services, routing);
    app.register(async (v1) => allRoutes(v1, services, unlisted(routing)), { prefix: '/v1' });
  },
});
