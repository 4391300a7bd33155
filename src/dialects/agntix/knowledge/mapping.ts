/** Knowledge stores as Agntix writes and shows them: corpora of the workspace. */

import type { Corpus, CorpusInput } from '../../../knowledge/knowledge.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { checkShape } from '../shared.ts';
import { CreateStore } from './contract.ts';

export function parseStore(body: JsonObject): CorpusInput {
  checkShape(CreateStore, body);
  const { name, description } = body as CorpusInput;
  return { name, ...(description != null && { description }) };
}

export const formatStore = ({ id, name, description, createdAt, updatedAt }: Corpus) => ({
  id,
  name,
  description,
  createdAt,
  updatedAt,
});
