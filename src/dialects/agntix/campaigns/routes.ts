/** Routes of call campaigns. */

import type { FastifyInstance } from 'fastify';
import type { CampaignView } from '../../../calling/campaign-service.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, formatPage, PageQuery, pageOf, parsePage, textIdOf, withFieldNames } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const PATH = '/v1/chat/call-campaigns';
const READ = { tag: 'Call campaigns', scope: 'campaigns:read' };
const WRITE = { tag: 'Call campaigns', scope: 'campaigns:write' };
const MANAGE = { tag: 'Call campaigns', scope: 'campaigns:manage' };
const OLDEST_FIRST = { by: 'createdAt', direction: 'asc' } as const;

export function campaignRoutes(app: FastifyInstance, services: Services): void {
  createRoute(app, services);
  readRoutes(app, services);
  updateRoutes(app, services);
  stepRoutes(app, services);
}

function createRoute(app: FastifyInstance, services: Services): void {
  app.post(
    PATH,
    route({
      ...WRITE,
      summary: 'Create call campaign',
      description:
        'A campaign with contacts and a time is scheduled. With contacts and `isImmediate` it runs at once. Otherwise it is a draft until `resume`.',
      body: contract.CreateCampaign,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Campaign },
    }),
    async ({ caller, body }, reply) => {
      const created = await create(services, caller, asObject(body));
      return reply.code(201).send(await formatOne(services, caller, created));
    },
  );
}

function readRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns } = services;

  app.get(
    PATH,
    route({
      ...READ,
      summary: 'List call campaigns',
      description: 'Newest first.',
      query: PageQuery,
      answer: pageOf(contract.Campaign),
    }),
    async ({ caller, query }) => {
      const page = parsePage(query);
      const [views, total] = await Promise.all([campaigns.list(caller, {}, page), campaigns.count(caller, {})]);
      return formatPage(await formatAll(services, caller, views), total, page);
    },
  );

  app.get<ById>(
    `${PATH}/:id`,
    route({ ...READ, summary: 'Get call campaign', answer: contract.Campaign }),
    async ({ caller, params }) => getOne(services, caller, textIdOf(params)),
  );
}

function updateRoutes(app: FastifyInstance, services: Services): void {
  app.patch<ById>(
    `${PATH}/:id`,
    route({
      ...WRITE,
      summary: 'Update call campaign',
      description:
        'Contacts in the body are added to those of the campaign. A draft that has contacts and gets a time is scheduled.',
      body: contract.UpdateCampaign,
      handlerChecksBody: true,
      answer: contract.Campaign,
    }),
    async ({ caller, params, body }) => {
      const updated = await update(services, caller, textIdOf(params), asObject(body));
      return formatOne(services, caller, updated);
    },
  );

  app.delete<ById>(
    `${PATH}/:id`,
    route({
      ...MANAGE,
      summary: 'Delete call campaign',
      description: 'Ends the campaign: it makes no more calls. Refused while one of its calls is ringing or connected.',
      answer: { status: 204 },
    }),
    async ({ caller, params }, reply) => {
      await remove(services, caller, textIdOf(params));
      return reply.code(204).send();
    },
  );
}

function stepRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns } = services;

  app.post<ById>(
    `${PATH}/:id/pause`,
    route({
      ...WRITE,
      summary: 'Pause call campaign',
      description: 'The campaign makes no new calls. Calls that are ringing or connected continue.',
      answer: contract.Campaign,
    }),
    async ({ caller, params }) => {
      const { id } = await campaigns.pause(caller, textIdOf(params));
      return getOne(services, caller, id);
    },
  );

  app.post<ById>(
    `${PATH}/:id/resume`,
    route({
      ...WRITE,
      summary: 'Resume call campaign',
      description: 'Continues a paused campaign, or starts a draft.',
      answer: contract.Campaign,
    }),
    async ({ caller, params }) => {
      const { campaign } = await campaigns.get(caller, textIdOf(params));
      const step = mapping.isDraft(campaign) ? 'start' : 'resume';
      await campaigns[step](caller, campaign.id);
      return getOne(services, caller, campaign.id);
    },
  );
}

/** A dry run that precedes the write, so that one contact that cannot be called refuses the whole request. */
const dryRun = (caller: Caller): Caller => ({
  ...caller,
  writeOptions: { ...caller.writeOptions, dryRun: true },
  receipts: [],
});

async function create({ campaigns }: Services, caller: Caller, body: JsonObject): Promise<CampaignView> {
  const { draft, contacts, startsAtOnce } = mapping.parseCampaign(body);
  return withFieldNames(mapping.FIELD_NAMES, async () => {
    const { imported: filled } = await campaigns.create(dryRun(caller), draft, contacts, startsAtOnce);
    mapping.refuseProblems(contacts, filled.problems);
    return campaigns.create(caller, draft, contacts, startsAtOnce);
  });
}

async function update(services: Services, caller: Caller, id: string, body: JsonObject): Promise<CampaignView> {
  const { campaigns } = services;
  const { agentId } = await getOne(services, caller, id);
  const changed = await withFieldNames(mapping.FIELD_NAMES, async () => {
    const parse = (before: CampaignView['campaign']) => mapping.parseChanges(body, before, agentId);
    await campaigns.update(dryRun(caller), id, parse);
    await addContacts(services, caller, id, body);
    return campaigns.update(caller, id, parse);
  });
  const { tally } = await campaigns.get(caller, id);
  if (mapping.isReadyToStart(changed, body, tally)) await campaigns.start(caller, id);
  const campaign = caller.writeOptions.dryRun ? changed : (await campaigns.get(caller, id)).campaign;
  return { campaign, tally };
}

async function addContacts({ campaigns }: Services, caller: Caller, id: string, body: JsonObject): Promise<void> {
  const contacts = mapping.parseContacts(body);
  if (mapping.isEmpty(contacts)) return;
  const { problems } = await campaigns.importContacts(dryRun(caller), id, contacts);
  mapping.refuseProblems(contacts, problems);
  await campaigns.importContacts(caller, id, contacts);
}

async function remove({ campaigns }: Services, caller: Caller, id: string): Promise<void> {
  const { campaign } = await campaigns.get(caller, id);
  mapping.refuseInFlight(campaign);
  const isRunning = campaign.status === 'running';
  if (isRunning) await campaigns.cancel(caller, id);
  // In a dry run the campaign is still running, and a running campaign cannot be removed.
  if (!isRunning || !caller.writeOptions.dryRun) await campaigns.remove(caller, id);
}

/** A campaign of a deleted agent shows no agent. */
async function formatAll({ agents, now }: Services, caller: Caller, views: readonly CampaignView[]) {
  const ids = [...new Set(views.map(({ campaign }) => campaign.agentId))];
  const found = ids.length > 0 ? await agents.list(caller, { ids }, OLDEST_FIRST, { limit: ids.length }) : [];
  const existing = new Set(found.map(({ agent }) => agent.id));
  return views.map((view) => mapping.formatCampaign(view, existing, now()));
}

async function formatOne(services: Services, caller: Caller, view: CampaignView) {
  const [campaign] = await formatAll(services, caller, [view]);
  return campaign!;
}

async function getOne(services: Services, caller: Caller, id: string) {
  return formatOne(services, caller, await services.campaigns.get(caller, id));
}
