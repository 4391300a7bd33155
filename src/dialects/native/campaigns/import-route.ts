/** The route that adds contacts to a campaign. */
import type { FastifyInstance } from 'fastify';
import { acceptFiles, UploadedFile } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './import-mapping.ts';

/** Enough for the most contacts, each with all of its fields. */
export const MAX_IMPORT_BYTES = 32 * 1024 * 1024;

const { write } = scopedRoutes('Campaigns', 'campaigns');

export function importRoute(app: FastifyInstance, { campaigns }: Services): void {
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
          body: { ...contract.ImportInput, 'x-files': ['text/csv'] },
          handlerChecksBody: true,
          answer: contract.ImportResult,
        }),
        bodyLimit: MAX_IMPORT_BYTES,
      },
      async (request) => {
        const { caller, body } = request;
        const id = idOf(request, 'campaign_missing');
        await campaigns.get(caller, id);
        return body instanceof UploadedFile
          ? importTable(campaigns, caller, id, mapping.parseTable(body))
          : importContacts(campaigns, caller, id, body);
      },
    );
  });
}

async function importContacts(campaigns: Services['campaigns'], caller: Caller, id: string, body: unknown) {
  const contacts = mapping.parseImportBody(body);
  return mapping.formatImport(await campaigns.importContacts(caller, id, contacts), contacts);
}

async function importTable(campaigns: Services['campaigns'], caller: Caller, id: string, csv: string) {
  const { contacts: rows, problems } = await campaigns.readContactList(csv);
  const result = await campaigns.importContacts(caller, id, { people: rows.map(({ contact }) => contact) });
  const lines = rows.map(({ line }) => line);
  return mapping.formatTableImport(result, lines, problems);
}
