/** Kejue's phone numbers. Kejue documents only their routing; the list is an extension. */
import * as s from '../../../lib/schema.ts';

export const RouteBody = s.object({ voice_config_id: s.string() });
export type RouteBody = s.Static<typeof RouteBody>;
export const Routing = s.object({
  phone_id: s.string(),
  voice_config_id: s.string(),
  inbound_routing_status: s.oneOf(['approved']),
  webhook_url: s.string(),
  provisioning: s.oneOf(['self_serve']),
});
export type Routing = s.Static<typeof Routing>;
export const PhoneNumber = s.object({
  id: s.string(),
  number: s.string(),
  provider: s.string(),
  label: s.nullable(s.string()),
  persona_id: s.nullable(s.string()),
  voice_config_id: s.nullable(s.string()),
  is_inbound: s.boolean(),
  is_outbound: s.boolean(),
  created_at: s.string(),
  updated_at: s.string(),
});
export type PhoneNumber = s.Static<typeof PhoneNumber>;
export const PhoneNumberList = s.object({
  phone_numbers: s.array(PhoneNumber),
  total: s.integer(),
  limit: s.integer(),
  offset: s.integer(),
});
