/** Knowledge stores: as much of them as Agntix's documents describe. What is in them is written over the native API. */
import type { FastifyInstance } from 'fastify';
import { invalid } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { type Corpus, CorpusInput } from '../../../knowledge/knowledge.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import * as contract from '../agents/contract.ts';
import { type ById, paginated, placeOf, plainIdOf } from '../shared.ts';

const PATH = '/v1/chat/knowledge-store';

const CreateStore = s.object(CorpusInput.properties);

const KnowledgeStore = s.object({
  id: text.uuid(),
  name: s.string(),
  description: s.nullable(s.string()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

const present = ({ id, name, description, createdAt, updatedAt }: Corpus) => ({
  ...{ id, name, description, createdAt, updatedAt },
});

export function knowledgeRoutes(app: FastifyInstance, { knowledge: { corpora } }: Services): void {
  const tag = 'Knowledge stores';
  const read = 'knowledge:read';

  app.post(
    PATH,
    route({
      summary: 'Create knowledge store',
      tag,
      scope: 'knowledge:write',
      body: CreateStore,
      late: true,
      answer: { status: 201, schema: KnowledgeStore },
    }),
    async ({ caller, body }, reply) => {
      const said = asObject(body);
      const issues = issuesOf(CreateStore, said);
      if (issues.length > 0) throw invalid(issues);
      const { name, description } = said as CorpusInput;
      const corpus = await corpora.create(caller, { name, ...(description != null && { description }) });
      return reply.code(201).send(present(corpus));
    },
  );

  app.get(
    PATH,
    route({
      summary: 'List knowledge stores',
      tag,
      scope: read,
      query: contract.PageQuery,
      answer: contract.pageOf(KnowledgeStore),
    }),
    async ({ caller, query }) => {
      const place = placeOf(query);
      const { items, total } = await corpora.list(caller, place);
      return paginated(items.map(present), total, place);
    },
  );

  app.get<ById>(
    `${PATH}/:id`,
    route({ summary: 'Get knowledge store', tag, scope: read, answer: KnowledgeStore }),
    async ({ caller, params }) => present(await corpora.get(caller, plainIdOf(params).id)),
  );
}
