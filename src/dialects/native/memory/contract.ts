/** Schemas of the memory of a contact. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed } from '../shared.ts';

const facts = (description: string) => s.json({ description, examples: [{ favourite: 'window seat' }] });

export const Memory = s.object({
  contactId: text.uuid(),
  global: facts('Facts that every agent of the workspace gets.'),
  agents: s.record(s.json(), { description: 'Facts that only one agent gets, by the id of the agent.' }),
  updatedAt: s.nullable(text.dateTime()),
});
export const MemoryPatch = s.object(
  {
    global: s.optional(facts('Facts by their names; null removes one.')),
    agents: s.optional(s.record(s.json(), { propertyNames: text.uuid(), maxProperties: 100 })),
  },
  closed,
);
