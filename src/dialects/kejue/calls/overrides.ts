/** Maps the `config` of a call, which overrides settings for this call only. */

import type { ToolAttachment } from '../../../agents/agent.ts';
import type { View } from '../../../agents/view.ts';
import type { CallDraft } from '../../../calling/call-service.ts';
import type { Overrides } from '../../../conversations/service.ts';
import type { Issue } from '../../../faults.ts';
import { isUuid } from '../../../lib/text.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import { addressProblem, type CallEndpoint } from '../../../webhooks/webhook.ts';
import { CallSettings } from '../call-settings/contract.ts';
import { parseLayer } from '../call-settings/mapping.ts';
import { normalizeId, refuse } from '../shared.ts';
import { parseInactivity } from '../voice-configs/mapping.ts';
import { DEFAULTS } from '../webhooks/mapping.ts';
import type * as contract from './contract.ts';

const CALL_OPTIONS = { language_locale: 'locale', max_duration: 'maxDurationSeconds' };
const CONVERSATION = { prompt: 'instructions', first_message: 'greeting', temperature: 'temperature' };
const PROFILE = {
  voice_id: 'voiceId',
  silence_timeout: 'silenceTimeoutSeconds',
  max_duration: 'maxDurationSeconds',
  recording_enabled: 'recording',
};

/** The custom tools that a `config` names, before its shape is checked. */
export function toolIdsIn(config: unknown): string[] {
  const tools = isObject(config) && Array.isArray(config['tools']) ? config['tools'] : [];
  return tools.flatMap((tool) => {
    const id = isObject(tool) ? tool['id'] : undefined;
    return typeof id === 'string' && isUuid(id) ? [normalizeId(id)] : [];
  });
}

/** The shape has been checked. A null overrides nothing. */
export function parseOverrides(config: JsonObject, view: View): Partial<CallDraft> {
  const fields = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const issues: Issue[] = [];
  const endpoints = parseEndpoints(fields, issues);
  const tools = parseTools(fields, view, issues);
  refuse(issues);
  const profile = parseProfile(fields);
  const settings = Object.entries(fields).filter(([field]) => field in CallSettings.properties);
  const callSettings = parseLayer(Object.fromEntries(settings), {}, 'config');
  const overrides: Overrides = {
    ...pick(fields, CONVERSATION),
    ...(Object.keys(profile).length > 0 && { profile }),
    ...(tools.length > 0 && { tools }),
    ...(Object.keys(callSettings).length > 0 && { callSettings }),
  };
  return {
    ...pick(fields, CALL_OPTIONS),
    ...(endpoints.length > 0 && { endpoints }),
    ...(Object.keys(overrides).length > 0 && { overrides: overrides as JsonObject }),
  };
}

/** Copies the fields that are set, under their own names in the model. */
const pick = (fields: JsonObject, names: Readonly<Record<string, string>>): JsonObject =>
  Object.fromEntries(
    Object.entries(names).flatMap(([field, name]) => (fields[field] === undefined ? [] : [[name, fields[field]]])),
  );

function parseProfile(fields: JsonObject): JsonObject {
  const { first_message_uninterruptible: uninterruptible, inactivity_messages: inactivity } = fields;
  return {
    ...pick(fields, PROFILE),
    ...(uninterruptible !== undefined && { interruptible: !uninterruptible }),
    ...(inactivity !== undefined && { inactivity: parseInactivity(inactivity as JsonObject[]) }),
  };
}

function parseTools({ tools = [] }: contract.CallConfig, { references }: View, issues: Issue[]): ToolAttachment[] {
  return (tools ?? []).map(({ id, config }, i) => {
    const isCustom = isUuid(id);
    if (isCustom && !references.tools.has(normalizeId(id)))
      issues.push({ path: `config.tools.${i}.id`, message: 'refers to a tool that does not exist', rule: 'reference' });
    return {
      ...(isCustom ? { toolId: normalizeId(id) } : { name: id }),
      channels: ['voice'],
      config: config ?? {},
    };
  });
}

/** The endpoints that receive the events of this call only. */
function parseEndpoints(fields: contract.CallConfig, issues: Issue[]): CallEndpoint[] {
  const { server_url: url, server_secret: secret } = fields;
  const webhooks = fields.webhooks ?? [];
  const wrong = (path: string, message: string, rule: string) => issues.push({ path: `config.${path}`, message, rule });
  const checkAddress = (path: string, address: string): void => {
    const message = addressProblem(address, false);
    if (message) wrong(path, message, 'format');
  };
  if (url != null) checkAddress('server_url', url);
  else if (secret != null) wrong('server_url', 'is required with server_secret', 'required');
  for (const [i, webhook] of webhooks.entries()) {
    checkAddress(`webhooks.${i}.url`, webhook.url);
    if (webhook.signing_method != null && webhook.secret == null)
      wrong(`webhooks.${i}.secret`, 'is required with signing_method', 'required');
  }
  return [
    ...(url == null ? [] : [endpoint(url, ['*'], secret)]),
    ...webhooks.map((webhook) => endpoint(webhook.url, webhook.events, webhook.secret)),
  ];
}

/** Without a secret of the client, deliveries are not signed: the client could not read one that we generate. */
const endpoint = (url: string, events: string[], secret?: string | null): CallEndpoint => ({
  dialect: 'kejue',
  url,
  events,
  secret: secret ?? '',
  options: { ...DEFAULTS, signing: secret == null ? 'none' : DEFAULTS.signing },
});
