/** Schemas that all nouns share: lists and the fields of every record. */
import * as s from '../../lib/schema.ts';
import * as text from '../../lib/text.ts';

export const listOf = (item: s.Schema) => s.object({ data: s.array(item), nextCursor: s.nullable(s.string()) });
export const ListQuery = s.object({
  limit: s.optional(s.integer({ minimum: 1, maximum: 200, description: 'The most items to answer; 50 by default.' })),
  cursor: s.optional(s.string({ description: 'The `nextCursor` of the page before.' })),
});
export const SearchQuery = s.object({ ...ListQuery.properties, search: s.optional(s.string()) });

/** Fields that the server sets on every record. */
export const stamps = { id: text.uuid(), createdAt: text.dateTime(), updatedAt: text.dateTime() };
