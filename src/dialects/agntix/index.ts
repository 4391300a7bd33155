/** Agntix: chat and voice agents, `https://api.agntix.ai`. */
import { credentials, type Dialect } from '../../http/dialect.ts';
import { uuid } from '../../lib/text.ts';
import { intelligenceTable } from './agents/intelligence.ts';
import { agentTable } from './agents/mapping.ts';
import { routes } from './agents/routes.ts';
import { faults } from './errors.ts';
import { shownByBrowser } from './sessions/event-routes.ts';
import { mapEvent } from './webhooks/mapping.ts';

export const agntix: Dialect = {
  name: 'agntix',
  prefix: '/agntix',
  title: 'Agntix on Parlance',
  description: "Agntix's agents and tools API, spoken by Parlance. Fields, paths and errors follow docs.agntix.ai.",
  credential: (request) => {
    const key = credentials.header(request, 'x-api-key');
    if (key !== undefined) return { key };
    const shown = credentials.bearer(request) ?? shownByBrowser(request);
    if (shown === undefined) return undefined;
    return shown.startsWith('pk_') ? { key: shown } : { token: shown };
  },
  // Its own browser applications show tokens of an identity provider.
  outsideTokens: true,
  ids: { agents: uuid(), tools: uuid() },
  faults,
  tables: [agentTable, intelligenceTable],
  mapEvent,
  routes,
};
