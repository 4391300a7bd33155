/** How each dialect updates and reads one agent, for laws that hold in all of them. */
import fc from 'fast-check';
import { MODELS } from '../../src/agents/models.ts';
import { UpdateAgent as AgentHumanBody } from '../../src/dialects/agenthuman/agents/contract.ts';
import { agenthuman } from '../../src/dialects/agenthuman/index.ts';
import { UpdateAgent as AgntixBody } from '../../src/dialects/agntix/agents/contract.ts';
import { agntix } from '../../src/dialects/agntix/index.ts';
import { UpdateAgent as AyraBody } from '../../src/dialects/ayra/agents/contract.ts';
import { ayra } from '../../src/dialects/ayra/index.ts';
import { UpdateAgent as InstaViewBody } from '../../src/dialects/instaview/agents/contract.ts';
import { instaview } from '../../src/dialects/instaview/index.ts';
import { UpdateAgent as KejueBody } from '../../src/dialects/kejue/agents/contract.ts';
import { kejue } from '../../src/dialects/kejue/index.ts';
import type { Dialect } from '../../src/http/dialect.ts';
import type { Schema } from '../../src/lib/schema.ts';
import { type JsonObject, mergePatch } from '../../src/lib/values.ts';
import type { KeyDialect } from '../../src/workspaces/workspace.ts';
import type { Answer, Tenant } from '../harness.ts';
import { flatFreeFormMaps, objectOf, type SampleRecords, valuesOf } from './arbitrary.ts';

export interface Subject {
  id: string;
  number: number;
}

export interface SampleIds extends SampleRecords {
  avatarNumbers: number[];
}

export interface DialectUnderTest {
  dialect: Dialect;
  name: KeyDialect;
  /** Random bodies with valid fields. */
  bodies(room: SampleIds): fc.Arbitrary<JsonObject>;
  update(tenant: Tenant, agent: Subject, body: JsonObject): Promise<Answer>;
  read(tenant: Tenant, agent: Subject): Promise<JsonObject>;
  /** The value that a field must have after it was sent; by default the value that was sent. */
  expected?(field: string, sent: unknown, before: unknown): unknown;
  /** Paths of the document that a field depends on, besides the path of its row. */
  follows: Record<string, string[]>;
}

const bodyOf = (schema: Schema, overrides: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> => {
  const properties = Object.entries(schema.properties ?? {}).filter(([field]) => !(field in overrides));
  const arbitraries = Object.fromEntries([
    ...properties.map(([field, inner]) => [field, valuesOf(inner)] as const),
    ...Object.entries(overrides),
  ]);
  return fc
    .subarray(Object.keys(arbitraries), { minLength: 1, maxLength: 6 })
    .chain((fields) =>
      fc.record(Object.fromEntries(fields.map((field) => [field, arbitraries[field]!]))),
    ) as fc.Arbitrary<JsonObject>;
};

const languages = fc.constantFrom('en', 'es', 'fr', 'de', 'ja');
const merged = (field: string, sent: unknown, before: unknown): unknown =>
  field === 'metadata' ? mergePatch(before, sent) : sent;
const modelIds = (kind: string) =>
  fc.constantFrom(...MODELS.filter((model) => model.kind === kind).map((model) => model.uuid));

/** Minutes without their hour have no effect. */
const withoutLoneMinutes = (settings: JsonObject): JsonObject => {
  const lone = ['start', 'end']
    .filter((side) => !(`call_${side}_hour` in settings))
    .map((side) => `call_${side}_minute`);
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !lone.includes(key)));
};

export const DIALECTS: DialectUnderTest[] = [
  {
    dialect: kejue,
    name: 'kejue',
    bodies: () =>
      bodyOf(KejueBody, {
        call_settings: objectOf(KejueBody.properties.call_settings, [
          'call_start_minute',
          'call_end_minute',
          'structured_data_schema',
          'tags',
        ]).chain((settings) =>
          fc
            .record({
              tags: fc.array(
                fc.record({ name: fc.constantFrom('Interested', 'Later'), description: fc.string({ maxLength: 9 }) }),
                { maxLength: 2 },
              ),
            })
            .map((rest) => ({ ...settings, ...rest })),
        ),
      }),
    update: (tenant, { id }, body) => tenant.ask('kejue', 'PATCH', `/agents/${id}`, { body }),
    read: async (tenant, { id }) => (await tenant.ask('kejue', 'GET', `/agents/${id}`)).body,
    expected: (field, sent, before) => {
      if (field === 'call_settings') return withoutLoneMinutes(mergePatch(before, sent) as JsonObject);
      // An empty URL removes the picture.
      return field === 'avatar' && sent === '' ? null : sent;
    },
    follows: {
      call_settings: ['callSettings'],
      voice_configs: ['profiles', 'name', 'avatar'],
      tools: ['tools'],
    },
  },
  {
    dialect: agenthuman,
    name: 'agenthuman',
    bodies: ({ avatarNumbers }) =>
      bodyOf(AgentHumanBody, {
        avatar_id: fc.constantFrom(...avatarNumbers),
        language: languages,
        properties: flatFreeFormMaps,
        memories: flatFreeFormMaps,
        knowledge_base: flatFreeFormMaps,
      }),
    update: (tenant, { number }, body) => tenant.ask('agenthuman', 'PUT', `/agents/${number}`, { body }),
    read: async (tenant, { number }) =>
      (await tenant.ask('agenthuman', 'GET', `/agents/${number}`)).body['agent'] as JsonObject,
    follows: { voice_id: ['avatar'] },
  },
  {
    dialect: instaview({ instaviewEnvelope: 'bare' }),
    name: 'instaview',
    bodies: ({ phoneNumberIds }) =>
      bodyOf(InstaViewBody, {
        metadata: flatFreeFormMaps,
        companyPhoneNumberId: fc.constantFrom(...phoneNumberIds),
        name: fc.string({ minLength: 2, maxLength: 30 }).filter((name) => name.trim() !== ''),
      }),
    update: (tenant, { id }, body) => tenant.ask('instaview', 'PATCH', `/agents/${id}`, { body }),
    read: async (tenant, { id }) => (await tenant.ask('instaview', 'GET', `/agents/${id}`)).body,
    expected: merged,
    follows: { voiceId: ['avatar'] },
  },
  {
    dialect: ayra,
    name: 'ayra',
    bodies: () =>
      bodyOf(AyraBody, {
        metadata: flatFreeFormMaps,
        language: languages,
        transfer_number: fc.constantFrom('+15551234567', '+442071838750'),
        business_hours: fc.record({
          timezone: fc.constantFrom('America/New_York', 'Asia/Tokyo'),
          schedule: fc.array(
            fc.record({
              day: fc.constantFrom('monday', 'friday'),
              open: fc.constantFrom('09:00', '22:30'),
              close: fc.constantFrom('17:00', '06:15'),
            }),
            { maxLength: 3 },
          ),
        }),
      }).map(({ voice_platform: _platform, phone_number: _number, ...body }) =>
        Object.keys(body).length > 0 ? body : { status: 'paused' },
      ),
    update: (tenant, { id }, body) => tenant.ask('ayra', 'PUT', `/agents/agent_${id.replaceAll('-', '')}`, { body }),
    read: async (tenant, { id }) =>
      (await tenant.ask('ayra', 'GET', `/agents/agent_${id.replaceAll('-', '')}`)).body['data'] as JsonObject,
    expected: (field, sent, before) =>
      field === 'metadata' ? { ...(before as JsonObject), ...(sent as JsonObject) } : sent,
    follows: { voice_id: ['avatar'] },
  },
  {
    dialect: agntix,
    name: 'agntix',
    bodies: ({ toolIds, agentIds }) =>
      bodyOf(AgntixBody, {
        modelId: modelIds('chat'),
        sttModelId: modelIds('stt'),
        ttsModelId: modelIds('tts'),
        tools: fc.subarray(toolIds).map((ids) => ids.map((toolId) => ({ toolId }))),
        intelligence: objectOf(AgntixBody.properties.intelligence as Schema, [
          'resolutionAnalysis',
          'resolutionDefinitions',
          'dataExtractionSchema',
        ]),
        subAgents: fc.subarray(agentIds).map((ids) => ids.map((agentId) => ({ agentId }))),
      }),
    update: (tenant, { id }, body) => tenant.ask('agntix', 'PATCH', `/v2/chat/agents/${id}`, { body }),
    // As in the vendor's example: tools are read from the details and sent as a list of ids.
    read: async (tenant, { id }) => {
      const { body } = await tenant.ask('agntix', 'GET', `/v2/chat/agents/${id}`);
      return {
        ...body,
        tools: (body['agentTools'] as { tool: { id: string } }[]).map(({ tool }) => ({ toolId: tool.id })),
      };
    },
    expected: (field, sent, before) => {
      if (field === 'subAgents') return (sent as { agentId: string }[]).map(({ agentId }) => agentId);
      if (field === 'intelligence') return mergePatch(before, sent);
      return sent;
    },
    follows: {
      ttsVoiceId: ['avatar'],
      agentTools: ['tools'],
      intelligence: ['callSettings'],
      tools: ['tools'],
      model: ['profiles'],
      agentKnowledgeStore: ['knowledge'],
    },
  },
];
