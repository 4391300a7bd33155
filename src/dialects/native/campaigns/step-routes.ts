/** Routes that start, pause, resume and cancel a campaign. */
import type { FastifyInstance } from 'fastify';
import type { Campaign } from '../../../calling/campaign.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, idOf, parseBody, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatCampaign } from './mapping.ts';

const { write } = scopedRoutes('Campaigns', 'campaigns');
const campaignId = (request: { params: unknown }) => idOf(request, 'campaign_missing');

export function stepRoutes(app: FastifyInstance, { campaigns }: Services): void {
  const withTally = async (caller: Caller, campaign: Campaign) => {
    const { tally } = await campaigns.get(caller, campaign.id);
    return formatCampaign({ campaign, tally });
  };

  app.post<ById>(
    '/campaigns/:id/start',
    write({
      summary: 'Start campaign',
      description: 'Starts it at once, or at its `startsAt` and `localStart`, which the body can replace.',
      body: contract.StartInput,
      handlerChecksBody: true,
      answer: contract.Campaign,
    }),
    async (request) => {
      const { caller, body } = request;
      const id = campaignId(request);
      await campaigns.get(caller, id);
      const times = parseBody(contract.StartInput, body ?? {});
      return withTally(caller, await campaigns.start(caller, id, times));
    },
  );
  app.post<ById>(
    '/campaigns/:id/pause',
    write({
      summary: 'Pause campaign',
      description: 'No further call is placed; connected calls go on.',
      answer: contract.Campaign,
    }),
    async (request) => withTally(request.caller, await campaigns.pause(request.caller, campaignId(request))),
  );
  app.post<ById>(
    '/campaigns/:id/resume',
    write({ summary: 'Resume campaign', answer: contract.Campaign }),
    async (request) => withTally(request.caller, await campaigns.resume(request.caller, campaignId(request))),
  );
  app.post<ById>(
    '/campaigns/:id/cancel',
    write({
      summary: 'Cancel campaign',
      description: 'Cancels its waiting calls for good; active calls go on.',
      answer: contract.Campaign,
    }),
    async (request) => withTally(request.caller, await campaigns.cancel(request.caller, campaignId(request))),
  );
}
