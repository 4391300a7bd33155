/** Routes that attach tools to agents. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { agentRef, type ById } from '../shared.ts';
import * as contract from './contract.ts';
import { attachmentIn, parseAttachment, parseDetachment, referencesOf } from './mapping.ts';

interface OfAgent {
  Params: { id: string; tool: string };
}

const WRITE = { tag: 'Agent tools', scope: 'agents:write' };

export function agentToolRoutes(app: FastifyInstance, { agents }: Services): void {
  app.post<ById>(
    '/agents/:id/tools',
    route({
      ...WRITE,
      summary: 'Attach tool',
      body: contract.AttachTool,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.AgentTool },
    }),
    async ({ caller, params, body }, reply) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        lookups: (agent) => referencesOf([agent], [body]),
        edits: (view) => parseAttachment(asObject(body), view),
      });
      return reply.code(201).send(attachmentIn(view, asObject(body)));
    },
  );

  app.delete<OfAgent>(
    '/agents/:id/tools/:tool',
    route({ ...WRITE, summary: 'Detach tool', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.update(caller, agentRef(params.id), {
        lookups: (agent) => referencesOf([agent]),
        edits: (view) => parseDetachment(params.tool, view),
      });
      return reply.code(204).send();
    },
  );
}
