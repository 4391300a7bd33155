/** Routes of corpora and their documents. */
import type { FastifyInstance } from 'fastify';
import { invalid } from '../../../faults.ts';
import { acceptFiles, asObject, UploadedFile } from '../../../http/body.ts';
import { type RouteFacts, route } from '../../../http/dialect.ts';
import { CorpusInput, CorpusPatch, MAX_BYTES, MEDIA_TYPES, mediaTypeOf } from '../../../knowledge/knowledge.ts';
import type { Upload } from '../../../knowledge/service.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { Services } from '../../../services.ts';
import { checkPatch } from '../agents/echo.ts';
import { ListQuery, listOf } from '../contract.ts';
import { type ById, idOf, page } from '../shared.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ByDocument {
  Params: { id: string; document: string };
}

const tag = 'Knowledge';
const read = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'corpora:read' });
const write = (facts: Omit<RouteFacts, 'tag' | 'scope'>) => route({ ...facts, tag, scope: 'corpora:write' });

export function knowledgeRoutes(app: FastifyInstance, services: Services): void {
  const { corpora, search } = services.knowledge;
  const { formatCorpus } = mapping;

  app.post(
    '/corpora',
    write({ summary: 'Create corpus', body: CorpusInput, answer: { status: 201, schema: contract.CorpusShape } }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(formatCorpus(await corpora.create(caller, body as CorpusInput))),
  );
  app.get(
    '/corpora',
    read({ summary: 'List corpora', query: ListQuery, answer: listOf(contract.CorpusShape) }),
    async ({ caller, query }) => page(query, (where) => corpora.list(caller, where), formatCorpus),
  );
  app.get<ById>('/corpora/:id', read({ summary: 'Get corpus', answer: contract.CorpusShape }), async (request) =>
    formatCorpus(await corpora.get(request.caller, idOf(request, 'corpus_missing'))),
  );
  app.patch<ById>(
    '/corpora/:id',
    write({ summary: 'Update corpus', body: CorpusPatch, handlerChecksBody: true, answer: contract.CorpusShape }),
    async (request) => {
      const patch = asObject(request.body);
      const id = idOf(request, 'corpus_missing');
      const known = formatCorpus(await corpora.get(request.caller, id));
      return formatCorpus(await corpora.update(request.caller, id, () => checkPatch(patch, CorpusPatch, known)));
    },
  );
  app.delete<ById>(
    '/corpora/:id',
    write({
      summary: 'Delete corpus',
      description: 'Its documents go with it. Refused while an agent looks things up in it.',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await corpora.remove(request.caller, idOf(request, 'corpus_missing'));
      return reply.code(204).send();
    },
  );
  app.post<ById>(
    '/corpora/:id/search',
    read({
      summary: 'Search corpus',
      description: 'What an agent would find: by words and, where an embedding model is configured, by meaning.',
      body: contract.SearchInput,
      answer: contract.SearchAnswer,
    }),
    async (request) => {
      const { query, limit = 10 } = request.body as contract.SearchInput;
      const hits = await search(request.caller, idOf(request, 'corpus_missing'), query, limit);
      return { data: hits.map(mapping.formatHit) };
    },
  );
  documentRoutes(app, services);
}

function documentRoutes(app: FastifyInstance, { knowledge: { documents } }: Services): void {
  const { formatDocument } = mapping;

  // Only this route accepts files of any type.
  app.register(async (files) => {
    acceptFiles(files);
    files.post<ById>(
      '/corpora/:id/documents',
      {
        ...write({
          summary: 'Upload document',
          description:
            'JSON with the text; or the file itself, with its own content type and its title in the query: text, Markdown, HTML, CSV, PDF or Word, up to 20 MB. Text is searched at once; PDF and Word are read in the background (202), and `state` says how far that is. A title that the corpus has already is uploaded again (200): its chunks are swapped all at once.',
          query: contract.UploadQuery,
          body: { ...contract.DocumentInput, 'x-files': MEDIA_TYPES },
          handlerChecksBody: true,
          answer: { status: 201, schema: contract.DocumentShape, or: [200, 202] },
        }),
        bodyLimit: MAX_BYTES,
      },
      async (request, reply) => {
        const { body, query } = request;
        const id = idOf(request, 'corpus_missing');
        const { document, replaced: again } = await documents.upload(request.caller, id, () => uploadOf(body, query));
        const done = again ? 200 : 201;
        return reply.code(document.state === 'processing' ? 202 : done).send(formatDocument(document));
      },
    );
  });
  app.get<ById>(
    '/corpora/:id/documents',
    read({ summary: 'List documents', query: ListQuery, answer: listOf(contract.DocumentShape) }),
    async (request) => {
      const id = idOf(request, 'corpus_missing');
      return page(request.query, (where) => documents.list(request.caller, id, where), formatDocument);
    },
  );
  app.get<ByDocument>(
    '/corpora/:id/documents/:document',
    read({ summary: 'Get document', answer: contract.DocumentShape }),
    async (request) => formatDocument(await documents.get(request.caller, ...placeOf(request))),
  );
  app.delete<ByDocument>(
    '/corpora/:id/documents/:document',
    write({ summary: 'Delete document', answer: { status: 204 } }),
    async (request, reply) => {
      await documents.remove(request.caller, ...placeOf(request));
      return reply.code(204).send();
    },
  );
}

function placeOf({ params }: { params: ByDocument['Params'] }): [string, string] {
  return [idOf({ params }, 'corpus_missing'), idOf({ params: { id: params.document } }, 'document_missing')];
}

function uploadOf(body: unknown, query: unknown): Upload {
  if (body instanceof UploadedFile) {
    const { title } = query as { title?: string };
    return { title, mediaType: body.mediaType, source: body.bytes };
  }
  const fields = asObject(body);
  const issues = issuesOf(contract.DocumentInput, fields);
  if (issues.length > 0) throw invalid(issues);
  const { title, text, mediaType } = fields as contract.DocumentInput;
  // Text in JSON is text, even if the title has another extension.
  const byTitle = mediaTypeOf(undefined, title);
  const type = mediaType ?? (byTitle?.startsWith('text/') ? byTitle : 'text/plain');
  return { title, mediaType: type, source: Buffer.from(text.toWellFormed(), 'utf8') };
}
