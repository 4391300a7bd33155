/** Parses the request for a new interview and checks whether the interview can take place. */
import { inDialectTerms } from '../../../agents/change/rows.ts';
import { Fault, type Issue, invalidAt } from '../../../faults.ts';
import { issuesOf, mapIssues } from '../../../lib/check.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { METADATA_LIMITS } from '../agents/contract.ts';
import { agentTable } from '../agents/mapping.ts';
import { type CandidateFacts, jobIdsIn } from '../candidates/mapping.ts';
import { refuse } from '../shared.ts';
import * as contract from './contract.ts';
import { type Moment, momentIn } from './moments.ts';

/** A candidate and an agent, each by id or as the body of a new one. */
export interface InterviewDraft {
  candidate: { id: string } | { body: JsonObject };
  agent: { id: string } | { body: JsonObject };
  jobId: string | undefined;
  moment: Moment | undefined;
  isTest: boolean;
  metadata: JsonObject;
}

export function parseInterview(body: JsonObject, now: Date): InterviewDraft {
  refuse([
    ...issuesOf(contract.CreateInterview, body),
    ...choiceIssues(body, 'candidateId', 'candidate'),
    ...choiceIssues(body, 'agentId', 'agent'),
    ...jobIssues(body),
    ...timeIssues(body),
    ...mapIssues(METADATA_LIMITS, body['metadata'], 'metadata'),
  ]);
  const {
    candidateId,
    candidate = {},
    agentId,
    agent = {},
    jobId,
    isTest,
    metadata,
  } = body as contract.CreateInterview;
  return {
    candidate: candidateId === undefined ? { body: candidate } : { id: candidateId.toLowerCase() },
    agent: agentId === undefined ? { body: agent } : { id: agentId.toLowerCase() },
    jobId: jobId?.toLowerCase(),
    moment: parseMoment(body, now),
    isTest: isTest === true,
    metadata: metadata ?? {},
  };
}

function choiceIssues(body: JsonObject, idField: string, newField: string): Issue[] {
  if (body[idField] === undefined && body[newField] === undefined)
    return [{ path: idField, message: `or ${newField} is required`, rule: 'required' }];
  if (body[idField] !== undefined && body[newField] !== undefined)
    return [{ path: newField, message: `must not be given with ${idField}`, rule: 'kind' }];
  return [];
}

function jobIssues({ job, jobId, candidate }: JsonObject): Issue[] {
  const issues: Issue[] = [];
  if (job !== undefined)
    issues.push({ path: 'job', message: 'is not supported yet; send the jobId instead', rule: 'unsupported' });
  if (isObject(candidate) && candidate['jobId'] !== undefined && jobId != null)
    issues.push({ path: 'jobId', message: 'must not be given with candidate.jobId', rule: 'kind' });
  return issues;
}

function timeIssues({ scheduleTime, scheduledAt }: JsonObject): Issue[] {
  const isContradiction = scheduleTime != null && scheduledAt != null && scheduleTime !== scheduledAt;
  return isContradiction ? [{ path: 'scheduledAt', message: 'must be the same as scheduleTime', rule: 'kind' }] : [];
}

function parseMoment({ scheduleTime, scheduledAt }: JsonObject, now: Date): Moment | undefined {
  if (typeof scheduleTime === 'string') return momentIn(scheduleTime, 'scheduleTime', now);
  return typeof scheduledAt === 'string' ? momentIn(scheduledAt, 'scheduledAt', now) : undefined;
}

/** Only PHONE agents can hold interviews yet. */
export function checkType(type: unknown): void {
  const refused = (message: string) => new Fault('agent_unavailable', { message });
  if (type === 'PHONE') return;
  if (type === 'ONLINE') throw refused('Online interviews are not served yet; choose an agent of the type PHONE.');
  throw refused('An agent of the type UNDEFINED cannot hold interviews; choose an agent of the type PHONE.');
}

/** The job of the interview: the one that was sent, or the candidate's only one. GENERIC interviews need none. */
export function jobOf({ jobId, candidate }: InterviewDraft, focus: unknown, { jobIds }: CandidateFacts): string | null {
  if (jobId !== undefined) return jobId;
  if ('body' in candidate && candidate.body['jobId'] !== undefined && candidate.body['jobIds'] === undefined)
    return jobIdsIn(candidate.body)?.[0] ?? null;
  if (jobIds.length === 1) return jobIds[0] ?? null;
  if (focus === 'GENERIC') return null;
  const message =
    jobIds.length === 0
      ? "is required: the agent's focus needs a job, and the candidate has none"
      : `is required: the candidate has ${jobIds.length} jobs`;
  throw invalidAt('jobId', message, 'required');
}

/** `path` is the field that names the candidate; `at` is the time of the call. */
export function checkCallable({ phoneNumber, gdprExpiryDate }: CandidateFacts, at: Date, path: string): void {
  if (phoneNumber === null) throw invalidAt(path, 'must have a phone number: the agent calls', 'required');
  if (gdprExpiryDate !== null && Date.parse(gdprExpiryDate) <= at.getTime())
    throw new Fault('call_refused', {
      message: `The candidate's data may be used only until ${gdprExpiryDate}; choose an earlier time.`,
    });
}

/** Puts the issues of a part of the body at their path in the whole body. */
export async function withPrefix<T>(prefix: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault) || error.issues.length === 0) throw error;
    const withPath = (issue: Issue): Issue => {
      const named = inDialectTerms([agentTable], issue);
      return { ...named, path: [prefix, named.path].filter((part) => part !== '').join('.') };
    };
    throw new Fault(error.code, { ...error.details, issues: error.issues.map(withPath) });
  }
}
