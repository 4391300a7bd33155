/** InstaView's candidates. */

import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import { PageQuery } from '../shared.ts';

export const CANDIDATE_STATUSES = ['UNDEFINED', 'APPLIED', 'IN_PROCESS', 'REJECTED', 'ACCEPTED'] as const;

const fields = {
  firstName: s.string({ minLength: 1, maxLength: 100 }),
  lastName: s.string({ minLength: 1, maxLength: 100 }),
  email: s.nullable(s.string({ format: 'email', maxLength: 254 })),
  phoneNumber: s.nullable(text.phoneNumber()),
  gdprExpiryDate: s.nullable(
    s.string({
      description: 'In the future. From this time on the candidate is not interviewed.',
      examples: ['2030-01-01T00:00:00Z'],
    }),
  ),
  jobIds: s.array(text.uuid(), { minItems: 1, maxItems: 50 }),
  jobId: s.optional({ ...text.uuid(), deprecated: true, description: 'One job. Ignored if jobIds is sent too.' }),
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
  gdprExpiryDate: s.nullable(s.string({ description: 'A date, or a date and time in UTC, whichever was sent.' })),
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
  jobId: s.optional(s.string({ description: 'Not supported yet: Parlance stores no jobs.' })),
  status: s.optional(s.oneOf(CANDIDATE_STATUSES)),
  search: s.optional(s.string({ maxLength: 100, description: 'Part of the name, the e-mail address or the number.' })),
});
export type CandidateQuery = s.Static<typeof CandidateQuery>;
