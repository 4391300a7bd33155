/** Campaigns: method and path to service call. */
import type { FastifyInstance } from 'fastify';
import type { Agent } from '../../../agents/agent.ts';
import type { Campaign } from '../../../calling/campaign.ts';
import type { CampaignView } from '../../../calling/campaign-service.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type * as s from '../../../lib/schema.ts';
import { isUuid } from '../../../lib/text.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { unlessMissing } from '../calls/routes.ts';
import { inWords, named } from '../shared.ts';
import * as shapes from './mapping.ts';

interface ById {
  Params: { id: string };
}

const idOf = ({ id }: ById['Params']): string => {
  if (!isUuid(id)) throw new Fault('campaign_missing', { id });
  return id.toLowerCase();
};

const SAID = { callSettings: 'call_settings', localStart: 'scheduled_start_at', profileId: 'voice_config_id' };

export function campaignRoutes(app: FastifyInstance, services: Services): void {
  const { agents, campaigns, contacts, now } = services;
  const tag = 'Campaigns';
  const read = 'campaigns:read';
  const write = 'campaigns:write';

  /** Running ones that nobody has been called for yet are only scheduled, as long as their beginning may lie ahead. */
  const shownAll = async (caller: Caller, views: readonly CampaignView[]) => {
    const maybe = views.filter(({ campaign }) => shapes.mayBeAhead(campaign, now())).map(({ campaign }) => campaign.id);
    const begun = maybe.length > 0 ? await campaigns.begun(caller, maybe) : new Set<string>();
    return views.map((view) => {
      const { id } = view.campaign;
      return shapes.formatCampaign(view, maybe.includes(id) && !begun.has(id));
    });
  };
  const shown = async (caller: Caller, view: CampaignView) => (await shownAll(caller, [view]))[0]!;
  const shownNow = async (caller: Caller, { id }: Campaign) => shown(caller, await campaigns.get(caller, id));

  /** A persona, or a voice configuration that implies its persona; of both, one that belongs to the other. */
  const agentOf = async (caller: Caller, body: JsonObject): Promise<Agent> => {
    const { persona_id: persona, voice_config_id: config } = body;
    if (typeof persona === 'string') {
      const found = await unlessMissing('persona_id', async () => {
        if (!isUuid(persona)) throw new Fault('agent_missing', { id: persona });
        return agents.get({ ...caller }, { id: named(persona) });
      });
      return found.agent;
    }
    const found = isUuid(named(config)) ? await agents.withProfile(caller, named(config)) : undefined;
    if (found) return found;
    throw invalidAt('voice_config_id', 'refers to a voice configuration that does not exist', 'reference');
  };

  /** None where it was deleted since: the campaign itself is still there to be changed. */
  const personaOf = async (caller: Caller, { agentId }: Campaign): Promise<Agent | undefined> => {
    try {
      return (await agents.get({ ...caller }, { id: agentId })).agent;
    } catch (error) {
      if (error instanceof Fault && error.code === 'agent_missing') return undefined;
      throw error;
    }
  };

  app.post(
    '/campaigns',
    route({
      summary: 'Create campaign',
      description: 'May be created, filled and started in one request.',
      tag,
      scope: write,
      body: shapes.CreateCampaign,
      late: true,
      answer: { status: 201, schema: shapes.KejueNewCampaign },
    }),
    async ({ caller, body }, reply) => {
      const sent = asObject(body);
      shapes.judgeNewCampaign(sent);
      const draft = shapes.parseNewCampaign(sent, await agentOf(caller, sent));
      const { contact_ids, auto_start } = sent as s.Static<typeof shapes.CreateCampaign>;
      const people = { contactIds: (contact_ids ?? []).map(named) };
      const made = await inWords(SAID, () => campaigns.create(caller, draft, people, auto_start ?? false));
      const { contacts_added, errors } = shapes.formatFilling(made.filled);
      return reply.code(201).send({ ...(await shown(caller, made)), contacts_added, errors });
    },
  );

  app.get(
    '/campaigns',
    route({ summary: 'List campaigns', tag, scope: read, query: shapes.CampaignQuery, answer: shapes.CampaignList }),
    async ({ caller, query }) => {
      const { limit = 100, offset = 0, status, persona_id, search } = query as s.Static<typeof shapes.CampaignQuery>;
      const filter = {
        ...(status !== undefined && shapes.filterOf(status, now())),
        ...(persona_id !== undefined && { agentId: named(persona_id) }),
        ...(search !== undefined && { search }),
      };
      const [views, total] = await Promise.all([
        campaigns.list(caller, filter, { limit, offset }),
        campaigns.count(caller, filter),
      ]);
      return { campaigns: await shownAll(caller, views), total, limit, offset };
    },
  );

  app.get<ById>(
    '/campaigns/:id',
    route({ summary: 'Get campaign', tag, scope: read, answer: shapes.KejueCampaign }),
    async ({ caller, params }) => shown(caller, await campaigns.get(caller, idOf(params))),
  );

  app.patch<ById>(
    '/campaigns/:id',
    route({
      summary: 'Update campaign',
      tag,
      scope: write,
      body: shapes.UpdateCampaign,
      late: true,
      answer: shapes.KejueCampaign,
    }),
    async ({ caller, params, body }) => {
      const { campaign } = await campaigns.get(caller, idOf(params));
      const sent = asObject(body);
      const agent = await personaOf(caller, campaign);
      const parse = (before: Campaign) => shapes.parseCampaign(sent, agent, before);
      return shownNow(caller, await inWords(SAID, () => campaigns.update(caller, campaign.id, parse)));
    },
  );

  app.post<ById>(
    '/campaigns/:id/contacts',
    route({
      summary: 'Add contacts',
      tag,
      scope: write,
      body: shapes.FillCampaign,
      late: true,
      answer: shapes.Filling,
    }),
    async ({ caller, params, body }) => {
      const { campaign } = await campaigns.get(caller, idOf(params));
      const parsed = shapes.parseFilling(asObject(body), await contacts.complete());
      return shapes.filledIn(await campaigns.importContacts(caller, campaign.id, parsed), parsed);
    },
  );

  app.post<ById>(
    '/campaigns/:id/start',
    route({
      summary: 'Start campaign',
      tag,
      scope: write,
      body: shapes.StartCampaign,
      late: true,
      answer: shapes.KejueCampaign,
    }),
    async ({ caller, params, body }) => {
      const { campaign } = await campaigns.get(caller, idOf(params));
      // There may be no body at all.
      const when = shapes.parseStarting(body === undefined ? {} : asObject(body));
      return shownNow(caller, await inWords(SAID, () => campaigns.start(caller, campaign.id, when)));
    },
  );

  for (const step of ['pause', 'resume', 'cancel'] as const)
    app.post<ById>(
      `/campaigns/:id/${step}`,
      route({
        summary: `${step[0]!.toUpperCase()}${step.slice(1)} campaign`,
        tag,
        scope: write,
        answer: shapes.KejueCampaign,
      }),
      async ({ caller, params }) => shownNow(caller, await campaigns[step](caller, idOf(params))),
    );
}
