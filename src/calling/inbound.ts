/** Calls that come in: whose number was called, and whether that agent talks at the moment. */

import type { Agent } from '../agents/agent.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import type { SettingsService } from '../settings/service.ts';
import { systemCaller } from '../workspaces/caller.ts';
import type { Instead } from './active-call.ts';
import type { ActiveCalls } from './active-calls.ts';
import { newAttempt, newCall } from './call.ts';
import type { Carrier, CarrierEvent } from './carrier.ts';
import { gatherCases } from './circumstances.ts';
import type { CallingRulesSource } from './rule-book.ts';

export interface InboundOptions {
  callingRules: CallingRulesSource;
  carrier: Carrier;
  settings: Pick<SettingsService, 'current'>;
  lines: () => Promise<ActiveCalls>;
}

const CLOSED = 'Nobody can take your call at the moment. Please call again later.';

/** Answers when the call has been taken or turned away. */
export function inboundCalls(ctx: Context, { callingRules: load, carrier, settings, lines }: InboundOptions) {
  const { store, now, newId } = ctx;

  /** Whoever the number was given to; else the agent whose own number it is. */
  const answering = async (number: string) => {
    const owned = await store.phoneNumbers.findByNumber(number);
    if (owned?.agentId)
      return { workspaceId: owned.workspaceId, agentId: owned.agentId, profileId: owned.profileId ?? undefined };
    const own = await store.calls.answering(number);
    return own && { ...own, profileId: undefined };
  };

  return async ({ attemptId, from, to }: Extract<CarrierEvent, { type: 'incoming' }>): Promise<void> => {
    const found = await answering(to);
    if (!found) return carrier.hangUp(attemptId);
    const { workspaceId, agentId, profileId } = found;
    const callingRules = await load();
    const at = now().toISOString();
    const [contact] = await store.contacts.withPhones(workspaceId, [from]);
    const fresh = newCall({
      workspaceId,
      id: newId(),
      agentId,
      direction: 'inbound',
      dialect: 'native',
      by: 'system',
      contactId: contact?.id ?? null,
      phone: from,
      status: 'dialing',
      why: 'Somebody calls',
      priority: 0,
      dueAt: new Date(now().getTime() + RINGING_MS).toISOString(),
      attempts: 1,
      options: profileId === undefined ? {} : { profileId },
      createdAt: at,
    });
    const [one] = await gatherCases(ctx, callingRules, settings)([{ ...fresh, counter: 0 }]);
    const { agent, calling } = one!;
    if (!agent) return carrier.hangUp(attemptId);
    const number = one!.numbers.find((own) => own.number === to);
    const attempt = newAttempt({
      workspaceId,
      id: attemptId,
      callId: fresh.id,
      campaignId: null,
      number: 1,
      reason: 'incoming',
      from: to,
      fromNumberId: number?.id ?? null,
      to: from,
      why: { time: 'They called', number: `They called ${to}` },
      reservedAt: at,
    });
    const author = { ...systemCaller({ id: workspaceId, number: 0 }) };
    const entry = auditEntry(ctx, author, 'call.created', fresh.id, { agentId, direction: 'inbound' });
    const admitted = await store.dialQueue.admit(fresh, attempt, calling.lines, entry);
    // Every line is taken: they hear that it is busy.
    if (!admitted) return carrier.hangUp(attemptId);
    const isOpen = (hours: NonNullable<Agent['document']['telephony']['businessHours']>) =>
      callingRules.isOpenForBusiness(callingRules.zones, hours, now().getTime());
    (await lines()).add(admitted, attempt, one!, insteadOf(agent, isOpen));
    await carrier.answer(attemptId);
  };
}

const RINGING_MS = 60_000;

/** Why an agent does not talk at the moment, and what becomes of whoever calls. */
function insteadOf(
  { document }: Agent,
  isOpen: (hours: NonNullable<Agent['document']['telephony']['businessHours']>) => boolean,
): Instead | undefined {
  const { status, voiceEnabled, telephony } = document;
  const { transferNumber, businessHours } = telephony;
  const away = (outcome: string, why: string): Instead => ({
    outcome,
    why,
    notice: CLOSED,
    ...(transferNumber !== undefined && { transferTo: transferNumber }),
  });
  if (status !== 'active') return away(`agent_${status}`, `The agent is ${status}`);
  if (!voiceEnabled) return away('agent_silent', "The agent's voice is switched off");
  if (businessHours && !isOpen(businessHours)) return away('after_hours', 'They called outside business hours');
  return undefined;
}
