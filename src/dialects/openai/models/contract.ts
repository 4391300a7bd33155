/** OpenAI's models: every agent is one. */

import * as s from '../../../lib/schema.ts';

export const Model = s.object({
  id: s.string({ description: 'The id of the agent.' }),
  object: s.string({ const: 'model' }),
  created: s.integer(),
  owned_by: s.string(),
  name: s.string({ description: 'The name of the agent. OpenAI’s models have no such field.' }),
});
export const ModelList = s.object({ object: s.string({ const: 'list' }), data: s.array(Model) });
