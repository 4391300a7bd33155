/** Method and path to service call: call campaigns. */
import type { FastifyInstance } from 'fastify';
import type { CampaignView } from '../../../calling/campaign-service.ts';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import * as contract from '../agents/contract.ts';
import { type ById, inDialectTerms, paginated, placeOf, plainIdOf } from '../shared.ts';
import * as shapes from './contract.ts';
import * as campaigns from './mapping.ts';

const PATH = '/v1/chat/call-campaigns';
const BY_AGE = { by: 'createdAt', direction: 'asc' } as const;

export function campaignRoutes(app: FastifyInstance, services: Services): void {
  const { agents, campaigns: service, now } = services;
  const tag = 'Call campaigns';
  const read = 'campaigns:read';
  const write = 'campaigns:write';

  /** An agent that has been deleted is on no campaign. */
  const presented = async (caller: Caller, views: readonly CampaignView[]) => {
    const ids = [...new Set(views.map(({ campaign }) => campaign.agentId))];
    const found = ids.length > 0 ? await agents.list(caller, { ids }, BY_AGE, { limit: ids.length }) : [];
    const there = new Set(found.map(({ agent }) => agent.id));
    return views.map((view) => campaigns.present(view, there, now()));
  };
  const shown = async (caller: Caller, id: string) => (await presented(caller, [await service.get(caller, id)]))[0]!;
  const rollingBack = (caller: Caller): Caller => ({
    ...caller,
    writeOptions: { ...caller.writeOptions, dryRun: true },
    receipts: [],
  });

  app.post(
    PATH,
    route({
      summary: 'Create call campaign',
      description:
        'With people and a time it is scheduled, with people and `isImmediate` it runs, and otherwise it is a draft until `resume`.',
      tag,
      scope: write,
      body: shapes.CreateCampaign,
      late: true,
      answer: { status: 201, schema: shapes.Campaign },
    }),
    async ({ caller, body }, reply) => {
      const { draft, people, starts } = campaigns.parseCampaign(asObject(body));
      const made = await inDialectTerms(campaigns.NAMES, async () => {
        const { filled } = await service.create(rollingBack(caller), draft, people, starts);
        campaigns.refuseProblems(people, filled.problems);
        return service.create(caller, draft, people, starts);
      });
      return reply.code(201).send((await presented(caller, [made]))[0]);
    },
  );

  app.get(
    PATH,
    route({
      summary: 'List call campaigns',
      description: 'Newest first.',
      tag,
      scope: read,
      query: contract.PageQuery,
      answer: contract.pageOf(shapes.Campaign),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query);
      const [views, total] = await Promise.all([service.list(caller, {}, place), service.count(caller, {})]);
      return paginated(await presented(caller, views), total, place);
    },
  );

  app.get<ById>(
    `${PATH}/:id`,
    route({ summary: 'Get call campaign', tag, scope: read, answer: shapes.Campaign }),
    async ({ caller, params }) => shown(caller, plainIdOf(params).id),
  );

  app.patch<ById>(
    `${PATH}/:id`,
    route({
      summary: 'Update call campaign',
      description: 'People are added to those that it has. A draft that has people and is given a time is scheduled.',
      tag,
      scope: write,
      body: shapes.UpdateCampaign,
      late: true,
      answer: shapes.Campaign,
    }),
    async ({ caller, params, body }) => {
      const { id } = plainIdOf(params);
      const sent = asObject(body);
      const { agentId } = await shown(caller, id);
      const changed = await inDialectTerms(campaigns.NAMES, async () => {
        const parse = (before: CampaignView['campaign']) => campaigns.parseChanges(sent, before, agentId);
        await service.update(rollingBack(caller), id, parse);
        const people = campaigns.parsePeople(sent);
        if (people.contactIds!.length + people.people!.length > 0) {
          campaigns.refuseProblems(people, (await service.importContacts(rollingBack(caller), id, people)).problems);
          await service.importContacts(caller, id, people);
        }
        return service.update(caller, id, parse);
      });
      const { tally } = await service.get(caller, id);
      const begins = changed.status === 'draft' && (changed.startsAt !== null || sent['isImmediate'] === true);
      if (begins && Object.keys(tally).length > 0) await service.start(caller, id);
      const campaign = caller.writeOptions.dryRun ? changed : (await service.get(caller, id)).campaign;
      return (await presented(caller, [{ campaign, tally }]))[0];
    },
  );

  app.delete<ById>(
    `${PATH}/:id`,
    route({
      summary: 'Delete call campaign',
      description: 'Nobody is called any more. Refused while one of its calls rings or is talked.',
      tag,
      scope: 'campaigns:manage',
      answer: { status: 204 },
    }),
    async ({ caller, params }, reply) => {
      const { id } = plainIdOf(params);
      const { campaign } = await service.get(caller, id);
      if (campaign.inFlight > 0)
        throw new Fault('campaign_state', {
          id,
          message: `${campaign.inFlight} of its calls are under way: pause it, and delete it when they are over.`,
        });
      const runs = campaign.status === 'running';
      if (runs) await service.cancel(caller, id);
      if (!runs || !caller.writeOptions.dryRun) await service.remove(caller, id);
      return reply.code(204).send();
    },
  );

  app.post<ById>(
    `${PATH}/:id/pause`,
    route({
      summary: 'Pause call campaign',
      description: 'Nobody else is called; calls under way go on to their end.',
      tag,
      scope: write,
      answer: shapes.Campaign,
    }),
    async ({ caller, params }) => {
      const { id } = plainIdOf(params);
      await service.pause(caller, id);
      return shown(caller, id);
    },
  );

  app.post<ById>(
    `${PATH}/:id/resume`,
    route({
      summary: 'Resume call campaign',
      description: 'Or start a draft.',
      tag,
      scope: write,
      answer: shapes.Campaign,
    }),
    async ({ caller, params }) => {
      const { id } = plainIdOf(params);
      const { campaign } = await service.get(caller, id);
      await (campaign.status === 'draft' ? service.start(caller, id) : service.resume(caller, id));
      return shown(caller, id);
    },
  );
}
