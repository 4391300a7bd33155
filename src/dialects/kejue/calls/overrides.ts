/** The `config` of a call: what it overrules for itself alone. */

import type { ToolAttachment } from '../../../agents/agent.ts';
import type { View } from '../../../agents/view.ts';
import type { CallDraft } from '../../../calling/call-service.ts';
import type { Overrides } from '../../../conversations/service.ts';
import { type Issue, invalid } from '../../../faults.ts';
import { isUuid } from '../../../lib/text.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { type CallEndpoint, wrongAddress } from '../../../webhooks/webhook.ts';
import { parseLayer } from '../agents/call-settings.ts';
import * as contract from '../agents/contract.ts';
import { named } from '../shared.ts';
import { parseInactivity } from '../voice-configs/mapping.ts';
import { DEFAULTS } from '../webhooks/mapping.ts';

export function toolIdsIn(config: unknown): string[] {
  const tools = isObject(config) && Array.isArray(config['tools']) ? config['tools'] : [];
  return tools.flatMap((tool) => {
    const id = isObject(tool) ? tool['id'] : undefined;
    return typeof id === 'string' && isUuid(id) ? [named(id)] : [];
  });
}

/** A null overrules nothing. The shape has been judged. */
export function parseOverrides(config: JsonObject, view: View): Partial<CallDraft> {
  const issues: Issue[] = [];
  const said = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const endpoints = parseEndpoints(said, issues);
  const tools = ((said['tools'] ?? []) as { id: string; config?: JsonObject | null }[]).map((tool, i) => {
    const isKept = isUuid(tool.id);
    if (isKept && !view.references.tools.has(named(tool.id)))
      issues.push({ path: `config.tools.${i}.id`, message: 'refers to a tool that does not exist', rule: 'reference' });
    return attachment(tool, isKept);
  });
  if (issues.length > 0) throw invalid(issues);
  const layer: JsonObject = {};
  for (const field of Object.keys(contract.CallSettings.properties)) if (field in said) layer[field] = said[field];
  const callSettings = parseLayer(layer, {}, 'config');
  const profile = picked(said, PROFILE);
  if (said['first_message_uninterruptible'] !== undefined)
    profile['interruptible'] = !said['first_message_uninterruptible'];
  if (said['inactivity_messages'] !== undefined)
    profile['inactivity'] = parseInactivity(said['inactivity_messages'] as JsonObject[]);
  const overrides: Overrides = {
    ...picked(said, WORDS),
    ...(Object.keys(profile).length > 0 && { profile }),
    ...(tools.length > 0 && { tools }),
    ...(Object.keys(callSettings).length > 0 && { callSettings }),
  };
  return {
    ...picked(said, WISHES),
    ...(endpoints.length > 0 && { endpoints }),
    ...(Object.keys(overrides).length > 0 && { overrides: overrides as JsonObject }),
  };
}

const WISHES = { language_locale: 'locale', max_duration: 'maxDurationSeconds' };
const WORDS = { prompt: 'instructions', first_message: 'greeting', temperature: 'temperature' };
const PROFILE = {
  voice_id: 'voiceId',
  silence_timeout: 'silenceTimeoutSeconds',
  max_duration: 'maxDurationSeconds',
  recording_enabled: 'recording',
};

const picked = (said: JsonObject, words: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(
    Object.entries(words).flatMap(([theirs, ours]) => (said[theirs] === undefined ? [] : [[ours, said[theirs]]])),
  );

interface SaidEndpoint {
  url: string;
  events: string[];
  signing_method?: string | null;
  secret?: string | null;
}

/** Who is told of the call. Without a secret nothing can be signed that anybody could check. */
function parseEndpoints(said: JsonObject, issues: Issue[]): CallEndpoint[] {
  const {
    server_url: url,
    server_secret: secret,
    webhooks = [],
  } = said as { server_url?: string; server_secret?: string; webhooks?: SaidEndpoint[] };
  const wrong = (path: string, message: string, rule: string) => issues.push({ path: `config.${path}`, message, rule });
  const judged = (path: string, address: string): void => {
    const found = wrongAddress(address, false);
    if (found) wrong(path, found, 'format');
  };
  if (url !== undefined) judged('server_url', url);
  else if (secret !== undefined) wrong('server_url', 'is required with server_secret', 'required');
  for (const [i, webhook] of webhooks.entries()) {
    judged(`webhooks.${i}.url`, webhook.url);
    if (webhook.signing_method != null && webhook.secret == null)
      wrong(`webhooks.${i}.secret`, 'is required with signing_method', 'required');
  }
  return [
    ...(url === undefined ? [] : [endpoint(url, ['*'], secret)]),
    ...webhooks.map((webhook) => endpoint(webhook.url, webhook.events, webhook.secret)),
  ];
}

const endpoint = (url: string, events: string[], secret?: string | null): CallEndpoint => ({
  dialect: 'kejue',
  url,
  events,
  secret: secret ?? '',
  options: { ...DEFAULTS, signing: secret == null ? 'none' : DEFAULTS.signing },
});

const attachment = ({ id, config }: { id: string; config?: JsonObject | null }, isKept: boolean): ToolAttachment => ({
  ...(isKept ? { toolId: named(id) } : { name: id }),
  channels: ['voice'],
  config: config ?? {},
});
