/** Routes of campaigns. */

import type { FastifyInstance } from 'fastify';
import type { Agent } from '../../../agents/agent.ts';
import type { Campaign } from '../../../calling/campaign.ts';
import type { CampaignView } from '../../../calling/campaign-service.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { isUuid } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { agentRef, type ById, normalizeId, pageOf, pathId, withFieldNames, withPersonaAt } from '../shared.ts';
import * as contract from './contract.ts';
import { formatImport, formatResult, parseImport } from './imports.ts';
import * as mapping from './mapping.ts';

const READ = { tag: 'Campaigns', scope: 'campaigns:read' };
const WRITE = { tag: 'Campaigns', scope: 'campaigns:write' };

/** The service's names of fields, and Kejue's. */
const FIELD_NAMES = { callSettings: 'call_settings', localStart: 'scheduled_start_at', profileId: 'voice_config_id' };

const idOf = ({ id }: ById['Params']): string => pathId(id, 'campaign_missing');

export function campaignRoutes(app: FastifyInstance, services: Services): void {
  createRoute(app, services);
  readRoutes(app, services);
  updateRoutes(app, services);
  stepRoutes(app, services);
}

function createRoute(app: FastifyInstance, services: Services): void {
  app.post(
    '/campaigns',
    route({
      ...WRITE,
      summary: 'Create campaign',
      description: 'One request can create a campaign, add its contacts and start it.',
      body: contract.CreateCampaign,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.CreatedCampaign },
    }),
    async ({ caller, body }, reply) => reply.code(201).send(await create(services, caller, asObject(body))),
  );
}

function readRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns, now } = services;

  app.get(
    '/campaigns',
    route({ ...READ, summary: 'List campaigns', query: contract.CampaignQuery, answer: contract.CampaignList }),
    async ({ caller, query }) => {
      const page = pageOf(query as contract.CampaignQuery);
      const filter = mapping.filterOf(query as contract.CampaignQuery, now());
      const [views, total] = await Promise.all([campaigns.list(caller, filter, page), campaigns.count(caller, filter)]);
      return { campaigns: await formatAll(services, caller, views), total, ...page };
    },
  );

  app.get<ById>(
    '/campaigns/:id',
    route({ ...READ, summary: 'Get campaign', answer: contract.Campaign }),
    async ({ caller, params }) => formatOne(services, caller, await campaigns.get(caller, idOf(params))),
  );
}

function updateRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns, contacts } = services;

  app.patch<ById>(
    '/campaigns/:id',
    route({
      ...WRITE,
      summary: 'Update campaign',
      body: contract.UpdateCampaign,
      handlerChecksBody: true,
      answer: contract.Campaign,
    }),
    async ({ caller, params, body }) => {
      const { campaign } = await campaigns.get(caller, idOf(params));
      const fields = asObject(body);
      const agent = await existingAgent(services, caller, campaign);
      const parse = (before: Campaign) => mapping.parseCampaign(fields, agent, before);
      await withFieldNames(FIELD_NAMES, () => campaigns.update(caller, campaign.id, parse));
      return formatOne(services, caller, await campaigns.get(caller, campaign.id));
    },
  );

  app.post<ById>(
    '/campaigns/:id/contacts',
    route({
      ...WRITE,
      summary: 'Add contacts',
      body: contract.AddContacts,
      handlerChecksBody: true,
      answer: contract.AddedContacts,
    }),
    async ({ caller, params, body }) => {
      const { campaign } = await campaigns.get(caller, idOf(params));
      const parsed = parseImport(asObject(body), await contacts.complete());
      return formatImport(await campaigns.importContacts(caller, campaign.id, parsed), parsed);
    },
  );
}

function stepRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns } = services;

  app.post<ById>(
    '/campaigns/:id/start',
    route({
      ...WRITE,
      summary: 'Start campaign',
      body: contract.StartCampaign,
      handlerChecksBody: true,
      answer: contract.Campaign,
    }),
    async ({ caller, params, body = {} }) => {
      const { campaign } = await campaigns.get(caller, idOf(params));
      const start = mapping.parseStart(asObject(body));
      await withFieldNames(FIELD_NAMES, () => campaigns.start(caller, campaign.id, start));
      return formatOne(services, caller, await campaigns.get(caller, campaign.id));
    },
  );

  for (const step of ['pause', 'resume', 'cancel'] as const)
    app.post<ById>(
      `/campaigns/:id/${step}`,
      route({
        ...WRITE,
        summary: `${step[0]!.toUpperCase()}${step.slice(1)} campaign`,
        answer: contract.Campaign,
      }),
      async ({ caller, params }) => {
        const { id } = await campaigns[step](caller, idOf(params));
        return formatOne(services, caller, await campaigns.get(caller, id));
      },
    );
}

async function create(services: Services, caller: Caller, body: JsonObject) {
  mapping.checkNewCampaign(body);
  const agent = await agentOf(services, caller, body);
  const { draft, contactIds, startsAtOnce } = mapping.parseNewCampaign(body, agent);
  const created = await withFieldNames(FIELD_NAMES, () =>
    services.campaigns.create(caller, draft, { contactIds }, startsAtOnce),
  );
  const { contacts_added, errors } = formatResult(created.imported);
  return { ...(await formatOne(services, caller, created)), contacts_added, errors };
}

/** Reads whether a campaign has called a contact only for the campaigns whose status depends on it. */
async function formatAll({ campaigns, now }: Services, caller: Caller, views: readonly CampaignView[]) {
  const candidates = views.map(({ campaign }) => campaign).filter((one) => mapping.mayBeScheduled(one, now()));
  const ids = candidates.map(({ id }) => id);
  const started = ids.length > 0 ? await campaigns.findStarted(caller, ids) : new Set<string>();
  return views.map((view) => {
    const { id } = view.campaign;
    return mapping.formatCampaign(view, ids.includes(id) && !started.has(id));
  });
}

async function formatOne(services: Services, caller: Caller, view: CampaignView) {
  const [campaign] = await formatAll(services, caller, [view]);
  return campaign;
}

/** The agent of a new campaign: the persona that the body names, or the owner of its voice configuration. */
async function agentOf({ agents }: Services, caller: Caller, body: JsonObject): Promise<Agent> {
  const { persona_id: persona, voice_config_id: config } = body;
  if (typeof persona === 'string') {
    const { agent } = await withPersonaAt('persona_id', async () => agents.get({ ...caller }, agentRef(persona)));
    return agent;
  }
  const profileId = normalizeId(config);
  const agent = isUuid(profileId) ? await agents.findByProfile(caller, profileId) : undefined;
  if (agent) return agent;
  throw invalidAt('voice_config_id', 'refers to a voice configuration that does not exist', 'reference');
}

/** The agent of a campaign, or `undefined` after its deletion. The campaign can still be changed then. */
async function existingAgent({ agents }: Services, caller: Caller, { agentId }: Campaign): Promise<Agent | undefined> {
  try {
    return (await agents.get({ ...caller }, { id: agentId })).agent;
  } catch (error) {
    if (error instanceof Fault && error.code === 'agent_missing') return undefined;
    throw error;
  }
}
