/** Everything that places calls, put together. */

import type { AgentService } from '../agents/service.ts';
import type { Besides } from '../audit/chain-writer.ts';
import type { House } from '../context.ts';
import type { CallActions } from '../conversations/ports.ts';
import type { ConversationService } from '../conversations/service.ts';
import type { Later } from '../lib/poller.ts';
import type { SettingsService } from '../settings/service.ts';
import { callActions } from './call-actions.ts';
import { type CallService, callService } from './call-service.ts';
import type { AskFirst } from './campaign.ts';
import { type CampaignService, campaignService } from './campaign-service.ts';
import type { Carrier } from './carrier.ts';
import { type DiallerService, diallerService } from './dialer.ts';
import { reception } from './inbound.ts';
import { type PreviewService, previewService } from './preview-service.ts';
import { type DialerSource, dialerSource } from './rule-book.ts';
import { callRules } from './rule-changes.ts';

/** What calls are placed with. */
export interface Telephony {
  carrier: Carrier;
  askFirst: AskFirst;
  later?: Later;
  pollMs?: number;
}

type IncomingCall = Parameters<NonNullable<Carrier['incoming']>>[0];

export interface Calling {
  calls: CallService;
  campaigns: CampaignService;
  /** What a campaign would do, on virtual time. */
  preview: PreviewService;
  dialler: DiallerService;
  dialer: DialerSource;
  /** Plays a call that comes in, where the carrier can do that. */
  ring: ((call: IncomingCall) => Promise<string>) | undefined;
  /** What follows when the rules of calling have changed. */
  rules: Besides;
}

export interface CallingParts {
  agents: Pick<AgentService, 'get'>;
  settings: Pick<SettingsService, 'current'>;
  conversations: ConversationService;
}

export function createCalling(house: House, telephony: Telephony, parts: CallingParts): Calling {
  const { carrier } = telephony;
  const { agents, settings } = parts;
  const dialer = dialerSource();
  const incoming = reception(house, { dialer, carrier, settings, lines: () => dialler.lines() });
  const dialler: DiallerService = diallerService(house, {
    ...telephony,
    ...parts,
    dialer,
    giveUp: (campaign, why) => campaigns.giveUp(campaign, why),
    finish: () => campaigns.finish(),
    incoming,
  });
  const campaigns: CampaignService = campaignService(house, { agents, dialler });
  const calls = callService(house, { ...parts, dialer, dialler });
  const ring = async (call: IncomingCall) => {
    // Whoever hears that a telephone rings has to be there first.
    await dialler.lines();
    return carrier.incoming!(call);
  };
  return {
    calls,
    campaigns,
    preview: previewService(house, dialer, settings),
    dialler,
    dialer,
    ring: carrier.incoming && ring,
    rules: callRules(house),
  };
}

/** What conversations may do with their calls; what places calls is there when the first of them begins. */
export const actionsOf = (house: House, calling: () => Calling): CallActions =>
  callActions(
    house,
    () => calling().calls,
    () => calling().dialler,
  );
