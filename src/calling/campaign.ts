/** Campaigns: an agent, the people it is to call, and the rules that hold for these calls. */

import type { JsonObject } from '../lib/values.ts';
import type { Call, CallStatus } from './call.ts';

/** `failed`: the carrier let it down for so long that it gave up. */
export const CAMPAIGN_STATUSES = ['draft', 'running', 'paused', 'completed', 'cancelled', 'failed'] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** Somebody outside who is asked before every dialling; whoever does not answer has said no. */
export interface PreDial {
  url: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** Asks before a call is placed. Never throws: whoever does not answer has said no. */
export type PreDialCheck = (campaign: Campaign, call: Call, contact: JsonObject) => Promise<PreDialAnswer>;
export type PreDialAnswer =
  | { dial: true; variables?: JsonObject }
  /** `again`: not now, but later. */
  | { dial: false; why: string; again?: { minutes: number } };

export interface Campaign {
  workspaceId: string;
  id: string;
  /** The integer that tongues without UUIDs call it by. */
  counter: number;
  name: string;
  description: string | null;
  agentId: string;
  /** The profile to speak as, instead of one by the contact's language. */
  profileId: string | null;
  /** The number to show, if it can be. */
  numberId: string | null;
  status: CampaignStatus;
  /** Why it stands as it does: a sentence. */
  why: string;
  /** Its layer of the call settings. */
  callSettings: JsonObject;
  variables: JsonObject;
  metadata: JsonObject;
  /** What only the tongue it was made in has words for. */
  extras: JsonObject;
  priority: number;
  /** Nobody is called before this moment. */
  startsAt: string | null;
  /** Nor before this time on their own clock, `YYYY-MM-DDTHH:MM`. */
  localStart: string | null;
  /** Calls at the same time. */
  maxConcurrent: number;
  /** Calls under way. */
  inFlight: number;
  preDial: PreDial | null;
  dialect: string;
  by: string;
  createdAt: string;
  updatedAt: string;
  startedAt: string | null;
  endedAt: string | null;
  version: number;
}

/** How many of a campaign's calls stand where. */
export type CampaignTally = Partial<Record<CallStatus, number>>;

export const MAX_IMPORT_SIZE = 10_000;
