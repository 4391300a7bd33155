/** Maps InstaView's candidates to the contacts of the workspace. */

import type { Contact, ContactInput } from '../../../contacts/contact.ts';
import { type Issue, invalidAt } from '../../../faults.ts';
import { issuesOf, mapIssues } from '../../../lib/check.ts';
import { isObject, type JsonObject, mergePatch, same } from '../../../lib/values.ts';
import { METADATA_LIMITS } from '../agents/contract.ts';
import { instantIn } from '../interviews/moments.ts';
import { refuse } from '../shared.ts';
import * as contract from './contract.ts';

/** The key of a contact's metadata with the fields that only InstaView has. */
const RESERVED_KEY = 'instaview';

/** The facts that decide whether a candidate may be interviewed. */
export interface CandidateFacts {
  phoneNumber: string | null;
  jobIds: string[];
  gdprExpiryDate: string | null;
}

export function factsOf({ phone, metadata }: ContactInput): CandidateFacts {
  const reserved = isObject(metadata?.[RESERVED_KEY]) ? metadata[RESERVED_KEY] : {};
  const { jobIds, gdprExpiryDate } = reserved;
  return {
    phoneNumber: phone ?? null,
    jobIds: Array.isArray(jobIds) ? jobIds.map(String) : [],
    gdprExpiryDate: typeof gdprExpiryDate === 'string' ? gdprExpiryDate : null,
  };
}

/** The fields that a client can write. */
function formatFields(fields: ContactInput) {
  const { [RESERVED_KEY]: _reserved, ...metadata } = fields.metadata ?? {};
  return {
    firstName: fields.firstName ?? null,
    lastName: fields.lastName ?? null,
    email: fields.email ?? null,
    ...factsOf(fields),
    metadata,
  };
}

export function formatCandidate(
  { id, fields, createdAt, updatedAt }: Contact,
  { calls, analysed }: { calls: number; analysed: number },
): JsonObject {
  const interviews = `/interviews?candidateId=${id}`;
  const formatted: JsonObject = {
    ...formatFields(fields),
    id,
    // Parlance tracks no applications and computes no rating over several interviews.
    status: 'UNDEFINED',
    overallRating: null,
    analysisCount: analysed,
    interviewCount: calls,
    links: { analyses: `${interviews}&status=COMPLETED`, interviews },
    createdAt,
    updatedAt,
  };
  return Object.fromEntries(Object.keys(contract.Candidate.properties).map((field) => [field, formatted[field]]));
}

/** The filter of a list query, or `undefined` for a status that no candidate has. */
export function filterOf({ jobId, status = 'UNDEFINED', search }: contract.CandidateQuery) {
  if (jobId !== undefined)
    throw invalidAt('jobId', 'cannot be filtered by yet: Parlance stores no jobs', 'unsupported');
  if (status !== 'UNDEFINED') return undefined;
  return search === undefined ? {} : { search };
}

export const parseNewCandidate = (body: JsonObject, now: Date): ContactInput => {
  refuse(issuesOf(contract.CreateCandidate, body));
  return parseFields(body, {}, now, true);
};

/** A value equal to the current one is not a change, even if it breaks a rule. */
export function parseCandidate(body: JsonObject, before: ContactInput, now: Date): ContactInput {
  const current: JsonObject = formatFields(before);
  const changed = Object.fromEntries(Object.entries(body).filter(([field, value]) => !same(value, current[field])));
  refuse(issuesOf(contract.UpdateCandidate, changed));
  return parseFields(changed, before, now);
}

function parseFields(body: JsonObject, before: ContactInput, now: Date, isNew = false): ContactInput {
  const issues: Issue[] = [];
  const current = formatFields(before);
  const text = (field: 'firstName' | 'lastName' | 'email' | 'phoneNumber') =>
    body[field] === undefined ? current[field] : (body[field] as string | null);
  const [email, phone] = [text('email'), text('phoneNumber')];
  const changesAddress = isNew || body['email'] !== undefined || body['phoneNumber'] !== undefined;
  if (changesAddress && email === null && phone === null)
    issues.push({ path: 'email', message: 'or phoneNumber is required', rule: 'required' });
  const metadata = parseMetadata(body['metadata'] ?? {}, current.metadata, issues);
  const gdprExpiryDate = parseExpiry(body['gdprExpiryDate'], current.gdprExpiryDate, now, issues);
  refuse(issues);
  const jobIds = jobIdsIn(body) ?? current.jobIds;
  const reserved = { ...(jobIds.length > 0 && { jobIds }), ...(gdprExpiryDate !== null && { gdprExpiryDate }) };
  const stored = { ...metadata, ...(Object.keys(reserved).length > 0 && { [RESERVED_KEY]: reserved }) };
  const values = Object.entries({ firstName: text('firstName'), lastName: text('lastName'), email, phone });
  const present = values.filter(
    ([field, value]) => value !== null || before[field as keyof ContactInput] !== undefined,
  );
  return {
    ...before,
    ...Object.fromEntries(present),
    ...((before.metadata !== undefined || Object.keys(stored).length > 0) && { metadata: stored }),
  };
}

function parseMetadata(patch: unknown, current: JsonObject, issues: Issue[]): JsonObject {
  if (isObject(patch) && Object.hasOwn(patch, RESERVED_KEY))
    issues.push({ path: `metadata.${RESERVED_KEY}`, message: 'is a reserved key; use another one', rule: 'reserved' });
  const merged = mergePatch(current, patch) as JsonObject;
  if (merged !== current) issues.push(...mapIssues(METADATA_LIMITS, merged, 'metadata'));
  return merged;
}

/** InstaView has deprecated `jobId`, so `jobIds` wins over it. */
export function jobIdsIn({ jobIds, jobId }: JsonObject): string[] | undefined {
  const sent = (jobIds as string[] | undefined) ?? (jobId === undefined ? undefined : [String(jobId)]);
  return sent && [...new Set(sent.map((id) => id.toLowerCase()))];
}

/** A date is stored as a date and means midnight in UTC; a date and time is stored in UTC. */
function parseExpiry(sent: unknown, current: string | null, now: Date, issues: Issue[]): string | null {
  if (sent === undefined) return current;
  if (sent === null) return null;
  const wrong = (message: string, rule: string) => issues.push({ path: 'gdprExpiryDate', message, rule });
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(String(sent));
  const date = instantIn(isDay ? `${sent}T00:00:00Z` : String(sent));
  if (date === undefined) wrong('must be a date like 2030-01-01, or a date and time with its offset', 'format');
  else if (date.getTime() <= now.getTime()) wrong('must be in the future', 'minimum');
  return (isDay ? (sent as string) : date?.toISOString()) ?? null;
}
