/** Method and path to service call. */

import type { FastifyInstance } from 'fastify';
import { VOICES } from '../../../agents/voices.ts';
import { Fault } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { isUuid } from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { attachmentIn, parseAttachment, parseDetachment, wants } from '../agent-tools/mapping.ts';
import { callRoutes } from '../calls/routes.ts';
import { campaignRoutes } from '../campaigns/routes.ts';
import { contactRoutes } from '../contacts/routes.ts';
import { numberRoutes } from '../phone-numbers/routes.ts';
import { formatCustomTool, parseCustomTool } from '../tools/mapping.ts';
import {
  configOf,
  formatVoiceConfig,
  parseNewVoiceConfig,
  parseNoVoiceConfig,
  parseVoiceConfig,
} from '../voice-configs/mapping.ts';
import { webhookRoutes } from '../webhooks/routes.ts';
import * as contract from './contract.ts';
import { formatAgent, parseAgent, parseNewAgent } from './mapping.ts';

interface ById {
  Params: { id: string; config: string; tool: string };
}

const agentRef = (id: string) => {
  if (!isUuid(id)) throw new Fault('agent_missing', { id });
  return { id: id.toLowerCase() };
};

const toolId = (id: string) => {
  if (!isUuid(id)) throw new Fault('tool_missing', { id });
  return id.toLowerCase();
};

const read = 'agents:read';
const write = 'agents:write';

export function routes(app: FastifyInstance, services: Services): void {
  const { agents, newId } = services;

  app.post(
    '/agents',
    route({
      summary: 'Create agent',
      tag: 'Agents',
      scope: write,
      body: contract.CreateAgent,
      late: true,
      answer: { status: 201, schema: contract.Agent },
    }),
    async ({ caller, body }, reply) => {
      const sent = asObject(body);
      const view = await agents.create(caller, {
        wants: (agent) => wants([agent], sent['tools']),
        edits: (view) => parseNewAgent(sent, view, newId()),
      });
      return reply.code(201).send(formatAgent(view));
    },
  );

  app.get(
    '/agents',
    route({
      summary: 'List agents',
      tag: 'Agents',
      scope: read,
      query: contract.ListQuery,
      answer: contract.AgentList,
    }),
    async ({ caller, query }) => {
      const { limit = 100, offset = 0 } = query as { limit?: number; offset?: number };
      const order = { by: 'createdAt', direction: 'desc' } as const;
      const [views, total] = await Promise.all([
        agents.list(caller, {}, order, { limit, offset }, wants),
        agents.count(caller, {}),
      ]);
      return { agents: views.map(formatAgent), total };
    },
  );

  app.get<ById>(
    '/agents/:id',
    route({ summary: 'Get agent', tag: 'Agents', scope: read, answer: contract.Agent }),
    async ({ caller, params }) => formatAgent(await agents.get(caller, agentRef(params.id), (agent) => wants([agent]))),
  );

  app.patch<ById>(
    '/agents/:id',
    route({
      summary: 'Update agent',
      tag: 'Agents',
      scope: write,
      body: contract.UpdateAgent,
      late: true,
      answer: contract.Agent,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        wants: (agent) => wants([agent]),
        edits: (view) => parseAgent(asObject(body), view),
      });
      return formatAgent(view);
    },
  );

  app.delete<ById>(
    '/agents/:id',
    route({ summary: 'Delete agent', tag: 'Agents', scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.remove(caller, agentRef(params.id));
      return reply.code(204).send();
    },
  );

  app.get('/voices', route({ summary: 'List voices', tag: 'Voices', answer: contract.Voices }), async () => ({
    voices: VOICES.map(({ id, name, language }) => ({ voice_id: id, name, language })),
  }));

  voiceConfigRoutes(app, services);
  agentToolRoutes(app, services);
  customToolRoutes(app, services);
  webhookRoutes(app, services);
  contactRoutes(app, services);
  callRoutes(app, services);
  campaignRoutes(app, services);
  numberRoutes(app, services);
}

function voiceConfigRoutes(app: FastifyInstance, { agents, newId }: Services): void {
  const tag = 'Voice configurations';

  app.post<ById>(
    '/agents/:id/voice-configs',
    route({
      summary: 'Create voice config',
      tag,
      scope: write,
      body: contract.CreateVoiceConfig,
      late: true,
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
    route({ summary: 'List voice configs', tag, scope: read, answer: contract.VoiceConfigList }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params.id));
      return Object.keys(view.agent.document.profiles).map((id) => formatVoiceConfig(view, id));
    },
  );

  app.get<ById>(
    '/agents/:id/voice-configs/:config',
    route({ summary: 'Get voice config', tag, scope: read, answer: contract.VoiceConfig }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params.id));
      return formatVoiceConfig(view, configOf(view, params.config).id);
    },
  );

  app.patch<ById>(
    '/agents/:id/voice-configs/:config',
    route({
      summary: 'Update voice config',
      tag,
      scope: write,
      body: contract.UpdateVoiceConfig,
      late: true,
      answer: contract.VoiceConfig,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        edits: (view) => parseVoiceConfig(asObject(body), view, params.config),
      });
      return formatVoiceConfig(view, configOf(view, params.config).id);
    },
  );

  app.delete<ById>(
    '/agents/:id/voice-configs/:config',
    route({ summary: 'Delete voice config', tag, scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.update(caller, agentRef(params.id), { edits: (view) => parseNoVoiceConfig(view, params.config) });
      return reply.code(204).send();
    },
  );
}

function agentToolRoutes(app: FastifyInstance, { agents }: Services): void {
  const tag = 'Agent tools';

  app.post<ById>(
    '/agents/:id/tools',
    route({
      summary: 'Attach tool',
      tag,
      scope: write,
      body: contract.AttachTool,
      late: true,
      answer: { status: 201, schema: contract.AgentTool },
    }),
    async ({ caller, params, body }, reply) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        wants: (agent) => wants([agent], [body]),
        edits: (view) => parseAttachment(asObject(body), view),
      });
      return reply.code(201).send(attachmentIn(view, asObject(body)));
    },
  );

  app.delete<ById>(
    '/agents/:id/tools/:tool',
    route({ summary: 'Detach tool', tag, scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.update(caller, agentRef(params.id), {
        wants: (agent) => wants([agent]),
        edits: (view) => parseDetachment(params.tool, view),
      });
      return reply.code(204).send();
    },
  );
}

function customToolRoutes(app: FastifyInstance, { tools }: Services): void {
  const tag = 'Tools';
  const read = 'tools:read';
  const write = 'tools:write';

  app.post(
    '/tools',
    route({
      summary: 'Create tool',
      tag,
      scope: write,
      body: contract.CreateTool,
      late: true,
      answer: { status: 201, schema: contract.Tool },
    }),
    async ({ caller, body }, reply) =>
      reply.code(201).send(formatCustomTool(await tools.create(caller, parseCustomTool(asObject(body))))),
  );

  app.get(
    '/tools',
    route({ summary: 'List tools', tag, scope: read, query: contract.ToolListQuery, answer: contract.ToolList }),
    async ({ caller, query }) => {
      const { limit = 100, offset = 0 } = query as { limit?: number; offset?: number };
      const { items, total } = await tools.list(caller, {}, { limit, offset });
      return { tools: items.map(formatCustomTool), total };
    },
  );

  app.get<ById>(
    '/tools/:id',
    route({ summary: 'Get tool', tag, scope: read, answer: contract.Tool }),
    async ({ caller, params }) => formatCustomTool(await tools.get(caller, toolId(params.id))),
  );

  app.patch<ById>(
    '/tools/:id',
    route({
      summary: 'Update tool',
      tag,
      scope: write,
      body: contract.UpdateTool,
      late: true,
      answer: contract.Tool,
    }),
    async ({ caller, params, body }) =>
      formatCustomTool(
        await tools.update(caller, toolId(params.id), (before) => parseCustomTool(asObject(body), before)),
      ),
  );

  app.delete<ById>(
    '/tools/:id',
    route({ summary: 'Delete tool', tag, scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await tools.remove(caller, toolId(params.id));
      return reply.code(204).send();
    },
  );
}
