/** Routes of corpora. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import { checkPatch } from '../echo.ts';
import { ListQuery, listOf, pageByOffset } from '../paging.ts';
import { type ById, idOf, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { documentRoutes } from './document-routes.ts';
import { formatCorpus, formatHit } from './mapping.ts';

const { read, write } = scopedRoutes('Knowledge', 'corpora');
const corpusId = (request: { params: unknown }) => idOf(request, 'corpus_missing');

export function knowledgeRoutes(app: FastifyInstance, services: Services): void {
  collectionRoutes(app, services);
  memberRoutes(app, services);
  documentRoutes(app, services);
}

function collectionRoutes(app: FastifyInstance, { knowledge: { corpora } }: Services): void {
  app.post(
    '/corpora',
    write({ summary: 'Create corpus', body: contract.CorpusInput, answer: { status: 201, schema: contract.Corpus } }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(formatCorpus(await corpora.create(caller, body as contract.CorpusInput))),
  );
  app.get(
    '/corpora',
    read({ summary: 'List corpora', query: ListQuery, answer: listOf(contract.Corpus) }),
    async ({ caller, query }) => pageByOffset(query as ListQuery, (page) => corpora.list(caller, page), formatCorpus),
  );
}

function memberRoutes(app: FastifyInstance, { knowledge: { corpora, search } }: Services): void {
  app.get<ById>('/corpora/:id', read({ summary: 'Get corpus', answer: contract.Corpus }), async (request) =>
    formatCorpus(await corpora.get(request.caller, corpusId(request))),
  );
  app.patch<ById>(
    '/corpora/:id',
    write({
      summary: 'Update corpus',
      body: contract.CorpusPatch,
      handlerChecksBody: true,
      answer: contract.Corpus,
    }),
    async (request) => {
      const body = asObject(request.body);
      const id = corpusId(request);
      const current = formatCorpus(await corpora.get(request.caller, id));
      const parse = () => checkPatch(body, contract.CorpusPatch, current);
      return formatCorpus(await corpora.update(request.caller, id, parse));
    },
  );
  app.delete<ById>(
    '/corpora/:id',
    write({
      summary: 'Delete corpus',
      description: 'Deletes its documents too. Refused while an agent uses the corpus.',
      answer: { status: 204 },
    }),
    async (request, reply) => {
      await corpora.remove(request.caller, corpusId(request));
      return reply.code(204).send();
    },
  );
  app.post<ById>(
    '/corpora/:id/search',
    read({
      summary: 'Search corpus',
      description:
        'The passages that an agent would find: by words and, where an embedding model is configured, by meaning.',
      body: contract.SearchInput,
      answer: contract.SearchResult,
    }),
    async (request) => {
      const { query, limit = 10 } = request.body as contract.SearchInput;
      const hits = await search(request.caller, corpusId(request), query, limit);
      return { data: hits.map(formatHit) };
    },
  );
}
