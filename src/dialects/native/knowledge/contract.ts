/** Schemas of corpora, their documents, and searches. */
import { DOCUMENT_STATES, MAX_CHARACTERS, MAX_TITLE_CHARACTERS, MEDIA_TYPES } from '../../../knowledge/knowledge.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed } from '../shared.ts';

export { CorpusInput, CorpusPatch } from '../../../knowledge/knowledge.ts';

export const Corpus = s.object({
  id: text.uuid(),
  name: s.string(),
  description: s.nullable(s.string()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const DocumentInput = s.object(
  {
    title: s.string({
      description: 'A title that the corpus already has replaces that document.',
      examples: ['Prices.md'],
    }),
    text: s.string({ minLength: 1, maxLength: MAX_CHARACTERS, examples: ['# Prices\n\nA haircut is 30 euros.'] }),
    mediaType: s.optional(
      s.oneOf(['text/plain', 'text/markdown', 'text/html', 'text/csv'], {
        description: 'By default from the extension of the title, else plain text.',
      }),
    ),
  },
  closed,
);

/** The query of a document that is sent as a raw body. */
export const UploadQuery = s.object({
  title: s.optional(
    s.string({
      maxLength: MAX_TITLE_CHARACTERS,
      description: 'The title of a file that is sent as the body, with its own content type.',
    }),
  ),
});
export type UploadQuery = s.Static<typeof UploadQuery>;

export const Document = s.object({
  id: text.uuid(),
  corpusId: text.uuid(),
  title: s.string(),
  mediaType: s.oneOf(MEDIA_TYPES),
  bytes: s.integer({ description: 'The size of the uploaded file.' }),
  state: s.oneOf(DOCUMENT_STATES),
  error: s.nullable(s.string({ description: 'Why the document could not be read.' })),
  chunks: s.integer({
    description: 'The number of searched chunks. The chunks of the version before stay until the new upload is ready.',
  }),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const SearchInput = s.object(
  {
    query: s.string({ maxLength: 10_000, examples: ['What does a haircut cost?'] }),
    limit: s.optional(s.integer({ minimum: 1, maximum: 50, description: '10 by default.' })),
  },
  closed,
);
export type SearchInput = s.Static<typeof SearchInput>;

export const Hit = s.object({
  documentId: text.uuid(),
  title: s.string(),
  chunk: s.integer({ description: 'The place of the chunk in the document, counted from 0.' }),
  text: s.string(),
  score: s.number({ description: 'Compare scores only within one search.' }),
});
export const SearchResult = s.object({ data: s.array(Hit) });
