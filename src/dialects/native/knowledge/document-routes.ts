/** Routes of the documents of a corpus. */
import type { FastifyInstance } from 'fastify';
import { acceptFiles } from '../../../http/body.ts';
import { MAX_BYTES, MEDIA_TYPES } from '../../../knowledge/knowledge.ts';
import type { Services } from '../../../services.ts';
import { ListQuery, listOf, pageByOffset } from '../paging.ts';
import { type ById, idOf, scopedRoutes, storedId } from '../shared.ts';
import * as contract from './contract.ts';
import { formatDocument, parseUpload, uploadStatus } from './mapping.ts';

interface ByDocument {
  Params: { id: string; document: string };
}

const { read, write } = scopedRoutes('Knowledge', 'corpora');
const corpusId = (request: { params: unknown }) => idOf(request, 'corpus_missing');
const idsOf = ({ params }: { params: ByDocument['Params'] }): [corpus: string, document: string] => [
  storedId(params.id, 'corpus_missing'),
  storedId(params.document, 'document_missing'),
];

export function documentRoutes(app: FastifyInstance, services: Services): void {
  // Only the upload accepts files of any type.
  app.register(async (files) => {
    acceptFiles(files);
    uploadRoute(files, services);
  });
  storedRoutes(app, services);
}

function uploadRoute(app: FastifyInstance, { knowledge: { documents } }: Services): void {
  app.post<ById>(
    '/corpora/:id/documents',
    {
      ...write({
        summary: 'Upload document',
        description:
          'The body is JSON with the text, or the file itself with its content type, and its title in the query. Files are text, Markdown, HTML, CSV, PDF or Word, up to 20 MB. Text can be searched at once (201). The server reads PDF and Word in the background (202); `state` shows the progress. A title that the corpus already has replaces that document (200), and all of its chunks at once.',
        query: contract.UploadQuery,
        body: { ...contract.DocumentInput, 'x-files': MEDIA_TYPES },
        handlerChecksBody: true,
        answer: { status: 201, schema: contract.Document, or: [200, 202] },
      }),
      bodyLimit: MAX_BYTES,
    },
    async (request, reply) => {
      const { body, query } = request;
      const parse = () => parseUpload(body, query);
      const upload = await documents.upload(request.caller, corpusId(request), parse);
      return reply.code(uploadStatus(upload)).send(formatDocument(upload.document));
    },
  );
}

function storedRoutes(app: FastifyInstance, { knowledge: { documents } }: Services): void {
  app.get<ById>(
    '/corpora/:id/documents',
    read({ summary: 'List documents', query: ListQuery, answer: listOf(contract.Document) }),
    async (request) => {
      const id = corpusId(request);
      const list = (page: { limit: number; offset: number }) => documents.list(request.caller, id, page);
      return pageByOffset(request.query as ListQuery, list, formatDocument);
    },
  );
  app.get<ByDocument>(
    '/corpora/:id/documents/:document',
    read({ summary: 'Get document', answer: contract.Document }),
    async (request) => formatDocument(await documents.get(request.caller, ...idsOf(request))),
  );
  app.delete<ByDocument>(
    '/corpora/:id/documents/:document',
    write({ summary: 'Delete document', answer: { status: 204 } }),
    async (request, reply) => {
      await documents.remove(request.caller, ...idsOf(request));
      return reply.code(204).send();
    },
  );
}
