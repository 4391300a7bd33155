/** Which model answers: the configured one, an alias, or a substitute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../src/config.ts';
import { createModels } from '../../src/providers/llm/index.ts';

const configured = (environment: Record<string, string> = {}) => readConfig(environment, {}).models;
const modelsOf = (environment: Record<string, string> = {}, warnings: string[] = []) =>
  createModels(configured(environment), { warn: (sentence) => void warnings.push(sentence) });

test('the default model is the configured one, else a small model of a provider with a key, else the demo', () => {
  assert.equal(configured().defaultModel, 'parlance/demo');
  assert.equal(configured({ OPENAI_API_KEY: 'k' }).defaultModel, 'openai/gpt-4o-mini');
  assert.equal(configured({ ANTHROPIC_API_KEY: 'k' }).defaultModel, 'anthropic/claude-haiku-4-5');
  assert.equal(configured({ GOOGLE_GENERATIVE_AI_API_KEY: 'k' }).defaultModel, 'google/gemini-2.5-flash');
  const own = { PARLANCE_OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' };
  assert.equal(configured(own).defaultModel, 'parlance/demo');
  const llama = configured({ ...own, PARLANCE_DEFAULT_MODEL: 'openai/meta/llama' });
  assert.equal(llama.defaultModel, 'openai/meta/llama');
});

test('a configured model that cannot be used stops the start', () => {
  const wrong: Record<string, string>[] = [
    { PARLANCE_DEFAULT_MODEL: 'openai/gpt-4o' },
    { PARLANCE_DEFAULT_MODEL: 'gpt-4o', OPENAI_API_KEY: 'k' },
    { PARLANCE_FALLBACK_MODEL: 'anthropic/claude-haiku-4-5', OPENAI_API_KEY: 'k' },
    { PARLANCE_MODEL_ALIASES: 'KJUE-v0=google/gemini-2.5-flash' },
    { PARLANCE_MODEL_ALIASES: 'KJUE-v0' },
    { PARLANCE_MODEL_TIMEOUT_SECONDS: '0' },
    { PARLANCE_OPENAI_BASE_URL: 'localhost:11434' },
  ];
  for (const environment of wrong)
    assert.throws(() => configured(environment), ConfigError, JSON.stringify(environment));
});

test('the default replaces a model that is not configured, with one warning', async () => {
  const warnings: string[] = [];
  const models = modelsOf({}, warnings);
  const { signal } = new AbortController();
  for (const model of ['openai/gpt-4o', 'openai/gpt-4o', 'unknown/model', 'kejue/KJUE-v0', 'parlance/demo']) {
    const parts = await Array.fromAsync(models.answer({ model, system: '', messages: [], tools: [], signal }));
    assert.deepEqual(parts.at(-1)?.type === 'done' && parts.at(-1), {
      type: 'done',
      usage: { input: 0, output: parts.length - 1 },
      model: 'parlance/demo',
    });
  }
  assert.deepEqual(warnings, [
    "The model openai/gpt-4o is not configured; parlance/demo answers instead. Set its provider's key or PARLANCE_MODEL_ALIASES.",
    "The model unknown/model is not configured; parlance/demo answers instead. Set its provider's key or PARLANCE_MODEL_ALIASES.",
  ]);
});

test('an alias maps a name with or without its provider; other kejue names mean the default', () => {
  const models = modelsOf({
    OPENAI_API_KEY: 'k',
    PARLANCE_DEFAULT_MODEL: 'openai/gpt-4o',
    PARLANCE_MODEL_ALIASES: 'KJUE-v1.0=openai/gpt-4.1, kejue/KJUE-v0 = parlance/demo',
  });
  assert.equal(models.answering('kejue/KJUE-v1.0'), 'openai/gpt-4.1');
  assert.equal(models.answering('kejue/KJUE-v0'), 'parlance/demo');
  assert.equal(models.answering('kejue/KJUE-v0-mini'), 'openai/gpt-4o');
});

test('the catalogue says which models are usable', () => {
  const usable = modelsOf({ ANTHROPIC_API_KEY: 'k' })
    .catalogue()
    .filter((model) => model.usable)
    .map(({ id }) => id);
  assert.ok(usable.includes('parlance/demo') && usable.includes('kejue/KJUE-v0'));
  assert.ok(usable.includes('anthropic/claude-haiku-4-5'));
  assert.ok(!usable.some((id) => id.startsWith('openai/') || id.startsWith('google/') || id === 'parlance/demo-stt'));
});

test('a model that only the configuration names is in the catalogue', () => {
  const own = { PARLANCE_OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', PARLANCE_DEFAULT_MODEL: 'openai/meta/llama' };
  const models = modelsOf({ ...own, PARLANCE_MODEL_ALIASES: 'openai/gpt-4o=openai/qwen' });
  assert.deepEqual(
    models.catalogue().flatMap(({ id, name, usable }) => (usable && /llama|qwen/.test(id) ? [[id, name]] : [])),
    [
      ['openai/meta/llama', 'meta/llama'],
      ['openai/qwen', 'qwen'],
    ],
  );
  assert.equal(models.answering('openai/gpt-4o'), 'openai/qwen');
});

test('the demo model does not judge', async () => {
  const { signal } = new AbortController();
  const question = { model: 'parlance/demo', system: '', text: '', schema: {}, signal };
  assert.equal(await modelsOf().judge?.(question), undefined);
});
