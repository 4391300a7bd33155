/** Routes of models. */

import type { FastifyInstance } from 'fastify';
import type { View } from '../../../agents/view.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import * as contract from './contract.ts';
import { formatModel } from './mapping.ts';

const READ = { tag: 'Models', scope: 'agents:read' };
const NEWEST_FIRST = { by: 'createdAt', direction: 'desc' } as const;
const BATCH_SIZE = 500;

export function modelRoutes(app: FastifyInstance, services: Services): void {
  app.get(
    '/models',
    route({ ...READ, summary: 'List models', description: 'The active agents.', answer: contract.ModelList }),
    async ({ caller }) => ({ object: 'list', data: (await activeAgents(services, caller)).map(formatModel) }),
  );

  app.get<{ Params: { id: string } }>(
    '/models/:id',
    route({ ...READ, summary: 'Get model', answer: contract.Model }),
    async ({ caller, params }) =>
      formatModel(await services.agents.get({ ...caller }, { id: params.id.toLowerCase() })),
  );
}

/** Every active agent, because OpenAI's list has no pages. */
async function activeAgents({ agents }: Services, caller: Caller): Promise<View[]> {
  const found: View[] = [];
  let batch: View[];
  let after: { createdAt: string; id: string } | undefined;
  do {
    const page = { limit: BATCH_SIZE, ...(after && { after }) };
    batch = await agents.list(caller, { status: ['active'] }, NEWEST_FIRST, page);
    found.push(...batch);
    after = batch.at(-1)?.agent;
  } while (batch.length === BATCH_SIZE);
  return found;
}
