/** Whoever is to be called, as it was asked for: judged, and made a call of that is not kept yet. */

import { type Agent, CallSettings } from '../agents/agent.ts';
import type { AgentRef, AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import { type Contact, ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { metadataIssues, refuseUnavailable } from '../conversations/start.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isLocalTime, isMoment, isTimeZone } from '../lib/text.ts';
import type { JsonObject } from '../lib/values.ts';
import type { CallEndpoint } from '../webhooks/webhook.ts';
import type { Caller } from '../workspaces/caller.ts';
import { CALL_OPTIONS, type Call, type CallOptions, DEFAULT_PRIORITY, MAX_PRIORITY, newCall } from './call.ts';

/** Somebody to be called. */
export interface CallDraft extends Omit<CallOptions, 'overrides'> {
  agent: AgentRef;
  /** One of the workspace's contacts, or facts about somebody who is not kept. */
  contact?: { id: string } | ContactInput;
  /** Whoever is not kept becomes a contact with the call. */
  keeps?: boolean;
  /** Instead of the contact's number. */
  phone?: string;
  /** Not before this moment, ISO 8601. */
  notBefore?: string;
  /** Nor before this time on their own clock, `YYYY-MM-DDTHH:MM`. */
  localStart?: string;
  /** 0 to 100, the greater first. */
  priority?: number;
  overrides?: JsonObject;
  metadata?: JsonObject;
  extras?: JsonObject;
  externalReference?: string;
  /** Who is told of it besides the webhooks of the workspace. */
  endpoints?: readonly CallEndpoint[];
  /** Over as soon as it is made, and nobody is called: for whoever tries out what listens to us. */
  pretended?: boolean;
}

export const PHONE = /^\+[1-9]\d{1,14}$/;

export function callDrafts(ctx: Context, agents: Pick<AgentService, 'get'>) {
  const { store, now, newId } = ctx;

  /** Whom to call, and where: a contact of the workspace, somebody who is not kept, or only a number. */
  const whom = async ({ workspaceId }: Caller, { contact, phone }: CallDraft) => {
    if (contact && 'id' in contact) {
      const found = await store.contacts.get(workspaceId, contact.id);
      if (!found) {
        const issues = [{ path: 'contact.id', message: 'refers to a contact that does not exist', rule: 'reference' }];
        throw new Fault('unknown_reference', { issues });
      }
      return { contactId: found.id, contact: null, phone: phone ?? found.fields.phone ?? undefined };
    }
    const issues = contact ? issuesOf(ContactInput, contact, 'contact') : [];
    if (contact?.timezone && !isTimeZone(contact.timezone))
      issues.push({ path: 'contact.timezone', message: 'must be an IANA time zone', rule: 'format' });
    if (issues.length > 0) throw invalid(issues);
    return { contactId: null, contact: contact ?? null, phone: phone ?? contact?.phone ?? undefined };
  };

  const judge = async ({ workspaceId }: Caller, draft: CallDraft, phone: string | undefined): Promise<void> => {
    const { priority, localStart, notBefore, numberId, overrides = {}, metadata = {}, variables = {} } = draft;
    const issues: Issue[] = [...metadataIssues(metadata), ...metadataIssues(variables).map(inVariables)];
    const wrong = (path: string, message: string, rule = 'value') => issues.push({ path, message, rule });
    if (phone === undefined) wrong('phone', 'is needed: the contact has no telephone number', 'required');
    else if (!PHONE.test(phone)) wrong('phone', 'must be a phone number in E.164 form, like +15551234567', 'format');
    if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY))
      wrong('priority', `must be a whole number from 0 to ${MAX_PRIORITY}`, 'range');
    if (localStart !== undefined && !isLocalTime(localStart))
      wrong('localStart', 'must be a local date and time like 2026-05-01T09:30', 'format');
    if (notBefore !== undefined && !isMoment(notBefore)) wrong('notBefore', 'must be a date and time', 'format');
    const layer = overrides['callSettings'] as JsonObject | undefined;
    if (layer)
      issues.push(...issuesOf(CallSettings, { ...layer, window: layer['window'] ?? {} }, 'overrides.callSettings'));
    if (issues.length > 0) throw invalid(issues);
    if (numberId !== undefined && (await store.phoneNumbers.getMany(workspaceId, [numberId])).length === 0)
      throw new Fault('unknown_reference', {
        issues: [{ path: 'numberId', message: 'refers to a phone number that does not exist', rule: 'reference' }],
      });
  };

  /** What it is to run on must be there before a telephone rings. */
  const demandRevision = async ({ workspaceId, id }: Agent, { revision, label }: CallDraft): Promise<void> => {
    const { history } = store;
    if (revision !== undefined && !(await history.get(workspaceId, id, revision)))
      throw new Fault('revision_missing', { id: String(revision) });
    if (label !== undefined && !(await history.labels(workspaceId, id)).some(({ name }) => name === label))
      throw new Fault('label_missing', { id: label });
  };

  /** A new call, thought about: when it will be made. */
  const drafted = async (caller: Caller, draft: CallDraft): Promise<Omit<Call, 'counter'>> => {
    const { agent } = await agents.get({ ...caller }, draft.agent);
    refuseUnavailable(caller, agent, 'phone');
    const { profileId } = draft;
    if (profileId !== undefined && !Object.hasOwn(agent.document.profiles, profileId)) {
      const issues = [{ path: 'profileId', message: 'is not a profile of the agent', rule: 'reference' }];
      throw new Fault('unknown_reference', { issues });
    }
    const reached = await whom(caller, draft);
    await judge(caller, draft, reached.phone);
    await demandRevision(agent, draft);
    const time = now().toISOString();
    const options: CallOptions = Object.fromEntries(
      CALL_OPTIONS.flatMap((key) => (draft[key] === undefined ? [] : [[key, draft[key]]])),
    );
    return newCall({
      workspaceId: caller.workspaceId,
      id: newId(),
      agentId: agent.id,
      direction: 'outbound',
      dialect: caller.dialect,
      by: caller.author,
      ...reached,
      phone: reached.phone!,
      status: 'waiting',
      why: '',
      priority: draft.priority ?? DEFAULT_PRIORITY,
      notBefore: draft.notBefore === undefined ? null : new Date(draft.notBefore).toISOString(),
      localStart: draft.localStart?.slice(0, 16) ?? null,
      dueAt: time,
      options,
      metadata: draft.metadata ?? {},
      extras: draft.extras ?? {},
      externalReference: draft.externalReference ?? null,
      createdAt: time,
    });
  };

  /** Whoever is called becomes one of the workspace's contacts, if that is wanted. */
  const newContact = (
    caller: Caller,
    { keeps = false }: CallDraft,
    { contact: fields, workspaceId }: Pick<Call, 'contact' | 'workspaceId'>,
  ) => {
    if (!keeps || !fields) return undefined;
    const time = now().toISOString();
    const contact: Contact = { workspaceId, id: newId(), fields, createdAt: time, updatedAt: time };
    return {
      contact,
      statements: store.contacts.creation(contact, auditEntry(ctx, caller, 'contact.created', contact.id)),
    };
  };

  return { drafted, newContact };
}

const inVariables = (issue: Issue): Issue => ({ ...issue, path: issue.path.replace(/^metadata/, 'variables') });
