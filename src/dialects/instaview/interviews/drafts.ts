/** What is said of a new interview, and what it takes for one to be held. */
import { inDialectTerms } from '../../../agents/change/rows.ts';
import { Fault, type Issue, invalid, invalidAt } from '../../../faults.ts';
import { issuesOf, mapIssues } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { METADATA_LIMITS } from '../agents/contract.ts';
import { agentTable } from '../agents/mapping.ts';
import { jobsIn, type Standing } from '../candidates/mapping.ts';
import { type Moment, momentIn } from './moments.ts';

const time = (description: string) =>
  s.optional(s.nullable(s.string({ description, examples: ['2026-05-01T09:30:00+02:00'] })));

export const CreateInterview = s.object({
  candidateId: s.optional(text.uuid()),
  candidate: s.optional(s.json({ description: 'Instead of candidateId: as it is created. It stays.' })),
  agentId: s.optional(text.uuid()),
  agent: s.optional(s.json({ description: 'Instead of agentId: as it is created. It stays.' })),
  jobId: s.optional(s.nullable(text.uuid())),
  job: s.optional(s.json({ description: 'Not served yet.' })),
  scheduleTime: time(
    'At most 30 days ahead; at once where it is left out. Without an offset: on the candidate’s clock.',
  ),
  scheduledAt: time('The same as scheduleTime.'),
  isTest: s.optional(s.boolean({ description: 'Completed at once; nobody is called.' })),
  metadata: s.optional(s.json({ description: 'At most 10 KB, 5 levels, 50 keys.' })),
});

export interface Draft {
  candidateId: string | undefined;
  candidate: JsonObject | undefined;
  agentId: string | undefined;
  agent: JsonObject | undefined;
  jobId: string | undefined;
  moment: Moment | undefined;
  isTest: boolean;
  metadata: JsonObject;
}

export function parseInterview(body: JsonObject, now: Date): Draft {
  const issues = issuesOf(CreateInterview, body);
  const wrong = (path: string, message: string, rule: string) => issues.push({ path, message, rule });
  for (const [ref, whole] of [
    ['candidateId', 'candidate'],
    ['agentId', 'agent'],
  ] as const) {
    if (body[ref] === undefined && body[whole] === undefined) wrong(ref, `or ${whole} is required`, 'required');
    if (body[ref] !== undefined && body[whole] !== undefined) wrong(whole, `must not be given with ${ref}`, 'kind');
  }
  if (body['job'] !== undefined) wrong('job', 'is not served yet: name the job by its jobId', 'unsupported');
  const candidate = body['candidate'];
  if (isObject(candidate) && candidate['jobId'] !== undefined && body['jobId'] != null)
    wrong('jobId', 'must not be given with candidate.jobId', 'kind');
  const [first, second] = [body['scheduleTime'] ?? undefined, body['scheduledAt'] ?? undefined];
  if (first !== undefined && second !== undefined && first !== second)
    wrong('scheduledAt', 'must be the same as scheduleTime', 'kind');
  issues.push(...mapIssues(METADATA_LIMITS, body['metadata'], 'metadata'));
  if (issues.length > 0) throw invalid(issues);
  const sent = (first ?? second) as string | undefined;
  const path = first === undefined ? 'scheduledAt' : 'scheduleTime';
  const id = (field: string) => (body[field] as string | null | undefined)?.toLowerCase();
  return {
    candidateId: id('candidateId'),
    candidate: candidate as JsonObject | undefined,
    agentId: id('agentId'),
    agent: body['agent'] as JsonObject | undefined,
    jobId: id('jobId'),
    moment: sent === undefined ? undefined : momentIn(sent, path, now),
    isTest: body['isTest'] === true,
    metadata: (body['metadata'] as JsonObject | undefined) ?? {},
  };
}

const refused = (message: string) => new Fault('agent_unavailable', { message });

/** Who cannot be reached that way holds no interviews yet. */
export function demandPhone(type: unknown): void {
  if (type === 'PHONE') return;
  if (type === 'ONLINE') throw refused('Online interviews are not served yet: the agent must be a PHONE one.');
  throw refused('An agent of the type UNDEFINED holds no interviews.');
}

/** The job that is talked about. A general talk needs none. */
export function jobOf({ jobId, candidate }: Draft, focus: unknown, { jobIds }: Standing): string | null {
  if (jobId !== undefined) return jobId;
  const named = candidate?.['jobId'];
  if (named !== undefined && candidate && candidate['jobIds'] === undefined) return jobsIn(candidate)?.[0] ?? null;
  if (jobIds.length === 1) return jobIds[0] ?? null;
  if (focus === 'GENERIC') return null;
  const why =
    jobIds.length === 0
      ? 'is required: the agent’s focus needs a job, and the candidate has none'
      : `is required: the candidate has ${jobIds.length} jobs`;
  throw invalidAt('jobId', why, 'required');
}

/** Of a time on another clock nobody knows here which moment it is: at the latest when it is that time everywhere. */
export const latestOf = (moment: Moment): Date =>
  new Date('notBefore' in moment ? moment.notBefore : `${moment.localStart}-12:00`);

/** Nobody is called whose data may not be used at that time any more. */
export function demandReachable(who: Standing, at: Date, path: string): void {
  if (who.phoneNumber === null) throw invalidAt(path, 'must have a phone number: the agent calls', 'required');
  if (who.gdprExpiryDate !== null && Date.parse(who.gdprExpiryDate) <= at.getTime())
    throw new Fault('call_refused', { message: `The candidate's data may be used until ${who.gdprExpiryDate} only.` });
}

/** What is wrong with a part is wrong at its place in the whole. */
export async function within<T>(path: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.issues.length === 0) throw error;
    const inside = (issue: Issue): Issue => {
      const said = inDialectTerms([agentTable], issue);
      return { ...said, path: [path, said.path].filter((part) => part !== '').join('.') };
    };
    throw new Fault(error.code, { ...error.details, issues: error.issues.map(inside) });
  }
}
