/** Campaigns: an agent, the contacts that it calls, and the settings for these calls. */

import type { JsonObject } from '../lib/values.ts';
import type { Call, CallStatus } from './call.ts';

/** `failed`: the dialer stopped the campaign because the carrier kept failing. */
export const CAMPAIGN_STATUSES = ['draft', 'running', 'paused', 'completed', 'cancelled', 'failed'] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** An endpoint of the customer that must approve each attempt. No answer counts as a refusal. */
export interface PreDial {
  url: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** Asks the endpoint before a call is placed. Never throws: a failed request counts as a refusal. */
export type PreDialCheck = (campaign: Campaign, call: Call, contact: JsonObject) => Promise<PreDialAnswer>;
export type PreDialAnswer =
  | { dial: true; variables?: JsonObject }
  /** `again`: ask again after that time. Without it the call ends. */
  | { dial: false; why: string; retryIn?: { minutes: number } };

export interface Campaign {
  workspaceId: string;
  id: string;
  /** The integer id for dialects without UUIDs. */
  counter: number;
  name: string;
  description: string | null;
  agentId: string;
  /** The profile that the agent uses; null: the profile for the contact's language. */
  profileId: string | null;
  /** The preferred caller number. */
  numberId: string | null;
  status: CampaignStatus;
  /** A sentence: why the campaign has this status. */
  why: string;
  /** The campaign's layer of the call settings. */
  callSettings: JsonObject;
  variables: JsonObject;
  metadata: JsonObject;
  /** Fields that only the campaign's dialect knows. */
  extras: JsonObject;
  priority: number;
  /** The earliest moment of every first attempt, ISO 8601. */
  startsAt: string | null;
  /** The earliest local time of every first attempt on the contact's clock, `YYYY-MM-DDTHH:MM`. */
  localStart: string | null;
  /** The most calls at the same time. */
  maxConcurrent: number;
  /** Calls that are dialing or connected. */
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

/** The campaign's calls, counted by status. */
export type CampaignTally = Partial<Record<CallStatus, number>>;

/** Contacts per import. */
export const MAX_IMPORT_SIZE = 10_000;
