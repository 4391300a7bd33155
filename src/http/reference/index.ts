/** Serves the reference at /docs: HTML pages made from the OpenAPI documents, without scripts or external files. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { MountedDialect } from '../mount.ts';
import type { Api, Page } from './pages.ts';

export function reference(app: FastifyInstance, mounted: readonly MountedDialect[]): void {
  // Loaded at the first request, because the start of the server does not need it.
  const pages = () => import('./pages.ts');
  const apis = () => Promise.all(mounted.map(apiOf));

  app.get('/', async (_request, reply) => reply.redirect('/docs'));

  app.get('/docs', async (_request, reply) => {
    const { indexPage } = await pages();
    return send(reply, 200, indexPage(await apis()));
  });

  app.get<{ Params: { name: string } }>('/docs/:name', async (request, reply) => {
    const { apiPage, missingPage } = await pages();
    const all = await apis();
    const api = all.find(({ name }) => name === request.params.name);
    if (!api) return send(reply, 404, missingPage(all));
    return send(reply, 200, apiPage(api, all, addressOf(request)));
  });
}

async function apiOf({ dialect: { name, prefix, base }, describe }: MountedDialect): Promise<Api> {
  return { name, prefix, base: prefix + (base ?? ''), document: await describe() };
}

const send = (reply: FastifyReply, status: number, page: Page): FastifyReply =>
  reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('Content-Security-Policy', page.policy)
    .header('Referrer-Policy', 'no-referrer')
    .send(page.text);

/** The address at which the browser reaches this server, for commands that the reader can paste. */
function addressOf(request: FastifyRequest): string {
  const isPlain = /^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(request.host);
  return isPlain ? `${request.protocol}://${request.host}` : 'http://127.0.0.1:4747';
}
