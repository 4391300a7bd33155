/** Routes of knowledge stores. Their documents are uploaded over the native API. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, formatPage, PageQuery, pageOf, parsePage, textIdOf } from '../shared.ts';
import * as contract from './contract.ts';
import { formatStore, parseStore } from './mapping.ts';

const PATH = '/v1/chat/knowledge-store';
const READ = { tag: 'Knowledge stores', scope: 'knowledge:read' };
const WRITE = { tag: 'Knowledge stores', scope: 'knowledge:write' };

export function knowledgeRoutes(app: FastifyInstance, { knowledge: { corpora } }: Services): void {
  app.post(
    PATH,
    route({
      ...WRITE,
      summary: 'Create knowledge store',
      body: contract.CreateStore,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.KnowledgeStore },
    }),
    async ({ caller, body }, reply) => {
      const corpus = await corpora.create(caller, parseStore(asObject(body)));
      return reply.code(201).send(formatStore(corpus));
    },
  );

  app.get(
    PATH,
    route({
      ...READ,
      summary: 'List knowledge stores',
      query: PageQuery,
      answer: pageOf(contract.KnowledgeStore),
    }),
    async ({ caller, query }) => {
      const page = parsePage(query);
      const { items, total } = await corpora.list(caller, page);
      return formatPage(items.map(formatStore), total, page);
    },
  );

  app.get<ById>(
    `${PATH}/:id`,
    route({ ...READ, summary: 'Get knowledge store', answer: contract.KnowledgeStore }),
    async ({ caller, params }) => formatStore(await corpora.get(caller, textIdOf(params))),
  );
}
