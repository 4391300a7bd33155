/** What may be done with webhooks. */
import { randomBytes } from 'node:crypto';
import type { ExtraStatements } from '../audit/chain-writer.ts';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { same } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { KeyDialect } from '../workspaces/workspace.ts';
import { fanOut } from './fan-out.ts';
import { newDelivery } from './new-delivery.ts';
import {
  type Attempt,
  addressProblem,
  type Delivery,
  type EventMappers,
  SECRET_PREFIX,
  type SendWebhook,
  type Webhook,
  type WebhookEvent,
} from './webhook.ts';

/** The fields of a webhook that a caller may set. */
export type WebhookFields = Pick<Webhook, 'url' | 'events' | 'options' | 'enabled'>;

export interface WebhookDraft extends WebhookFields {
  /** A new secret by default. */
  secret?: string;
  /** The dialect of the events, for native callers, who may choose it. */
  dialect?: KeyDialect;
}

/** How the checks of a webhook differ between dialects. */
export interface WebhookRules {
  /** The dialect accepts https:// only. Where private targets are allowed, http:// is accepted too. */
  encryptedOnly?: boolean;
  /** The dialect's field for the agent that a webhook is limited to; `agentId` by default. */
  agentField?: string;
}

export interface TestResult {
  delivery: Delivery;
  attempt: Attempt;
}

export interface WebhookServiceOptions {
  sendWebhook: SendWebhook;
  eventMappers: EventMappers;
  allowPrivateTargets: boolean;
}

/** The limit of a workspace: it also limits the deliveries of one write. */
const MAX_WEBHOOKS = 100;

/** The native API sees all webhooks of the workspace, other dialects their own. Others are `webhook_missing`. */
export interface WebhookService {
  /** The statements that put the events of chained entries into the outbox. */
  fanOut: ExtraStatements;
  /** One webhook. */
  get(caller: Caller, id: string): Promise<Webhook>;
  /** The webhooks that the caller sees, newest first. */
  list(caller: Caller): Promise<Webhook[]>;
  /** Creates a webhook; the answer holds its secret. Throws `invalid_value`, and `in_use` at the limit of 100. */
  create(caller: Caller, draft: WebhookDraft, rules?: WebhookRules): Promise<Webhook>;
  /** Changes a webhook. `parse` makes the new fields from the stored webhook. Throws `invalid_value`. */
  update(
    caller: Caller,
    id: string,
    parse: (before: Webhook) => WebhookFields & { secret?: string },
    rules?: WebhookRules,
  ): Promise<Webhook>;
  /** Gives a webhook a new secret, in force at once; the answer holds it. */
  rotate(caller: Caller, id: string): Promise<Webhook>;
  /** Deletes a webhook with its deliveries. */
  remove(caller: Caller, id: string): Promise<void>;
  /** The deliveries of a webhook, newest first. `after` is the last delivery of the page before. */
  deliveries(caller: Caller, id: string, limit: number, after?: { at: string; id: string }): Promise<Delivery[]>;
  /** Sends the event of a delivery again, under the same event id. Throws `delivery_missing`. */
  replay(caller: Caller, id: string, deliveryId: string): Promise<Delivery>;
  /** Sends one event now, also to a disabled webhook, and records the result. It is never repeated. */
  test(
    caller: Caller,
    id: string,
    mapEvent: (webhook: Webhook, deliveryId: string) => WebhookEvent,
  ): Promise<TestResult>;
}

/** A secret of Standard Webhooks: `whsec_` and 24 random bytes in base64. */
export const newSecret = (): string => SECRET_PREFIX + randomBytes(24).toString('base64');
/** A secret of 64 hexadecimal digits, for dialects that need this form. */
export const newHexSecret = (): string => randomBytes(32).toString('hex');

export function webhookService(ctx: Context, parts: WebhookServiceOptions): WebhookService {
  const { store, now } = ctx;
  const find: WebhookService['get'] = async (caller, id) => {
    const webhook = await store.webhooks.get(caller.workspaceId, id);
    const own = ownDialect(caller);
    if (!webhook || (own && webhook.dialect !== own)) throw new Fault('webhook_missing', { id });
    return webhook;
  };

  return {
    fanOut: async (workspaceId, entries) =>
      store.deliveries.insertions(await fanOut(ctx, parts.eventMappers, workspaceId, entries)),
    get: find,
    list: (caller) => store.webhooks.list(caller.workspaceId, ownDialect(caller)),

    async create(caller, draft, rules = {}) {
      await requireValid(ctx, parts, caller, draft, rules);
      const { length } = await store.webhooks.list(caller.workspaceId);
      if (length >= MAX_WEBHOOKS) {
        const message = `The workspace has ${length} webhooks, which is the limit; delete one first.`;
        throw new Fault('in_use', { count: MAX_WEBHOOKS, message });
      }
      const webhook = newWebhook(ctx, caller, draft);
      const entry = auditEntry(ctx, caller, 'webhook.created', webhook.id);
      await storesFor(ctx, caller).webhooks.create(webhook, entry);
      return webhook;
    },

    async update(caller, id, parse, rules = {}) {
      const before = await find(caller, id);
      const after = { ...before, ...parse(before) };
      await requireValid(ctx, parts, caller, after, rules, before);
      return saveChange(ctx, caller, before, after, 'webhook.updated');
    },

    async rotate(caller, id) {
      const before = await find(caller, id);
      const secret = /^[0-9a-f]{64}$/.test(before.secret) ? newHexSecret() : newSecret();
      return saveChange(ctx, caller, before, { ...before, secret }, 'webhook.secret_rotated');
    },

    async remove(caller, id) {
      await find(caller, id);
      const entry = auditEntry(ctx, caller, 'webhook.deleted', id);
      if (!(await storesFor(ctx, caller).webhooks.remove(caller.workspaceId, id, entry)))
        throw new Fault('webhook_missing', { id });
    },

    async deliveries(caller, id, limit, after) {
      await find(caller, id);
      return store.deliveries.list(caller.workspaceId, id, limit, after);
    },

    async replay(caller, id, deliveryId) {
      await find(caller, id);
      const old = await store.deliveries.get(caller.workspaceId, id, deliveryId);
      if (!old) throw new Fault('delivery_missing', { id: deliveryId });
      const replayed = replayOf(old, ctx.newId(), now().toISOString());
      const entry = auditEntry(ctx, caller, 'webhook.replayed', id, { deliveryId });
      await storesFor(ctx, caller).deliveries.add(replayed, entry);
      return replayed;
    },

    async test(caller, id, mapEvent) {
      const webhook = await find(caller, id);
      const deliveryId = ctx.newId();
      const event = mapEvent(webhook, deliveryId);
      const at = now().toISOString();
      const delivery = { ...newDelivery(webhook, event, at, ctx.newId), id: deliveryId };
      if (caller.writeOptions.dryRun) return { delivery, attempt: NOT_SENT };
      return sendTest(ctx, parts.sendWebhook, webhook, { ...delivery, attempts: 1 });
    },
  };
}

const HEALTHY = { failures: 0, failingSince: null, lastError: null, disabledReason: null, disabledAt: null };
const NOT_SENT: Attempt = { ok: false, status: null, error: 'A dry run sends nothing.', durationMs: 0 };
const NEVER = '9999-12-31T23:59:59.999Z';

/** The dialect whose webhooks the caller sees; undefined for the native API, which sees all. */
const ownDialect = ({ dialect }: Caller): KeyDialect | undefined =>
  dialect === 'native' || dialect === 'openai' ? undefined : dialect;

const newWebhook = ({ now, newId }: Context, caller: Caller, draft: WebhookDraft): Webhook => {
  const { url, events, options, enabled, secret = newSecret(), dialect } = draft;
  const at = now().toISOString();
  return {
    ...HEALTHY,
    workspaceId: caller.workspaceId,
    id: newId(),
    dialect: ownDialect(caller) ?? dialect ?? 'native',
    url,
    events,
    secret,
    options,
    enabled,
    lastDeliveryAt: null,
    deliveries: 0,
    failedDeliveries: 0,
    createdAt: at,
    updatedAt: at,
  };
};

/** Checks the URL and the agent; values that are the same as before are not checked again. */
async function requireValid(
  { store }: Context,
  { allowPrivateTargets }: WebhookServiceOptions,
  { workspaceId }: Caller,
  { url, options: { agentId } }: WebhookFields,
  { encryptedOnly = false, agentField = 'agentId' }: WebhookRules,
  before?: Webhook,
): Promise<void> {
  const issues: Issue[] = [];
  const problem = url === before?.url ? undefined : addressProblem(url, encryptedOnly && !allowPrivateTargets);
  if (problem) issues.push({ path: 'url', message: problem, rule: 'format' });
  const isNewAgent = agentId !== undefined && agentId !== before?.options.agentId;
  if (isNewAgent && !(await store.agents.get(workspaceId, agentId)))
    issues.push({ path: agentField, message: 'refers to an agent that does not exist', rule: 'reference' });
  if (issues.length > 0) throw invalid(issues);
}

/** Writes the new fields if any differ. Enabling a webhook resets its counts of failures. */
async function saveChange(
  ctx: Context,
  caller: Caller,
  before: Webhook,
  after: Webhook,
  action: string,
): Promise<Webhook> {
  const { id } = before;
  // The audit log gets the names only: URLs and headers may hold secrets.
  const changed = (['url', 'events', 'options', 'enabled', 'secret'] as const).filter(
    (key) => !same(before[key], after[key]),
  );
  if (changed.length === 0) return before;
  const isEnabled = after.enabled && !before.enabled;
  const webhook = { ...after, ...(isEnabled && HEALTHY), updatedAt: ctx.now().toISOString() };
  const entry = auditEntry(ctx, caller, action, id, { changed });
  if (!(await storesFor(ctx, caller).webhooks.update(webhook, isEnabled, entry)))
    throw new Fault('webhook_missing', { id });
  return webhook;
}

/** A new delivery with the event of an old one. */
function replayOf(old: Delivery, id: string, at: string): Delivery {
  const unsent = { state: 'waiting', attempts: 0, nextAt: at, status: null, error: null, doneAt: null } as const;
  return { ...old, ...unsent, id, subject: null, seq: null, at };
}

async function sendTest(
  { store, now }: Context,
  sendWebhook: SendWebhook,
  webhook: Webhook,
  delivery: Delivery,
): Promise<TestResult> {
  // Never due: after a crash, no dispatcher sends the test again.
  await store.deliveries.add({ ...delivery, nextAt: NEVER });
  const attempt = await sendWebhook(webhook, delivery);
  const doneAt = now().toISOString();
  await store.deliveries.close(delivery, attempt, doneAt);
  const { ok, status, error } = attempt;
  return { delivery: { ...delivery, state: ok ? 'delivered' : 'failed', status, error, doneAt }, attempt };
}
