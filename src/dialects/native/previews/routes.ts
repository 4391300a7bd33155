/** The route of the preview of a campaign. */
import type { FastifyInstance } from 'fastify';
import type { Services } from '../../../services.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatPreview } from './mapping.ts';

const DEFAULT_LIMIT = 1000;
const { read } = scopedRoutes('Campaigns', 'campaigns');

export function previewRoutes(app: FastifyInstance, { preview }: Services): void {
  app.post<ById>(
    '/campaigns/:id/preview',
    read({
      summary: 'Preview campaign',
      description:
        'Runs the campaign in simulated time and shows when it would call each contact, and why then. No phone rings, and nothing is stored.',
      body: contract.PreviewInput,
      answer: contract.Preview,
    }),
    async (request) => {
      const { limit = DEFAULT_LIMIT, ...options } = (request.body ?? {}) as contract.PreviewInput;
      return formatPreview(await preview(request.caller, idOf(request, 'campaign_missing'), options), limit);
    },
  );
}
