/** Agntix's knowledge stores, as far as its documents describe them. */

import { CorpusInput } from '../../../knowledge/knowledge.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { textOrNull } from '../shared.ts';

export const CreateStore = s.object(CorpusInput.properties);

export const KnowledgeStore = s.object({
  id: text.uuid(),
  name: s.string(),
  description: textOrNull,
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});
