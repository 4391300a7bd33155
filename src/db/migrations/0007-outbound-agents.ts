/** A phone number can have one agent for outbound calls and another for inbound calls. */
import type { Migration } from './index.ts';

export const outboundAgents: Migration = {
  number: 7,
  name: 'outbound agents',
  statements: () => ['alter table phone_numbers add column outbound_agent_id text'],
};
