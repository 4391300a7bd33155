/** A call and an attempt as they stand in the store, for tests that look at a few of their fields. */
import { type Call, type CallAttempt, newAttempt, newCall } from '../src/calling/call.ts';

const AT = '2026-03-02T09:00:00.000Z';

export const sampleCall = (said: Partial<Call> = {}): Call => ({
  counter: 1,
  ...newCall({
    workspaceId: 'w1',
    id: 'c1',
    agentId: 'a1',
    direction: 'outbound',
    dialect: 'native',
    by: 'test',
    phone: '+442071838750',
    status: 'waiting',
    why: '',
    priority: 50,
    createdAt: AT,
  }),
  ...said,
});

export const sampleAttempt = (said: Partial<CallAttempt> = {}): CallAttempt => ({
  ...newAttempt({
    workspaceId: 'w1',
    id: 't1',
    callId: 'c1',
    campaignId: null,
    number: 1,
    reason: 'first',
    from: null,
    fromNumberId: null,
    to: '+442071838750',
    why: { time: 'The first attempt', number: 'There is none' },
    reservedAt: AT,
  }),
  ...said,
});
