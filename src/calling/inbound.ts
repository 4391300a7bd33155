/** Answers or rejects incoming calls: which agent owns the number, and whether it takes the call now. */

import type { Agent } from '../agents/agent.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { SettingsService } from '../settings/service.ts';
import { systemCaller } from '../workspaces/caller.ts';
import type { Decline } from './active-call.ts';
import type { ActiveCalls } from './active-calls.ts';
import { type Call, type CallAttempt, newAttempt, newCall } from './call.ts';
import type { Carrier, CarrierEventOf } from './carrier.ts';
import { gatherCases } from './circumstances.ts';
import type { CallingRules, CallingRulesSource } from './rule-book.ts';

export interface InboundOptions {
  callingRules: CallingRulesSource;
  carrier: Pick<Carrier, 'answer' | 'hangUp'>;
  settings: Pick<SettingsService, 'current'>;
  activeCalls: () => Promise<ActiveCalls>;
}

type IncomingEvent = CarrierEventOf<'incoming'>;

/** Who answers a number. */
interface Destination {
  workspaceId: string;
  agentId: string;
  profileId: string | undefined;
}

/** What the caller hears if the agent does not take the call. */
const NOTICE = 'Nobody can take your call at the moment. Please call again later.';
const RINGING_MS = 60_000;

/** Returns the handler of incoming calls; it resolves when the carrier has answered the call or hung up. */
export function inboundCalls(
  ctx: Context,
  { callingRules: loadRules, carrier, settings, activeCalls }: InboundOptions,
): (event: IncomingEvent) => Promise<void> {
  const { store, now, newId } = ctx;

  /** The agent that the number is assigned to, or else the agent whose own number it is. */
  const destinationOf = async (number: string): Promise<Destination | undefined> => {
    const assigned = await store.phoneNumbers.findByNumber(number);
    if (assigned?.agentId) {
      const { workspaceId, agentId, profileId } = assigned;
      return { workspaceId, agentId, profileId: profileId ?? undefined };
    }
    const own = await store.calls.findAnsweringAgent(number);
    return own && { ...own, profileId: undefined };
  };

  return async (event) => {
    const { attemptId, from, to } = event;
    const destination = await destinationOf(to);
    if (!destination) return carrier.hangUp(attemptId);
    const { workspaceId } = destination;
    const callingRules = await loadRules();
    const createdAt = now();
    const [contact] = await store.contacts.withPhones(workspaceId, [from]);
    const call = inboundCall(destination, newId(), event, contact?.id ?? null, createdAt);
    const [callCase] = await gatherCases(ctx, callingRules, settings)([{ ...call, counter: 0 }]);
    if (!callCase?.agent) return carrier.hangUp(attemptId);
    const number = callCase.numbers.find((own) => own.number === to);
    const attempt = inboundAttempt(call, event, number?.id ?? null);
    const author = systemCaller({ id: workspaceId, number: 0 });
    const detail = { agentId: call.agentId, direction: 'inbound' };
    const entry = auditEntry(ctx, author, 'call.created', call.id, detail);
    const admitted = await store.dialQueue.addInbound(call, attempt, callCase.calling.lines, entry);
    // All lines are in use: the caller gets a busy signal.
    if (!admitted) return carrier.hangUp(attemptId);
    const decline = declineOf(callingRules, callCase.agent, now);
    (await activeCalls()).add(admitted, attempt, callCase, decline);
    await carrier.answer(attemptId);
  };
}

const inboundCall = (
  { workspaceId, agentId, profileId }: Destination,
  id: string,
  { from }: IncomingEvent,
  contactId: string | null,
  createdAt: Date,
): Omit<Call, 'counter'> =>
  newCall({
    workspaceId,
    id,
    agentId,
    direction: 'inbound',
    dialect: 'native',
    by: 'system',
    contactId,
    phone: from,
    status: 'dialing',
    why: 'An incoming call is being answered',
    priority: 0,
    dueAt: new Date(createdAt.getTime() + RINGING_MS).toISOString(),
    attempts: 1,
    options: profileId === undefined ? {} : { profileId },
    createdAt: createdAt.toISOString(),
  });

const inboundAttempt = (
  call: Omit<Call, 'counter'>,
  { attemptId, from, to }: IncomingEvent,
  fromNumberId: string | null,
): CallAttempt =>
  newAttempt({
    workspaceId: call.workspaceId,
    id: attemptId,
    callId: call.id,
    campaignId: null,
    number: 1,
    reason: 'incoming',
    from: to,
    fromNumberId,
    to: from,
    why: { time: 'The caller called', number: `The caller dialed ${to}` },
    reservedAt: call.createdAt,
  });

/** Why the agent does not take the call, and what the caller gets instead; undefined where it takes the call. */
function declineOf(callingRules: CallingRules, { document }: Agent, now: () => Date): Decline | undefined {
  const { status, voiceEnabled, telephony } = document;
  const { transferNumber, businessHours } = telephony;
  const decline = (outcome: string, why: string): Decline => ({
    outcome,
    why,
    notice: NOTICE,
    ...(transferNumber !== undefined && { transferTo: transferNumber }),
  });
  if (status !== 'active') return decline(`agent_${status}`, `The agent is ${status}`);
  if (!voiceEnabled) return decline('agent_silent', "The agent's voice is switched off");
  if (businessHours && !callingRules.isOpenForBusiness(callingRules.zones, businessHours, now().getTime()))
    return decline('after_hours', 'The call came outside business hours');
  return undefined;
}
