/** What an operator sees of a running node: its workers and the queues of the whole installation. */

/** Rows that wait for a worker of any node. */
export interface Queue {
  /** All of them, also those whose time has not come. */
  waiting: number;
  /** Those whose time has come. */
  due: number;
  /** Since when the oldest of them is due, ISO 8601; null when none is. */
  oldestDueAt: string | null;
}

export const QUEUES = ['calls', 'webhookDeliveries', 'analyses', 'documents', 'auditEntries'] as const;
export type QueueName = (typeof QUEUES)[number];
export type Queues = Record<QueueName, Queue>;

export interface Status {
  /** When this node started, ISO 8601. */
  startedAt: string;
  at: string;
  engine: string;
  queues: Queues;
  /** Snapshots of this node's workers by name. */
  workers: Record<string, object>;
}
