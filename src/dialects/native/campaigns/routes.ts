/** Routes of campaigns. */
import type { FastifyInstance } from 'fastify';
import { CAMPAIGN_STATUSES, type Campaign } from '../../../calling/campaign.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import { acceptFiles, asObject, UploadedFile } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type CallQuery, CallShape, CampaignCallQuery } from '../calls/contract.ts';
import { parseQuery } from '../calls/mapping.ts';
import { listCalls, parsed } from '../calls/routes.ts';
import { listOf } from '../contract.ts';
import { type ById, idOf, newestFirst, wordsOf } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

const tag = 'Campaigns';
const read = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'campaigns:read' });
const write = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'campaigns:write' });
const theId = (request: { params: unknown }) => idOf(request, 'campaign_missing');
/** The largest import: the most contacts, with all of their fields. */
const MAX_BYTES = 32 * 1024 * 1024;

export function campaignRoutes(app: FastifyInstance, services: Services): void {
  createRoutes(app, services);
  memberRoutes(app, services);
  peopleRoute(app, services);
  stepRoutes(app, services);
}

function createRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns } = services;
  const { formatCampaign } = mapping;

  app.post(
    '/campaigns',
    {
      ...write({
        summary: 'Create campaign',
        description: 'With the people it is to call, or without; `filled` says who was added and who was not.',
        body: contract.CampaignInput,
        handlerChecksBody: true,
        answer: { status: 201, schema: contract.NewCampaignShape },
      }),
      bodyLimit: MAX_BYTES,
    },
    async ({ caller, body }, reply) => {
      const { draft, people, start } = mapping.parseCampaign(asObject(body));
      const made = await campaigns.create(caller, draft, people, start);
      const filled = mapping.formatFilled(made.imported, people.contactIds?.length);
      return reply.code(201).send({ ...formatCampaign(made), filled });
    },
  );
  app.get(
    '/campaigns',
    read({
      summary: 'List campaigns',
      description: 'Newest first.',
      query: contract.CampaignQuery,
      answer: listOf(contract.CampaignShape),
    }),
    async ({ caller, query }) => {
      const { limit, cursor, status, ...equal } = query as contract.CampaignQuery;
      const filter = { ...equal, ...(status && { status: wordsOf(status, CAMPAIGN_STATUSES, 'status') }) };
      const list = (page: { limit: number; below?: number }) => campaigns.list(caller, filter, page);
      const { shown, nextCursor } = await newestFirst({ limit, cursor }, list, ({ campaign }) => campaign.counter);
      return { data: shown.map(formatCampaign), nextCursor };
    },
  );
  app.get<ById>('/campaigns/:id', read({ summary: 'Get campaign', answer: contract.CampaignShape }), async (request) =>
    formatCampaign(await campaigns.get(request.caller, theId(request))),
  );
  app.patch<ById>(
    '/campaigns/:id',
    write({
      summary: 'Update campaign',
      body: contract.CampaignPatch,
      handlerChecksBody: true,
      answer: contract.CampaignShape,
    }),
    async (request) => {
      const { tally } = await campaigns.get(request.caller, theId(request));
      const patch = asObject(request.body);
      const parse = (campaign: Campaign) => mapping.parsePatch(patch, { campaign, tally });
      return formatCampaign({ campaign: await campaigns.update(request.caller, theId(request), parse), tally });
    },
  );
  app.delete<ById>(
    '/campaigns/:id',
    write({
      summary: 'Delete campaign',
      description: 'Its calls stay readable; those that wait are cancelled. Refused while it runs.',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await campaigns.remove(request.caller, theId(request));
      return reply.code(204).send();
    },
  );
}

function memberRoutes(app: FastifyInstance, services: Services): void {
  const { campaigns } = services;
  app.get<ById>(
    '/campaigns/:id/calls',
    read({
      summary: 'List calls of campaign',
      description: 'Newest first.',
      query: CampaignCallQuery,
      answer: listOf(CallShape),
    }),
    async (request) => {
      const { caller } = request;
      const { campaign } = await campaigns.get(caller, theId(request));
      const { limit, cursor, ...filter } = request.query as CallQuery;
      return listCalls(services, caller, { limit, cursor }, { ...parseQuery(filter), campaignId: campaign.id });
    },
  );
}

function peopleRoute(app: FastifyInstance, { campaigns }: Services): void {
  // Only this route accepts CSV.
  app.register(async (files) => {
    acceptFiles(files);
    files.post<ById>(
      '/campaigns/:id/contacts',
      {
        ...write({
          summary: 'Add people to campaign',
          description:
            'Ids of contacts, new contacts, or a table as `text/csv` whose first line names the columns, `phone` among them. A contact that is in the campaign already is skipped. An item that cannot be added is a problem in the answer; the others are added.',
          body: { ...contract.PeopleInput, 'x-files': ['text/csv'] },
          handlerChecksBody: true,
          answer: contract.FilledShape,
        }),
        bodyLimit: MAX_BYTES,
      },
      async ({ caller, params, body }) => {
        const id = theId({ params });
        await campaigns.get(caller, id);
        if (body instanceof UploadedFile) return fillFrom(campaigns, caller, id, textOf(body));
        const people = mapping.parsePeople(asObject(body));
        return mapping.formatFilled(await campaigns.importContacts(caller, id, people), people.contactIds?.length);
      },
    );
  });
}

async function fillFrom(campaigns: Services['campaigns'], caller: Caller, id: string, csv: string) {
  const { contacts: people, problems } = await campaigns.readContactList(csv);
  const contacts = people.map(({ contact }) => contact);
  const filled = await campaigns.importContacts(caller, id, { people: contacts });
  const refused = filled.problems.map(({ index, message }) => ({ line: people[index]!.line, message }));
  const { added, skipped } = filled;
  return { added, skipped, problems: [...problems, ...refused].sort((a, b) => a.line - b.line) };
}

function textOf({ mediaType, bytes }: UploadedFile): string {
  if (!/^text\/csv\b/i.test(mediaType))
    throw new Fault('unsupported_media', { message: 'People are sent as application/json or as text/csv.' });
  const charset = /;\s*charset="?([^\s";]+)/i.exec(mediaType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    throw invalidAt('', 'must be text in UTF-8, or in the charset that the content type names', 'charset');
  }
}

function stepRoutes(app: FastifyInstance, { campaigns }: Services): void {
  const shown = async (caller: Caller, campaign: Campaign) => {
    const { tally } = await campaigns.get(caller, campaign.id);
    return mapping.formatCampaign({ campaign, tally });
  };
  app.post<ById>(
    '/campaigns/:id/start',
    write({
      summary: 'Start campaign',
      description: 'At once, or as `startsAt` and `localStart` say anew.',
      body: contract.StartInput,
      handlerChecksBody: true,
      answer: contract.CampaignShape,
    }),
    async ({ caller, params, body }) => {
      const id = theId({ params });
      await campaigns.get(caller, id);
      const when = parsed<contract.StartInput>(contract.StartInput, body ?? {});
      return shown(caller, await campaigns.start(caller, id, when));
    },
  );
  app.post<ById>(
    '/campaigns/:id/pause',
    write({
      summary: 'Pause campaign',
      description: 'No further call is placed; connected calls go on.',
      answer: contract.CampaignShape,
    }),
    async (request) => shown(request.caller, await campaigns.pause(request.caller, theId(request))),
  );
  app.post<ById>(
    '/campaigns/:id/resume',
    write({ summary: 'Resume campaign', answer: contract.CampaignShape }),
    async (request) => shown(request.caller, await campaigns.resume(request.caller, theId(request))),
  );
  app.post<ById>(
    '/campaigns/:id/cancel',
    write({
      summary: 'Cancel campaign',
      description: 'For good: those who wait are not called. Calls under way go on to their end.',
      answer: contract.CampaignShape,
    }),
    async (request) => shown(request.caller, await campaigns.cancel(request.caller, theId(request))),
  );
}
