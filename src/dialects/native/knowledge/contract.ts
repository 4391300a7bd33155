/** Schemas of corpora, documents and memory. */
import { DOCUMENT_STATES, MAX_CHARACTERS, MAX_TITLE_CHARACTERS, MEDIA_TYPES } from '../../../knowledge/knowledge.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';

const closed = { additionalProperties: false };

export const CorpusShape = s.object({
  id: text.uuid(),
  name: s.string(),
  description: s.nullable(s.string()),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const DocumentInput = s.object(
  {
    title: s.string({ description: 'A title that the corpus has already is uploaded again.', examples: ['Prices.md'] }),
    text: s.string({ minLength: 1, maxLength: MAX_CHARACTERS, examples: ['# Prices\n\nA haircut is 30 euros.'] }),
    mediaType: s.optional(
      s.oneOf(['text/plain', 'text/markdown', 'text/html', 'text/csv'], {
        description: 'By default from the extension of the title, else plain text.',
      }),
    ),
  },
  closed,
);
export type DocumentInput = s.Static<typeof DocumentInput>;

/** The query of a document that is sent as a raw body. */
export const UploadQuery = s.object({
  title: s.optional(
    s.string({
      maxLength: MAX_TITLE_CHARACTERS,
      description: 'For a file that is sent as it is, with its own content type, instead of JSON.',
    }),
  ),
});

export const DocumentShape = s.object({
  id: text.uuid(),
  corpusId: text.uuid(),
  title: s.string(),
  mediaType: s.oneOf(MEDIA_TYPES),
  bytes: s.integer({ description: 'The size of what was uploaded.' }),
  state: s.oneOf(DOCUMENT_STATES),
  error: s.nullable(s.string({ description: 'Why it could not be read.' })),
  chunks: s.integer({
    description: 'Chunks that are searched. Until a new upload is ready, and where it fails, those of the one before.',
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

export const HitShape = s.object({
  documentId: text.uuid(),
  title: s.string(),
  chunk: s.integer({ description: 'Which piece of the document, counted from 0.' }),
  text: s.string(),
  score: s.number({ description: 'Only for comparing the hits of one search.' }),
});
export const SearchAnswer = s.object({ data: s.array(HitShape) });

const facts = (description: string) => s.json({ description, examples: [{ favourite: 'window seat' }] });
export const MemoryShape = s.object({
  contactId: text.uuid(),
  global: facts('What all agents know.'),
  agents: s.record(s.json(), { description: 'What single agents know besides, by their ids.' }),
  updatedAt: s.nullable(text.dateTime()),
});
export const MemoryPatch = s.object(
  {
    global: s.optional(facts('Facts by their names; null forgets one.')),
    agents: s.optional(s.record(s.json(), { propertyNames: text.uuid(), maxProperties: 100 })),
  },
  closed,
);
export type MemoryPatch = s.Static<typeof MemoryPatch>;
