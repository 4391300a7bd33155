/** What there is to choose from: models, voices and who provides them. */
import type { FastifyInstance } from 'fastify';
import { MODELS, modelByUuid } from '../../../agents/models.ts';
import { VOICES } from '../../../agents/voices.ts';
import { route } from '../../../http/dialect.ts';
import { languageOf } from '../../../lib/locale.ts';
import type { Services } from '../../../services.ts';
import * as contract from '../agents/contract.ts';

const named = (slug: string): string => slug.charAt(0).toUpperCase() + slug.slice(1);

export function catalogueRoutes(app: FastifyInstance, services: Services): void {
  const speech = MODELS.filter(({ kind }) => kind !== 'chat');

  app.get(
    '/v1/chat/models',
    route({ summary: 'List chat models', tag: 'Models', answer: contract.listOf(contract.ChatModel) }),
    async () => ({
      data: services
        .models()
        // Those that only this server's configuration names cannot be chosen by a UUID.
        .filter(({ kind, uuid }) => kind === 'chat' && modelByUuid(uuid))
        .map(({ uuid, name, provider, contextWindow, usable }) => ({
          id: uuid,
          name,
          provider,
          contextWindow: contextWindow ?? null,
          isActive: usable,
        })),
    }),
  );

  app.get(
    '/v1/voice/models',
    route({
      summary: 'List voice models',
      tag: 'Voice',
      query: contract.VoiceModelQuery,
      answer: contract.listOf(contract.VoiceModel),
    }),
    async ({ query }) => {
      const { type } = query as { type?: string };
      const all = speech.map(({ uuid, name, provider, kind }) => ({
        id: uuid,
        name,
        provider,
        type: kind.toUpperCase(),
        isActive: true,
      }));
      return { data: all.filter((model) => type === undefined || model.type === type) };
    },
  );

  app.get(
    '/v1/voice/voices',
    route({
      summary: 'List voices',
      tag: 'Voice',
      query: contract.VoiceQuery,
      answer: contract.listOf(contract.Voice),
    }),
    async ({ query }) => {
      const { provider, language } = query as { provider?: string; language?: string };
      const fitting = VOICES.filter(
        (voice) =>
          (provider === undefined || voice.provider === provider) &&
          (language === undefined || languageOf(voice.language) === languageOf(language)),
      );
      return {
        data: fitting.map(({ id, name, provider, language, gender }) => ({
          id,
          name,
          provider,
          language,
          gender,
          previewUrl: null,
        })),
      };
    },
  );

  app.get(
    '/v1/voice/providers',
    route({ summary: 'List voice providers', tag: 'Voice', answer: contract.listOf(contract.VoiceProvider) }),
    async () => {
      const slugs = new Set([...VOICES, ...speech].map(({ provider }) => provider));
      return { data: [...slugs].map((slug) => ({ id: slug, name: named(slug), slug, isActive: true })) };
    },
  );
}
