/** The query of an explanation. */
import type { ExplainOptions } from '../../../calling/explain-service.ts';
import { issuesOf } from '../../../lib/check.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { type Caller, requireScope } from '../../../workspaces/caller.ts';
import { invalidQuery, storedId, timeOf } from '../shared.ts';
import { type ExplainQuery, OverrideLayer } from './contract.ts';

/** An explanation contains values of the campaign and the contact, so it needs their scopes too. */
export function requireScopes(caller: Caller, { campaign, contact }: ExplainQuery): void {
  if (campaign !== undefined) requireScope(caller, 'campaigns:read');
  if (contact !== undefined) requireScope(caller, 'contacts:read');
}

export const parseQuery = ({ at, profile, campaign, contact, override }: ExplainQuery): ExplainOptions => ({
  ...(at !== undefined && { at: timeOf(at) }),
  ...(profile !== undefined && { profileId: profile }),
  ...(campaign !== undefined && { campaignId: storedId(campaign, 'campaign_missing') }),
  ...(contact !== undefined && { contactId: storedId(contact, 'contact_missing') }),
  ...(override !== undefined && { override: parseOverride(override) }),
});

function parseOverride(json: string): JsonObject | undefined {
  let layer: unknown;
  try {
    layer = JSON.parse(json);
  } catch {
    throw invalidQuery('override', 'must be JSON', 'format');
  }
  const [issue] = issuesOf(OverrideLayer, layer);
  if (issue) {
    const path = issue.path === '' ? 'override' : `override.${issue.path}`;
    throw invalidQuery(path, issue.message, issue.rule);
  }
  return (layer as { callSettings?: JsonObject }).callSettings;
}
