/** Agents as models. */

import type { View } from '../../../agents/view.ts';
import { toSeconds } from '../shared.ts';

export const formatModel = ({ agent }: View) => ({
  id: agent.id,
  object: 'model',
  created: toSeconds(agent.createdAt),
  owned_by: 'parlance',
  name: agent.document.name,
});
