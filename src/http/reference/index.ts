/** The reference at /docs: plain pages made from the OpenAPI documents, without scripts and without outside files. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Documented } from '../mount.ts';

export function reference(app: FastifyInstance, documents: readonly Documented[]): void {
  // Nobody's start waits for pages that most processes never show.
  const pages = () => import('./pages.ts');

  const answer = async (reply: FastifyReply, status: number, page: { text: string; policy: string }) =>
    reply
      .code(status)
      .type('text/html; charset=utf-8')
      .header('Content-Security-Policy', page.policy)
      .header('Referrer-Policy', 'no-referrer')
      .send(page.text);

  const apis = async () =>
    Promise.all(
      documents.map(async ({ dialect: { name, prefix, base }, describe }) => ({
        name,
        prefix,
        base: prefix + (base ?? ''),
        document: await describe(),
      })),
    );

  // Whoever opens the bare address in a browser wants to know what this is.
  app.get('/', async (_request, reply) => reply.redirect('/docs'));

  app.get('/docs', async (_request, reply) => {
    const { indexPage } = await pages();
    return answer(reply, 200, indexPage(await apis()));
  });

  app.get<{ Params: { name: string } }>('/docs/:name', async (request, reply) => {
    const { apiPage, missingPage } = await pages();
    const all = await apis();
    const api = all.find(({ name }) => name === request.params.name);
    if (!api) return answer(reply, 404, missingPage(all));
    return answer(reply, 200, apiPage(api, all, addressOf(request)));
  });
}

/** Where the reader reached this server, for commands that work when pasted. */
function addressOf(request: FastifyRequest): string {
  const plain = /^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(request.host);
  return plain ? `${request.protocol}://${request.host}` : 'http://127.0.0.1:4747';
}
