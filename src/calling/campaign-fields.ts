/** The fields of a campaign that a client may set, and their checks. */

import type { Context } from '../context.ts';
import { metadataIssues } from '../conversations/start.ts';
import { type Issue, invalid } from '../faults.ts';
import { addressProblem } from '../webhooks/webhook.ts';
import type { Campaign } from './campaign.ts';
import { callSettingsIssues, localTimeIssues, momentIssues, priorityIssues, variableIssues } from './draft-checks.ts';

export type CampaignFields = Pick<
  Campaign,
  | 'name'
  | 'description'
  | 'profileId'
  | 'numberId'
  | 'callSettings'
  | 'variables'
  | 'metadata'
  | 'extras'
  | 'priority'
  | 'startsAt'
  | 'localStart'
  | 'maxConcurrent'
  | 'preDial'
>;

const MAX_CONCURRENT = 1000;
const BY_AGE = { by: 'createdAt', direction: 'asc' } as const;

/** Throws `invalid_value` with all issues of the fields that are present. */
export async function checkFields(
  { store }: Context,
  { workspaceId, agentId }: Pick<Campaign, 'workspaceId' | 'agentId'>,
  fields: Partial<CampaignFields>,
): Promise<void> {
  const issues = valueIssues(fields);
  const { profileId, numberId } = fields;
  if (profileId) {
    const [agent] = await store.agents.list(workspaceId, { ids: [agentId] }, BY_AGE, { limit: 1 });
    if (agent && !Object.hasOwn(agent.document.profiles, profileId))
      issues.push({ path: 'profileId', message: 'is not a profile of the agent', rule: 'reference' });
  }
  if (numberId && (await store.phoneNumbers.getMany(workspaceId, [numberId])).length === 0)
    issues.push({ path: 'numberId', message: 'refers to a phone number that does not exist', rule: 'reference' });
  if (issues.length > 0) throw invalid(issues);
}

function valueIssues(fields: Partial<CampaignFields>): Issue[] {
  const { name, priority, maxConcurrent, localStart, startsAt, callSettings, preDial } = fields;
  const issues: Issue[] = [...metadataIssues(fields.metadata ?? {}), ...variableIssues(fields.variables)];
  if (name !== undefined && (name.trim() === '' || name.length > 255))
    issues.push({ path: 'name', message: 'must have 1 to 255 characters', rule: 'length' });
  issues.push(...priorityIssues(priority));
  if (maxConcurrent !== undefined && !(maxConcurrent >= 1 && maxConcurrent <= MAX_CONCURRENT))
    issues.push({ path: 'maxConcurrent', message: `must be from 1 to ${MAX_CONCURRENT}`, rule: 'range' });
  // An empty text clears a time, as null does.
  issues.push(
    ...localTimeIssues('localStart', localStart || null),
    ...momentIssues('startsAt', startsAt || null),
    ...callSettingsIssues('callSettings', callSettings),
  );
  const address = preDial ? addressProblem(preDial.url, false) : undefined;
  if (address) issues.push({ path: 'preDial.url', message: address, rule: 'format' });
  return issues;
}

/** The start times among the fields, as they are stored; times that are absent stay absent. */
export const startTimes = ({ startsAt, localStart }: Partial<CampaignFields>) => ({
  ...(startsAt !== undefined && { startsAt: startsAt ? new Date(startsAt).toISOString() : null }),
  ...(localStart !== undefined && { localStart: localStart?.slice(0, 16) ?? null }),
});
