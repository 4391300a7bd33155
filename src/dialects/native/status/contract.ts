/** The schema of the status of a node. */
import * as s from '../../../lib/schema.ts';
import { dateTime } from '../../../lib/text.ts';
import { QUEUES, type QueueName } from '../../../status/status.ts';

const Queue = s.object({
  waiting: s.integer({ minimum: 0, description: 'Rows in the queue, also those whose time has not come.' }),
  due: s.integer({ minimum: 0, description: 'Rows whose time has come.' }),
  oldestDueAt: s.nullable(dateTime()),
});

export const Status = s.object({
  startedAt: { ...dateTime(), description: 'When this node started.' },
  at: { ...dateTime(), description: 'When the answer was made.' },
  engine: s.string({ description: 'The database: sqlite or postgres.' }),
  queues: s.object(Object.fromEntries(QUEUES.map((name) => [name, Queue])) as Record<QueueName, typeof Queue>, {
    description: 'Work that waits, over all nodes.',
  }),
  workers: s.record(s.unknown(), { description: 'What works in the background on this node: counts and states.' }),
});
