/** InstaView's interviews. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { PageQuery } from '../shared.ts';

const time = (description: string) =>
  s.optional(s.nullable(s.string({ description, examples: ['2026-05-01T09:30:00+02:00'] })));

export const CreateInterview = s.object({
  candidateId: s.optional(text.uuid()),
  candidate: s.optional(s.json({ description: 'Instead of candidateId: a new candidate, which is stored.' })),
  agentId: s.optional(text.uuid()),
  agent: s.optional(s.json({ description: 'Instead of agentId: a new agent, which is stored.' })),
  jobId: s.optional(s.nullable(text.uuid())),
  job: s.optional(s.json({ description: 'Not supported yet.' })),
  scheduleTime: time(
    "At most 30 days ahead. Without an offset it is a time on the candidate's clock. Default: at once.",
  ),
  scheduledAt: time('Another name for scheduleTime.'),
  isTest: s.optional(s.boolean({ description: 'The interview is completed at once, without a call.' })),
  metadata: s.optional(s.json({ description: 'At most 10 KB, 5 levels, 50 keys.' })),
});
export type CreateInterview = s.Static<typeof CreateInterview>;

export const INTERVIEW_STATUSES = [
  'UNDEFINED',
  'SCHEDULED',
  'CANCELLED',
  'FAILED',
  'COMPLETED',
  'IN_PROGRESS',
] as const;
export type InterviewStatus = (typeof INTERVIEW_STATUSES)[number];
const ATTEMPT_STATUSES = ['SCHEDULED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

export const CallAttempt = s.object({
  id: text.uuid(),
  direction: s.oneOf(['OUTBOUND']),
  status: s.oneOf(ATTEMPT_STATUSES),
  reasonCode: s.nullable(s.string({ examples: ['NO_ANSWER'] })),
  notes: s.nullable(s.string()),
  retryNumber: s.integer(),
  recordingUrl: s.nullable(s.string()),
  duration: s.nullable(s.integer({ description: 'Seconds.' })),
  scheduledAt: s.nullable(text.dateTime()),
  calledAt: s.nullable(text.dateTime()),
});

const Analysis = s.nullable(
  s.object({
    id: text.uuid(),
    general: s.object({
      overallRating: s.nullable(s.number()),
      companyFitRating: s.nullable(s.string()),
      education: s.nullable(s.string()),
      experience: s.nullable(s.string()),
      strongPoints: s.array(s.string()),
      weakPoints: s.array(s.string()),
      evaluation: s.array(s.unknown()),
      status: s.integer(),
      createdAt: text.dateTime(),
      updatedAt: text.dateTime(),
    }),
    specific: s.nullable(s.json()),
  }),
);

const fields = {
  id: text.uuid(),
  candidateId: s.nullable(text.uuid()),
  agentId: text.uuid(),
  jobId: s.nullable(text.uuid()),
  status: s.oneOf(INTERVIEW_STATUSES),
  scheduledAt: s.nullable(text.dateTime()),
  durationMinutes: s.nullable(s.integer()),
  finishedDate: s.nullable(text.dateTime()),
  metadata: s.json(),
  callAttempts: s.array(CallAttempt),
  analysis: Analysis,
  isTest: s.boolean(),
  createdAt: text.dateTime(),
  updatedAt: text.dateTime(),
};
export const ListedInterview = s.object(fields);
export const Interview = s.object({
  ...fields,
  transcript: s.nullable(
    s.array(s.object({ role: s.oneOf(['assistant', 'user']), content: s.string(), timestamp: text.dateTime() })),
  ),
});

export const InterviewQuery = s.object({
  ...PageQuery.properties,
  candidateId: s.optional(text.uuid()),
  agentId: s.optional(text.uuid()),
  status: s.optional(s.oneOf([...INTERVIEW_STATUSES, 'CANCELED'])),
});
export type InterviewQuery = s.Static<typeof InterviewQuery>;
