/** Random values that a schema accepts, and random agents that satisfy the rules. */
import fc from 'fast-check';
import { AgentDocument, INTERVIEW_TYPES } from '../../src/agents/agent.ts';
import { MODELS } from '../../src/agents/models.ts';
import { Profile } from '../../src/agents/profile.ts';
import { VOICES } from '../../src/agents/voices.ts';
import { type Schema, withoutNull } from '../../src/lib/schema.ts';
import type { JsonObject } from '../../src/lib/values.ts';

const LIMIT = 30;

export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.type)) return fc.option(valuesOf(withoutNull(schema)), { nil: null });
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const number = (key: string, otherwise: number) => Number(schema[key] ?? otherwise);
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer') return fc.integer({ min: number('minimum', -1000), max: number('maximum', 1000) });
  if (schema.type === 'number')
    return fc.integer({ min: number('minimum', 1) * 10, max: number('maximum', 50) * 10 }).map((tenths) => tenths / 10);
  if (schema.type === 'string') return textOf(schema);
  if (schema.type === 'array') {
    const lengths = { minLength: number('minItems', 0), maxLength: Math.min(number('maxItems', 5), 5) };
    const items = valuesOf(schema.items ?? {});
    return schema['uniqueItems'] ? fc.uniqueArray(items, lengths) : fc.array(items, lengths);
  }
  if (schema.properties) return objectOf(schema);
  return freeFormMaps;
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  if (schema['format'] === 'uuid') return fc.uuid();
  if (schema['format'] === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (schema['format'] === 'email') return fc.emailAddress();
  const pattern = schema['pattern'] as string | undefined;
  const minLength = Number(schema['minLength'] ?? 0);
  const maxLength = Math.min(Number(schema['maxLength'] ?? LIMIT), LIMIT);
  if (pattern && pattern !== '\\S') return fc.stringMatching(new RegExp(pattern));
  const text = fc.string({ minLength, maxLength, unit: 'grapheme' }).filter((value) => [...value].length <= maxLength);
  return pattern ? text.filter((value) => /\S/.test(value)) : text;
}

/** Objects whose optional properties come and go. */
export function objectOf(schema: Schema, except: readonly string[] = []): fc.Arbitrary<JsonObject> {
  const properties = Object.entries(schema.properties ?? {}).filter(([key]) => !except.includes(key));
  return fc.record(Object.fromEntries(properties.map(([key, inner]) => [key, valuesOf(inner)])), {
    requiredKeys: (schema.required ?? []).filter((key) => !except.includes(key)),
  }) as fc.Arbitrary<JsonObject>;
}

const keys = fc.stringMatching(/^[a-z_]{1,8}$/).filter((key) => key !== '__proto__' && key !== 'constructor');
const scalars = fc.oneof(fc.string({ maxLength: 12, unit: 'grapheme' }), fc.integer(), fc.boolean());
/** A few free keys, some of them nested. */
export const freeFormMaps: fc.Arbitrary<JsonObject> = fc.dictionary(
  keys,
  fc.oneof({ weight: 3, arbitrary: scalars }, fc.dictionary(keys, scalars, { maxKeys: 2 })),
  { maxKeys: 4 },
);
export const flatFreeFormMaps: fc.Arbitrary<JsonObject> = fc.dictionary(keys, scalars, { maxKeys: 4 });

export interface SampleRecords {
  toolIds: string[];
  phoneNumberIds: string[];
  agentIds: string[];
  avatarIds: string[];
}

const uuids = fc.uuid({ version: 7 });

function profiles(): fc.Arbitrary<JsonObject> {
  const fields = fc.record({
    profile: objectOf(Profile, ['id', 'default', 'createdAt', 'updatedAt', 'voice', 'model']),
    voice: fc.record(
      {
        id: fc.constantFrom(...VOICES.map((voice) => voice.id), 'eleven:xyz'),
        backgroundSound: fc.constantFrom('office', 'off'),
      },
      { requiredKeys: [] },
    ),
    model: fc.record(
      {
        id: fc.constantFrom(...MODELS.map((model) => model.id), 'local/llama'),
        temperature: fc.constantFrom(0, 0.5, 2),
      },
      { requiredKeys: [] },
    ),
  });
  return fc
    .array(fc.tuple(uuids, fields), { maxLength: 3 })
    .chain((list) =>
      fc
        .nat(Math.max(0, list.length - 1))
        .map((chosen) =>
          Object.fromEntries(
            list.map(([id, { profile, voice, model }], i) => [id, { ...profile, voice, model, default: i === chosen }]),
          ),
        ),
    );
}

const RESOLUTIONS = [
  { status: 'solved', classification: 'success' },
  { status: 'unsolved', classification: 'failed', description: 'Nothing helped.' },
];

/** A native body for any valid agent, which refers only to existing records. */
export function agents(sampleRecords: SampleRecords): fc.Arbitrary<JsonObject> {
  const { toolIds, phoneNumberIds, agentIds, avatarIds } = sampleRecords;
  const rest = objectOf(AgentDocument, [
    'profiles',
    'tools',
    'subAgents',
    'telephony',
    'interview',
    'avatar',
    'extras',
    'knowledge',
    'memory',
    'metadata',
    'properties',
    'pipelineMode',
    'callSettings',
  ]);
  const tool = fc.record({
    channels: fc.constantFrom(['voice'], ['voice', 'text'], ['post-call'], ['text']),
    config: flatFreeFormMaps,
  });
  const extra = fc.record({
    profiles: profiles(),
    pipelineMode: fc.constantFrom('pipeline', 'sts', 'hybrid'),
    metadata: freeFormMaps,
    properties: freeFormMaps,
    // The analysis of resolutions needs both kinds of resolutions.
    callSettings: objectOf(AgentDocument.properties.callSettings).map((settings) => ({
      ...settings,
      ...(settings['resolutionAnalysis'] === true && { resolutions: RESOLUTIONS }),
    })),
    memory: fc.record({ enabled: fc.boolean(), facts: freeFormMaps }),
    knowledge: fc.record({ inline: freeFormMaps }),
    tools: fc
      .tuple(fc.subarray(toolIds), fc.subarray(['hang_up', 'warm_transfer']), tool)
      .map(([ids, names, shape]) => [
        ...ids.map((toolId) => ({ ...shape, toolId })),
        ...names.map((name) => ({ ...shape, name })),
      ]),
    subAgents: fc.subarray(agentIds).map((ids) => ids.map((agentId) => ({ agentId }))),
    telephony: fc.record(
      {
        transferNumber: fc.constantFrom('+15551234567', '+442071838750'),
        callerNumberId: fc.constantFrom(...phoneNumberIds),
      },
      { requiredKeys: ['callerNumberId'] },
    ),
    interview: objectOf(AgentDocument.properties.interview, ['type']).chain((interview) =>
      fc
        .option(fc.constantFrom(...INTERVIEW_TYPES), { nil: undefined })
        .map((type) => ({ ...interview, ...(type && { type }) })),
    ),
    extras: fc.constantFrom({}, { ayra: { voicePlatform: 'vapi' } }),
  });
  const avatars = fc.option(
    fc.oneof(fc.constant({ url: 'https://example.com/a.png' }), fc.constantFrom(...avatarIds.map((id) => ({ id })))),
    { nil: undefined },
  );
  return fc.tuple(rest, extra, avatars).map(([a, b, avatar]) => ({ ...a, ...b, ...(avatar && { avatar }) }));
}
