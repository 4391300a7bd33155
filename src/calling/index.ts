/** Everything that places calls, put together. */

import type { AgentService } from '../agents/service.ts';
import type { ExtraStatements } from '../audit/chain-writer.ts';
import type { Context } from '../context.ts';
import type { CallActions } from '../conversations/ports.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { SetTimer } from '../lib/poller.ts';
import type { SettingsService } from '../settings/service.ts';
import { callActions } from './call-actions.ts';
import { type CallService, callService } from './call-service.ts';
import type { PreDialCheck } from './campaign.ts';
import { type CampaignService, campaignService } from './campaign-service.ts';
import type { Carrier } from './carrier.ts';
import { createDialer, type Dialer } from './dialer.ts';
import { inboundCalls } from './inbound.ts';
import { type PreviewService, previewService } from './preview-service.ts';
import { type CallingRulesSource, callingRulesSource } from './rule-book.ts';
import { callRules } from './rule-changes.ts';

/** What calls are placed with. */
export interface Telephony {
  carrier: Carrier;
  preDialCheck: PreDialCheck;
  setTimer?: SetTimer;
  pollMs?: number;
}

type IncomingCall = Parameters<NonNullable<Carrier['incoming']>>[0];

export interface Calling {
  calls: CallService;
  campaigns: CampaignService;
  /** What a campaign would do, on virtual time. */
  preview: PreviewService;
  dialer: Dialer;
  callingRules: CallingRulesSource;
  /** Plays a call that comes in, where the carrier can do that. */
  ring: ((call: IncomingCall) => Promise<string>) | undefined;
  /** What follows when the rules of calling have changed. */
  rules: ExtraStatements;
}

export interface CallingParts {
  agents: Pick<AgentService, 'get'>;
  settings: Pick<SettingsService, 'current'>;
  conversations: ConversationService;
}

export function createCalling(ctx: Context, telephony: Telephony, parts: CallingParts): Calling {
  const { carrier } = telephony;
  const { agents, settings } = parts;
  const callingRules = callingRulesSource();
  const incoming = inboundCalls(ctx, { callingRules, carrier, settings, lines: () => dialer.lines() });
  const dialer: Dialer = createDialer(ctx, {
    ...telephony,
    ...parts,
    callingRules,
    giveUp: (campaign, why) => campaigns.giveUp(campaign, why),
    finish: () => campaigns.finish(),
    incoming,
  });
  const campaigns: CampaignService = campaignService(ctx, { agents, dialer });
  const calls = callService(ctx, { ...parts, callingRules, dialer });
  const ring = async (call: IncomingCall) => {
    // Whoever hears that a telephone rings has to be there first.
    await dialer.lines();
    return carrier.incoming!(call);
  };
  return {
    calls,
    campaigns,
    preview: previewService(ctx, callingRules, settings),
    dialer,
    callingRules,
    ring: carrier.incoming && ring,
    rules: callRules(ctx),
  };
}

/** What conversations may do with their calls; what places calls is there when the first of them begins. */
export const actionsOf = (ctx: Context, calling: () => Calling): CallActions =>
  callActions(
    ctx,
    () => calling().calls,
    () => calling().dialer,
  );
