/** Checks the draft of a call and makes an unsaved call of it. */

import type { Agent } from '../agents/agent.ts';
import type { AgentRef, AgentService } from '../agents/service.ts';
import { auditEntry } from '../audit/entry.ts';
import { type Contact, ContactInput } from '../contacts/contact.ts';
import type { Context } from '../context.ts';
import { metadataIssues, requireAvailable } from '../conversations/start.ts';
import type { Statement } from '../db/engine.ts';
import { Fault, type Issue, invalid } from '../faults.ts';
import { issuesOf } from '../lib/check.ts';
import { isTimeZone } from '../lib/text.ts';
import type { JsonObject } from '../lib/values.ts';
import type { CallEndpoint } from '../webhooks/webhook.ts';
import type { Caller } from '../workspaces/caller.ts';
import { CALL_OPTIONS, type Call, type CallOptions, DEFAULT_PRIORITY, newCall } from './call.ts';
import { callSettingsIssues, localTimeIssues, momentIssues, priorityIssues, variableIssues } from './draft-checks.ts';

/** What a client sends to place a call. */
export interface CallDraft extends Omit<CallOptions, 'overrides'> {
  agent: AgentRef;
  /** A contact of the workspace, or facts about a person who is not one. */
  contact?: { id: string } | ContactInput;
  /** Whether a person who is not a contact becomes one with the call. */
  saveContact?: boolean;
  /** Instead of the contact's number. */
  phone?: string;
  /** The earliest moment of the first attempt, ISO 8601. */
  notBefore?: string;
  /** The earliest local time of the first attempt on the contact's clock, `YYYY-MM-DDTHH:MM`. */
  localStart?: string;
  /** 0 to 100; higher priorities are dialed first. */
  priority?: number;
  overrides?: JsonObject;
  metadata?: JsonObject;
  extras?: JsonObject;
  externalReference?: string;
  /** Endpoints that receive the events of this call, besides the webhooks of the workspace. */
  endpoints?: readonly CallEndpoint[];
  /** The call is stored as completed and no phone rings, so that a client can test its endpoints. */
  simulated?: boolean;
}

export interface CallDrafts {
  /** Checks a draft and makes a call of it that is neither planned nor stored. */
  draftCall(caller: Caller, draft: CallDraft): Promise<Omit<Call, 'counter'>>;
  /** The contact that the draft asks to create, with the statements that insert it. */
  newContact(
    caller: Caller,
    draft: CallDraft,
    call: Pick<Call, 'contact' | 'workspaceId'>,
  ): { contact: Contact; statements: Statement[] } | undefined;
}

export const E164 = /^\+[1-9]\d{1,14}$/;

export const callDrafts = (ctx: Context, agents: Pick<AgentService, 'get'>): CallDrafts => ({
  async draftCall(caller, draft) {
    const { agent } = await agents.get({ ...caller }, draft.agent);
    requireAvailable(caller, agent, 'phone');
    requireProfile(agent, draft.profileId);
    const recipient = await recipientOf(ctx, caller, draft);
    const phone = checkDraft(draft, recipient.phone);
    await requireNumber(ctx, caller, draft.numberId);
    await requireRevision(ctx, agent, draft);
    const time = ctx.now().toISOString();
    const options: CallOptions = Object.fromEntries(
      CALL_OPTIONS.flatMap((key) => (draft[key] === undefined ? [] : [[key, draft[key]]])),
    );
    return newCall({
      workspaceId: caller.workspaceId,
      id: ctx.newId(),
      agentId: agent.id,
      direction: 'outbound',
      dialect: caller.dialect,
      by: caller.author,
      ...recipient,
      phone,
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
  },

  newContact(caller, { saveContact = false }, { contact: fields, workspaceId }) {
    if (!saveContact || !fields) return undefined;
    const time = ctx.now().toISOString();
    const contact: Contact = { workspaceId, id: ctx.newId(), fields, createdAt: time, updatedAt: time };
    const entry = auditEntry(ctx, caller, 'contact.created', contact.id);
    return { contact, statements: ctx.store.contacts.creation(contact, entry) };
  },
});

function requireProfile({ document }: Agent, profileId: string | undefined): void {
  if (profileId === undefined || Object.hasOwn(document.profiles, profileId)) return;
  throw unknownReference('profileId', 'is not a profile of the agent');
}

/** The person to call: a contact of the workspace, or facts from the draft. */
async function recipientOf({ store }: Context, { workspaceId }: Caller, { contact, phone }: CallDraft) {
  if (contact && 'id' in contact) {
    const found = await store.contacts.get(workspaceId, contact.id);
    if (!found) throw unknownReference('contact.id', 'refers to a contact that does not exist');
    return { contactId: found.id, contact: null, phone: phone ?? found.fields.phone ?? undefined };
  }
  const issues = contact ? issuesOf(ContactInput, contact, 'contact') : [];
  if (contact?.timezone && !isTimeZone(contact.timezone))
    issues.push({ path: 'contact.timezone', message: 'must be an IANA time zone', rule: 'format' });
  if (issues.length > 0) throw invalid(issues);
  return { contactId: null, contact: contact ?? null, phone: phone ?? contact?.phone ?? undefined };
}

/** Checks the values of a draft and answers the number to call. */
function checkDraft(draft: CallDraft, phone: string | undefined): string {
  const { metadata = {}, variables, priority, localStart, notBefore, overrides } = draft;
  const issues: Issue[] = [...metadataIssues(metadata), ...variableIssues(variables)];
  if (phone === undefined)
    issues.push({ path: 'phone', message: 'is required: the contact has no phone number', rule: 'required' });
  else if (!E164.test(phone))
    issues.push({ path: 'phone', message: 'must be a phone number in E.164 form, like +15551234567', rule: 'format' });
  issues.push(
    ...priorityIssues(priority),
    ...localTimeIssues('localStart', localStart),
    ...momentIssues('notBefore', notBefore),
    ...callSettingsIssues('overrides.callSettings', overrides?.['callSettings'] as JsonObject | undefined),
  );
  if (phone === undefined || issues.length > 0) throw invalid(issues);
  return phone;
}

async function requireNumber({ store }: Context, { workspaceId }: Caller, numberId: string | undefined) {
  if (numberId === undefined) return;
  const numbers = await store.phoneNumbers.getMany(workspaceId, [numberId]);
  if (numbers.length === 0) throw unknownReference('numberId', 'refers to a phone number that does not exist');
}

async function requireRevision({ store }: Context, { workspaceId, id }: Agent, { revision, label }: CallDraft) {
  const { history } = store;
  if (revision !== undefined && !(await history.get(workspaceId, id, revision)))
    throw new Fault('revision_missing', { id: String(revision) });
  if (label !== undefined && !(await history.labels(workspaceId, id)).some(({ name }) => name === label))
    throw new Fault('label_missing', { id: label });
}

const unknownReference = (path: string, message: string): Fault =>
  new Fault('unknown_reference', { issues: [{ path, message, rule: 'reference' }] });
