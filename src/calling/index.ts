/** Composes the services that place and answer calls. */

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
import type { Carrier, SimulatedCall } from './carrier.ts';
import { Dialer } from './dialer.ts';
import { inboundCalls } from './inbound.ts';
import { type PreviewService, previewService } from './preview-service.ts';
import { type CallingRulesSource, callingRulesSource } from './rule-book.ts';
import { callingRuleChanges } from './rule-changes.ts';

/** The outside world of calls. */
export interface Telephony {
  carrier: Carrier;
  preDialCheck: PreDialCheck;
  setTimer?: SetTimer;
  /** The longest pause of the dialer between two rounds, in milliseconds. */
  pollMs?: number;
}

export interface Calling {
  calls: CallService;
  campaigns: CampaignService;
  /** What a campaign would do, on simulated time. */
  preview: PreviewService;
  dialer: Dialer;
  callingRules: CallingRulesSource;
  /** Simulates an incoming call, on carriers that can; resolves with its attempt id. */
  simulateIncomingCall: ((call: SimulatedCall) => Promise<string>) | undefined;
  /** What is written when an audit entry changes the calling rules. */
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
  const answerIncoming = inboundCalls(ctx, {
    callingRules,
    carrier,
    settings,
    activeCalls: () => dialer.activeCalls(),
  });
  const dialer: Dialer = new Dialer(ctx, {
    ...telephony,
    ...parts,
    callingRules,
    failCampaign: (campaign, why) => campaigns.giveUp(campaign, why),
    completeCampaigns: () => campaigns.finish(),
    onIncoming: answerIncoming,
  });
  const campaigns: CampaignService = campaignService(ctx, { agents, dialer });
  const calls = callService(ctx, { ...parts, callingRules, dialer });
  const simulateIncoming = async (call: SimulatedCall): Promise<string> => {
    // The dialer listens to the carrier only after its active calls were started.
    await dialer.activeCalls();
    return carrier.simulateIncoming!(call);
  };
  return {
    calls,
    campaigns,
    preview: previewService(ctx, callingRules, settings),
    dialer,
    callingRules,
    simulateIncomingCall: carrier.simulateIncoming && simulateIncoming,
    rules: callingRuleChanges(ctx),
  };
}

/** The actions of conversations on their calls. `calling` is composed after conversations, so it is handed in lazily. */
export const actionsOf = (ctx: Context, calling: () => Calling): CallActions =>
  callActions(
    ctx,
    () => calling().calls,
    () => calling().dialer,
  );
