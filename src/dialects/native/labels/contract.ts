/** Schemas of the labels on an agent's revisions. */
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { closed, revisionNumber } from '../shared.ts';

export const LabelInput = s.object(
  {
    revision: revisionNumber('The revision that gets the label.'),
    variables: s.optional(s.json({ description: 'Your own keys and values; omit them to keep the current ones.' })),
  },
  closed,
);
export const Label = s.object({
  name: s.string(),
  revision: s.integer(),
  variables: s.json(),
  at: text.dateTime(),
  by: s.string(),
});
