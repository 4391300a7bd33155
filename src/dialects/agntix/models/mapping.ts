/** Models as Agntix shows them. */

import { MODELS, modelByUuid } from '../../../agents/models.ts';
import type { Services } from '../../../services.ts';

type ChatModel = ReturnType<Services['models']>[number];

export const SPEECH_MODELS = MODELS.filter(({ kind }) => kind !== 'chat');

/** Models that only the server's configuration names have no UUID in the catalogue, so agents cannot choose them. */
export const isSelectable = ({ kind, uuid }: ChatModel): boolean => kind === 'chat' && modelByUuid(uuid) !== undefined;

export const formatChatModel = ({ uuid, name, provider, contextWindow, usable }: ChatModel) => ({
  id: uuid,
  name,
  provider,
  contextWindow: contextWindow ?? null,
  isActive: usable,
});

export const formatVoiceModels = ({ type }: { type?: string }) =>
  SPEECH_MODELS.map(({ uuid, name, provider, kind }) => ({
    id: uuid,
    name,
    provider,
    type: kind.toUpperCase(),
    isActive: true,
  })).filter((model) => type === undefined || model.type === type);
