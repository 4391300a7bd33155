/** The models of a server, configured to use the model server of the test, with what a test inspects. */
import assert from 'node:assert/strict';
import { type ModelConfig, readConfig } from '../../src/config.ts';
import type { OfferedTool } from '../../src/conversations/conversation.ts';
import { ModelFailure, type ModelPart, type ModelRequest } from '../../src/conversations/ports.ts';
import type { AiSdkOptions } from '../../src/providers/llm/ai-sdk.ts';
import { createModels, type Models } from '../../src/providers/llm/index.ts';

export interface Bench {
  pauses: number[];
  warnings: string[];
  ask(request?: Partial<ModelRequest>): Promise<ModelPart[]>;
  models: Models;
}

export function openBench(
  facts: Partial<ModelConfig> = {},
  given: AiSdkOptions = {},
  environment: Record<string, string> = {},
): Bench {
  const pauses: number[] = [];
  const warnings: string[] = [];
  const config = readConfig(environment, {}).models;
  const models = createModels(
    { ...config, ...facts },
    { pause: async (ms) => void pauses.push(ms), warn: (sentence) => void warnings.push(sentence), ...given },
  );
  return { pauses, warnings, models, ask: (facts) => Array.fromAsync(models.answer(requestOf(facts))) };
}

export const requestOf = (facts: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'openai/recorder',
  system: 'You are Ada.',
  messages: [{ role: 'user', text: 'Hello' }],
  tools: [],
  signal: new AbortController().signal,
  ...facts,
});

export const textOf = (parts: readonly ModelPart[]): string =>
  parts.flatMap((part) => (part.type === 'delta' ? [part.text] : [])).join('');

export const failing = async (asked: Promise<unknown>, kind: ModelFailure['kind']): Promise<ModelFailure> => {
  const failure = await asked.then(
    () => assert.fail('It answered.'),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof ModelFailure, String(failure));
  assert.equal(failure.kind, kind, failure.message);
  return failure;
};

export const WEATHER: OfferedTool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  source: 'http',
  config: {},
};
