/** Method and path to service call: taking away what an agent works with. */
import type { FastifyInstance } from 'fastify';
import { set, unset } from '../../../agents/change/edit.ts';
import { Fault } from '../../../faults.ts';
import { route } from '../../../http/dialect.ts';
import { isObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { type ById, idOf, refuse } from '../shared.ts';
import * as contract from './contract.ts';
import { formatWritten, wants } from './mapping.ts';

interface Mapped {
  Params: { id: string; mappingId: string };
}

export function detachRoutes(app: FastifyInstance, { agents }: Services): void {
  const facts = { tag: 'Agents', scope: 'agents:write', answer: contract.WrittenAgent };

  app.delete<ById>(
    '/v1/chat/agents/:id/knowledge-store',
    route({ ...facts, summary: 'Detach knowledge store', body: contract.DetachStore, late: true }),
    async ({ caller, params, body }) => {
      const named = isObject(body) ? body['knowledgeStoreId'] : undefined;
      const { view } = await agents.update(caller, idOf(params), {
        wants: wants(),
        edits: ({ agent }) => {
          const attached = agent.document.knowledge.corpusId;
          if (attached === undefined || (named !== undefined && named !== attached)) throw new Fault('invalid_id');
          return [unset('knowledge.corpusId')];
        },
      });
      return formatWritten(view);
    },
  );

  app.delete<ById>(
    '/v1/chat/agents/:id/tools',
    route({
      ...facts,
      summary: 'Detach tools',
      description: 'All of them, unless the body names some.',
      body: contract.DetachTools,
      late: true,
    }),
    async ({ caller, params, body = {} }) => {
      const { view } = await agents.update(caller, idOf(params), {
        wants: wants(),
        edits: ({ agent }) => {
          refuse(contract.DetachTools, body);
          const named = (body as contract.DetachTools).toolIds?.map((id) => id.toLowerCase());
          // Those that another tongue attached by name alone are not seen here.
          const goes = (id: string | undefined) => id !== undefined && (named?.includes(id) ?? true);
          return [
            set(
              'tools',
              agent.document.tools.filter(({ toolId }) => !goes(toolId)),
            ),
          ];
        },
      });
      return formatWritten(view);
    },
  );

  app.delete<Mapped>(
    '/v2/chat/agents/:id/sub-agents/:mappingId',
    route({ ...facts, summary: 'Detach sub-agent', description: 'The agent itself stays.' }),
    async ({ caller, params }) => {
      const { view } = await agents.update(caller, idOf(params), {
        wants: wants(),
        edits: ({ agent }) => {
          const { subAgents } = agent.document;
          const left = subAgents.filter(({ id }) => id !== params.mappingId.toLowerCase());
          if (left.length === subAgents.length) throw new Fault('invalid_id');
          return [set('subAgents', left)];
        },
      });
      return formatWritten(view);
    },
  );
}
