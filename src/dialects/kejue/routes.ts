/** Method and path to service call. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { route } from '../../http/dialect.ts';
import { set, unset } from '../../model/edit.ts';
import type { View } from '../../model/view.ts';
import { VOICES } from '../../model/voices.ts';
import type { Services } from '../../services/index.ts';
import * as contract from './contract.ts';
import * as mapping from './mapping.ts';

interface ById {
  Params: { id: string; config: string; tool: string };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const agentRef = (id: string) => {
  if (!UUID.test(id)) throw new Fault('agent_missing', { id });
  return { id: id.toLowerCase() };
};

/** The profile a path names, which must be one of this agent's. */
function configOf({ agent }: View, id: string) {
  const profile = Object.hasOwn(agent.document.profiles, id) ? agent.document.profiles[id] : undefined;
  if (!profile) throw new Fault('profile_missing', { id });
  return profile;
}

export function routes(app: FastifyInstance, { agents, newId }: Services): void {
  const { wants } = mapping;
  const read = 'agents:read';
  const write = 'agents:write';

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
      const view = await agents.create(caller, { wants, edits: (view) => mapping.hearNewAgent(sent, view, newId()) });
      return reply.code(201).send(mapping.present(view));
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
        agents.list(caller, {}, order, { limit, offset }, mapping.wantsOfAll),
        agents.count(caller, {}),
      ]);
      return { agents: views.map(mapping.present), total };
    },
  );

  app.get<ById>(
    '/agents/:id',
    route({ summary: 'Get agent', tag: 'Agents', scope: read, answer: contract.Agent }),
    async ({ caller, params }) => mapping.present(await agents.get(caller, agentRef(params.id), wants)),
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
        wants,
        edits: (view) => mapping.hearAgent(asObject(body), view),
      });
      return mapping.present(view);
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

  app.post<ById>(
    '/agents/:id/voice-configs',
    route({
      summary: 'Create voice config',
      tag: 'Voice configurations',
      scope: write,
      body: contract.CreateVoiceConfig,
      late: true,
      answer: { status: 201, schema: contract.VoiceConfig },
    }),
    async ({ caller, params, body }, reply) => {
      const id = newId();
      const { view } = await agents.update(caller, agentRef(params.id), {
        edits: (view) => mapping.hearNewVoiceConfig(asObject(body), view, id),
      });
      return reply.code(201).send(mapping.presentVoiceConfig(view, id));
    },
  );

  app.get<ById>(
    '/agents/:id/voice-configs',
    route({
      summary: 'List voice configs',
      tag: 'Voice configurations',
      scope: read,
      answer: contract.VoiceConfigList,
    }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params.id));
      return Object.keys(view.agent.document.profiles).map((id) => mapping.presentVoiceConfig(view, id));
    },
  );

  app.get<ById>(
    '/agents/:id/voice-configs/:config',
    route({ summary: 'Get voice config', tag: 'Voice configurations', scope: read, answer: contract.VoiceConfig }),
    async ({ caller, params }) => {
      const view = await agents.get(caller, agentRef(params.id));
      return mapping.presentVoiceConfig(view, configOf(view, params.config).id);
    },
  );

  app.patch<ById>(
    '/agents/:id/voice-configs/:config',
    route({
      summary: 'Update voice config',
      tag: 'Voice configurations',
      scope: write,
      body: contract.UpdateVoiceConfig,
      late: true,
      answer: contract.VoiceConfig,
    }),
    async ({ caller, params, body }) => {
      const { view } = await agents.update(caller, agentRef(params.id), {
        edits: (view) => {
          configOf(view, params.config);
          return mapping.hearVoiceConfig(asObject(body), view, params.config);
        },
      });
      return mapping.presentVoiceConfig(view, params.config);
    },
  );

  app.delete<ById>(
    '/agents/:id/voice-configs/:config',
    route({ summary: 'Delete voice config', tag: 'Voice configurations', scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.update(caller, agentRef(params.id), {
        edits: (view) => {
          // The last one is the default too, so this refuses both of what Kejue would refuse.
          if (configOf(view, params.config).default) throw new Fault('default_profile');
          return [unset(`profiles.${params.config}`)];
        },
      });
      return reply.code(204).send();
    },
  );

  app.post<ById>(
    '/agents/:id/tools',
    route({
      summary: 'Attach tool',
      tag: 'Agent tools',
      scope: write,
      body: contract.AttachTool,
      late: true,
      answer: { status: 201, schema: contract.AgentTool },
    }),
    async ({ caller, params, body }, reply) => {
      const sent = asObject(body);
      const { view } = await agents.update(caller, agentRef(params.id), {
        wants,
        edits: (view) => mapping.hearAttachment(sent, view),
      });
      const key = String(sent['tool_id'] ?? sent['tool_name']);
      const attached = view.agent.document.tools.find((tool) => mapping.isTool(tool, key))!;
      return reply.code(201).send(mapping.presentTool(view, attached));
    },
  );

  app.delete<ById>(
    '/agents/:id/tools/:tool',
    route({ summary: 'Detach tool', tag: 'Agent tools', scope: write, answer: { status: 204 } }),
    async ({ caller, params }, reply) => {
      await agents.update(caller, agentRef(params.id), {
        wants,
        edits: (view) => {
          const { tools } = view.agent.document;
          const rest = tools.filter(
            (tool) =>
              !mapping.isTool(tool, params.tool) && mapping.presentTool(view, tool)['tool_name'] !== params.tool,
          );
          if (rest.length === tools.length) throw new Fault('tool_missing', { id: params.tool });
          return [set('tools', rest)];
        },
      });
      return reply.code(204).send();
    },
  );

  app.get('/voices', route({ summary: 'List voices', tag: 'Voices', answer: contract.Voices }), async () => ({
    voices: VOICES.map(({ id, name, language }) => ({ voice_id: id, name, language })),
  }));
}
