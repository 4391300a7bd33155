/** Routes of voice configurations. */

import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import { agentRef, type ById } from '../shared.ts';
import * as contract from './contract.ts';
import {
  formatVoiceConfig,
  formatVoiceConfigs,
  parseDeletion,
  parseNewVoiceConfig,
  parseVoiceConfig,
  voiceConfigOf,
} from './mapping.ts';

interface OfAgent {
  Params: { id: string; config: string };
}

const READ = { tag: 'Voice configurations', scope: 'agents:read' };
const WRITE = { tag: 'Voice configurations', scope: 'agents:write' };

export function voiceConfigRoutes(app: FastifyInstance, { agents, newId }: Services): void {
  app.post<ById>(
    '/agents/:id/voice-configs',
    route({
      ...WRITE,
      summary: 'Create voice config',
      body: contract.CreateVoiceConfig,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.VoiceConfig },
    }),
    async ({ caller, params, body }, reply) => {
      const id = newId();
      const { view } = await agents.update(caller, agentRef(params.id), {
        edits: (view) => parseNewVoiceConfig(asObject(body), view, id),
      });
      return reply.code(201).send(formatVoiceConfig(view, id));
    },
  );

  app.get<ById>(
    '/agents/:id/voice-configs',
    route({ ...READ, summary: 'List voice configs', answer: contract.VoiceConfigList }),
    async ({ caller, params }) => formatVoiceConfigs(await agents.get(caller, agentRef(params.id))),
  );

  app.get<OfAgent>(
    '/agents/:id/voice-configs/:config',
    route({ ...READ, summary: 'Get voice config', answer: contract.VoiceConfig }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params.id));
      return formatVoiceConfig(view, voiceConfigOf(view, params.config).id);
    },
  );

  app.patch<OfAgent>(
    '/agents/:id/voice-configs/:config',
    route({
      ...WRITE,
      summary: 'Update voice config',
      body: contract.UpdateVoiceConfig,
      handlerChecksBody: true,
      answer: contract.VoiceConfig,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        edits: (view) => parseVoiceConfig(asObject(body), view, params.config),
      });
      return formatVoiceConfig(view, voiceConfigOf(view, params.config).id);
    },
  );

  app.delete<OfAgent>(
    '/agents/:id/voice-configs/:config',
    route({ ...WRITE, summary: 'Delete voice config', answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.update(caller, agentRef(params.id), { edits: (view) => parseDeletion(view, params.config) });
      return reply.code(204).send();
    },
  );
}
