/** Candidates are the contacts of the house: what InstaView says of them, and where the house keeps it. */

import type { Contact, ContactInput } from '../../../contacts/contact.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { issuesOf, mapIssues } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { isObject, type JsonObject, mergePatch, same } from '../../../lib/values.ts';
import { METADATA_LIMITS, PageQuery } from '../agents/contract.ts';
import { instantIn } from '../interviews/moments.ts';

export const CANDIDATE_STATUSES = ['UNDEFINED', 'APPLIED', 'IN_PROCESS', 'REJECTED', 'ACCEPTED'] as const;

const fields = {
  firstName: s.string({ minLength: 1, maxLength: 100 }),
  lastName: s.string({ minLength: 1, maxLength: 100 }),
  email: s.nullable(s.string({ format: 'email', maxLength: 254 })),
  phoneNumber: s.nullable(text.phoneNumber()),
  gdprExpiryDate: s.nullable(
    s.string({ description: 'In the future. From then on nobody is interviewed.', examples: ['2030-01-01T00:00:00Z'] }),
  ),
  jobIds: s.array(text.uuid(), { minItems: 1, maxItems: 50 }),
  jobId: s.optional({ ...text.uuid(), deprecated: true, description: 'One job; jobIds wins.' }),
  metadata: s.json({
    description: 'Merged at every level; a null inside removes that key. At most 10 KB, 5 levels, 50 keys.',
  }),
};

export const UpdateCandidate = s.partial(s.object(fields));
export const CreateCandidate = s.object({
  ...UpdateCandidate.properties,
  firstName: fields.firstName,
  lastName: fields.lastName,
});

export const Candidate = s.object({
  id: text.uuid(),
  firstName: s.nullable(s.string()),
  lastName: s.nullable(s.string()),
  email: s.nullable(s.string()),
  phoneNumber: s.nullable(s.string()),
  gdprExpiryDate: s.nullable(s.string({ description: 'A day, or a moment in UTC, as it was sent.' })),
  jobIds: s.array(text.uuid()),
  status: s.oneOf(CANDIDATE_STATUSES),
  overallRating: s.nullable(s.number()),
  analysisCount: s.integer(),
  interviewCount: s.integer(),
  links: s.object({ analyses: s.string(), interviews: s.string() }),
  metadata: s.json(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
});

export const CandidateQuery = s.object({
  ...PageQuery.properties,
  jobId: s.optional(s.string({ description: 'Not served yet: jobs are not kept here.' })),
  status: s.optional(s.oneOf(CANDIDATE_STATUSES)),
  search: s.optional(s.string({ maxLength: 100, description: 'Part of the name, the e-mail address or the number.' })),
});

/** Where a contact keeps what InstaView alone has words for. */
const OURS = 'instaview';

/** What of a candidate the rules of interviews look at. */
export interface Standing {
  phoneNumber: string | null;
  jobIds: string[];
  gdprExpiryDate: string | null;
}

export function standingOf({ phone, metadata }: ContactInput): Standing {
  const own = isObject(metadata?.[OURS]) ? metadata[OURS] : {};
  const { jobIds, gdprExpiryDate } = own;
  return {
    phoneNumber: phone ?? null,
    jobIds: Array.isArray(jobIds) ? jobIds.map(String) : [],
    gdprExpiryDate: typeof gdprExpiryDate === 'string' ? gdprExpiryDate : null,
  };
}

/** What can also be written. */
function written(fields: ContactInput) {
  const { [OURS]: _own, ...metadata } = fields.metadata ?? {};
  return {
    firstName: fields.firstName ?? null,
    lastName: fields.lastName ?? null,
    email: fields.email ?? null,
    ...standingOf(fields),
    metadata,
  };
}

export function formatCandidate(
  { id, fields, createdAt, updatedAt }: Contact,
  { calls, analysed }: { calls: number; analysed: number },
): JsonObject {
  const interviews = `/interviews?candidateId=${id}`;
  const said: JsonObject = {
    ...written(fields),
    id,
    // Nobody decides about applications here, and no figure stands for all interviews of somebody.
    status: 'UNDEFINED',
    overallRating: null,
    analysisCount: analysed,
    interviewCount: calls,
    links: { analyses: `${interviews}&status=COMPLETED`, interviews },
    createdAt,
    updatedAt,
  };
  return Object.fromEntries(Object.keys(Candidate.properties).map((field) => [field, said[field]]));
}

export const parseNewCandidate = (body: JsonObject, now: Date): ContactInput => {
  refuse(issuesOf(CreateCandidate, body));
  return parsed(body, {}, now, true);
};

/** A value equal to what is shown now says nothing, whatever it is. */
export function parseCandidate(body: JsonObject, before: ContactInput, now: Date): ContactInput {
  const shown: JsonObject = written(before);
  const moved = Object.entries(body).filter(([field, value]) => !same(value, shown[field]));
  const said = Object.fromEntries(moved);
  refuse(issuesOf(UpdateCandidate, said));
  return parsed(said, before, now);
}

function parsed(said: JsonObject, before: ContactInput, now: Date, isNew = false): ContactInput {
  const issues: Issue[] = [];
  const old = written(before);
  const word = (field: 'firstName' | 'lastName' | 'email' | 'phoneNumber') =>
    said[field] === undefined ? old[field] : (said[field] as string | null);
  const [email, phone] = [word('email'), word('phoneNumber')];
  const isReached = isNew || said['email'] !== undefined || said['phoneNumber'] !== undefined;
  if (isReached && email === null && phone === null)
    issues.push({ path: 'email', message: 'or phoneNumber is required', rule: 'required' });
  const sent = said['metadata'] ?? {};
  if (isObject(sent) && Object.hasOwn(sent, OURS))
    issues.push({ path: `metadata.${OURS}`, message: 'is a key that cannot be chosen', rule: 'reserved' });
  const metadata = mergePatch(old.metadata, sent) as JsonObject;
  if (metadata !== old.metadata) issues.push(...mapIssues(METADATA_LIMITS, metadata, 'metadata'));
  const gdprExpiryDate = expiryIn(said['gdprExpiryDate'], old.gdprExpiryDate, now, issues);
  refuse(issues);
  const jobIds = jobsIn(said) ?? old.jobIds;
  const own = { ...(jobIds.length > 0 && { jobIds }), ...(gdprExpiryDate !== null && { gdprExpiryDate }) };
  const kept = { ...metadata, ...(Object.keys(own).length > 0 && { [OURS]: own }) };
  const names = Object.entries({ firstName: word('firstName'), lastName: word('lastName'), email, phone });
  const spoken = names.filter(([field, value]) => value !== null || before[field as keyof ContactInput] !== undefined);
  return {
    ...before,
    ...Object.fromEntries(spoken),
    ...((before.metadata !== undefined || Object.keys(kept).length > 0) && { metadata: kept }),
  };
}

/** `jobIds` wins over `jobId`, which InstaView has given up. */
export function jobsIn({ jobIds, jobId }: JsonObject): string[] | undefined {
  const sent = (jobIds as string[] | undefined) ?? (jobId === undefined ? undefined : [String(jobId)]);
  return sent && [...new Set(sent.map((id) => id.toLowerCase()))];
}

/** A day that was sent as a day stays one; it begins at midnight in UTC. */
function expiryIn(sent: unknown, before: string | null, now: Date, issues: Issue[]): string | null {
  if (sent === undefined) return before;
  if (sent === null) return null;
  const wrong = (message: string, rule: string) => issues.push({ path: 'gdprExpiryDate', message, rule });
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(String(sent));
  const date = instantIn(isDay ? `${sent}T00:00:00Z` : String(sent));
  if (date === undefined) wrong('must be a date like 2030-01-01, or a date and time with its offset', 'format');
  else if (date.getTime() <= now.getTime()) wrong('must be in the future', 'minimum');
  return (isDay ? (sent as string) : date?.toISOString()) ?? null;
}

function refuse(issues: Issue[]): void {
  if (issues.length > 0) throw invalid(issues);
}
