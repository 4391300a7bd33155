/** Routes of campaigns. */
import type { FastifyInstance } from 'fastify';
import type { Campaign } from '../../../calling/campaign.ts';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import { Call, type CallQuery, CampaignCallQuery } from '../calls/contract.ts';
import { listCalls } from '../calls/lookup.ts';
import { parseFilter as parseCallFilter } from '../calls/mapping.ts';
import { type ListQuery, listOf, newestFirst } from '../paging.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatImport } from './import-mapping.ts';
import { importRoute, MAX_IMPORT_BYTES } from './import-route.ts';
import * as mapping from './mapping.ts';
import { stepRoutes } from './step-routes.ts';

const { read, write } = scopedRoutes('Campaigns', 'campaigns');
const campaignId = (request: { params: unknown }) => idOf(request, 'campaign_missing');

export function campaignRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  callsRoute(app, services);
  importRoute(app, services);
  stepRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { campaigns }: Services): void {
  app.post(
    '/campaigns',
    {
      ...write({
        summary: 'Create campaign',
        description: 'With or without its first contacts; `filled` shows which of them were added.',
        body: contract.CampaignInput,
        handlerChecksBody: true,
        answer: { status: 201, schema: contract.NewCampaign },
      }),
      bodyLimit: MAX_IMPORT_BYTES,
    },
    async ({ caller, body }, reply) => {
      const { draft, contacts, start } = mapping.parseCampaign(body);
      const created = await campaigns.create(caller, draft, contacts, start);
      const filled = formatImport(created.imported, contacts);
      return reply.code(201).send({ ...mapping.formatCampaign(created), filled });
    },
  );
  app.get(
    '/campaigns',
    read({
      summary: 'List campaigns',
      description: 'Newest first.',
      query: contract.CampaignQuery,
      answer: listOf(contract.Campaign),
    }),
    async ({ caller, query }) => {
      const filter = mapping.parseFilter(query as contract.CampaignQuery);
      const list = (page: { limit: number; below?: number }) => campaigns.list(caller, filter, page);
      const { items, nextCursor } = await newestFirst(query as ListQuery, list, ({ campaign }) => campaign.counter);
      return { data: items.map(mapping.formatCampaign), nextCursor };
    },
  );
}

function memberRoutes(app: FastifyInstance, { campaigns }: Services): void {
  app.get<ById>('/campaigns/:id', read({ summary: 'Get campaign', answer: contract.Campaign }), async (request) =>
    mapping.formatCampaign(await campaigns.get(request.caller, campaignId(request))),
  );
  app.patch<ById>(
    '/campaigns/:id',
    write({
      summary: 'Update campaign',
      body: contract.CampaignPatch,
      handlerChecksBody: true,
      answer: contract.Campaign,
    }),
    async (request) => {
      const id = campaignId(request);
      const { tally } = await campaigns.get(request.caller, id);
      const patch = asObject(request.body);
      const parse = (campaign: Campaign) => mapping.parsePatch(patch, { campaign, tally });
      return mapping.formatCampaign({ campaign: await campaigns.update(request.caller, id, parse), tally });
    },
  );
  app.delete<ById>(
    '/campaigns/:id',
    write({
      summary: 'Delete campaign',
      description: 'Cancels its waiting calls; its calls stay readable. Refused while the campaign is running.',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await campaigns.remove(request.caller, campaignId(request));
      return reply.code(204).send();
    },
  );
}

function callsRoute(app: FastifyInstance, { calls, campaigns }: Services): void {
  app.get<ById>(
    '/campaigns/:id/calls',
    read({
      summary: 'List calls of campaign',
      description: 'Newest first.',
      query: CampaignCallQuery,
      answer: listOf(Call),
    }),
    async (request) => {
      const { caller, query } = request;
      const { campaign } = await campaigns.get(caller, campaignId(request));
      const filter = { ...parseCallFilter(query as CallQuery), campaignId: campaign.id };
      return listCalls(calls, caller, query as ListQuery, filter);
    },
  );
}
