/** Routes that detach tools, sub-agents and knowledge stores from an agent. */

import type { FastifyInstance } from 'fastify';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { type ById, uuidOf } from '../shared.ts';
import * as contract from './contract.ts';
import { detachStore, detachSubAgent, detachTools } from './detach.ts';
import { formatWritten, referencesOf } from './mapping.ts';

const WRITE = { tag: 'Agents', scope: 'agents:write', answer: contract.WrittenAgent };

interface ByMapping {
  Params: { id: string; mappingId: string };
}

export function detachRoutes(app: FastifyInstance, { agents }: Services): void {
  app.delete<ById>(
    '/v1/chat/agents/:id/knowledge-store',
    route({ ...WRITE, summary: 'Detach knowledge store', body: contract.DetachStore, handlerChecksBody: true }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, uuidOf(params), {
        lookups: referencesOf(),
        edits: ({ agent }) => detachStore(agent, body),
      });
      return formatWritten(view);
    },
  );

  app.delete<ById>(
    '/v1/chat/agents/:id/tools',
    route({
      ...WRITE,
      summary: 'Detach tools',
      description: 'Detaches the tools that the body names, or every tool if it names none.',
      body: contract.DetachTools,
      handlerChecksBody: true,
    }),
    async ({ caller, params, body = {} }) => {
      const { view } = await agents.update(caller, uuidOf(params), {
        lookups: referencesOf(),
        edits: ({ agent }) => detachTools(agent, body),
      });
      return formatWritten(view);
    },
  );

  app.delete<ByMapping>(
    '/v2/chat/agents/:id/sub-agents/:mappingId',
    route({ ...WRITE, summary: 'Detach sub-agent', description: 'Ends the hand-off. The agent itself stays.' }),
    async ({ caller, params }) => {
      const { view } = await agents.update(caller, uuidOf(params), {
        lookups: referencesOf(),
        edits: ({ agent }) => detachSubAgent(agent, params.mappingId.toLowerCase()),
      });
      return formatWritten(view);
    },
  );
}
