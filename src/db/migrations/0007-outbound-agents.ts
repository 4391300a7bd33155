/** A number has an agent of its own for the calls that are made from it, besides the one that answers it. */
import type { Migration } from './index.ts';

export const outboundAgents: Migration = {
  number: 7,
  name: 'outbound agents',
  statements: () => ['alter table phone_numbers add column outbound_agent_id text'],
};
