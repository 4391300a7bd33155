/** The revisions of an agent: reading them, labelling them, and rolling back to one of them. */

import type { Operation } from 'rfc6902';
import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, type Holder, invalid, invalidAt } from '../faults.ts';
import { mapIssues } from '../lib/check.ts';
import { type JsonObject, same } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { Agent, AgentDocument } from './agent.ts';
import { type Difference, differences, editsBetween, jsonPatch } from './change/diff.ts';
import type { Label, RevisionFacts } from './history-store.ts';
import type { AgentRef, AgentService, Updated } from './service.ts';
import type { View } from './view.ts';

export type { Label } from './history-store.ts';

export interface Revision extends RevisionFacts {
  /** The names of the labels on the revision. */
  labels: string[];
}

export interface Diff {
  from: number;
  to: number;
  differences: Difference[];
  patch: Operation[];
}

const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const VARIABLES = { keys: 500, depth: 10, bytes: 65_536 };

/**
 * Every method finds the agent first and throws `agent_missing` or `agent_foreign`. Revisions and labels that do not
 * exist are `revision_missing` and `label_missing`.
 */
export interface HistoryService {
  /** The number of the revision that was the head at a time (ISO 8601). `head` is the number of the head now. */
  numberAt(workspaceId: string, agentId: string, head: number, at: string): Promise<number>;
  /** Revisions below a number, newest first. */
  list(caller: Caller, ref: AgentRef, limit: number, below?: number): Promise<Revision[]>;
  /** One revision with its document. */
  get(caller: Caller, ref: AgentRef, number: number): Promise<Revision & { document: AgentDocument }>;
  /** The agent with the document of a revision. Notes the revision in the caller, for the answer's ETag. */
  at(caller: Caller, ref: AgentRef, number: number): Promise<View>;
  /** The agent with the document of the revision that has a label. */
  getByLabel(caller: Caller, ref: AgentRef, name: string): Promise<{ view: View; label: Label }>;
  /** The differences between two revisions; `to` is the head by default. */
  diff(caller: Caller, ref: AgentRef, from: number, to?: number): Promise<Diff>;
  /** Writes a new revision with the document of an old one. */
  rollback(caller: Caller, ref: AgentRef, to: number): Promise<Updated>;
  /** Deletes a revision. Throws `revision_held` for the head, a labelled revision and one with open conversations. */
  remove(caller: Caller, ref: AgentRef, number: number): Promise<void>;
  /** The labels of the agent. */
  labels(caller: Caller, ref: AgentRef): Promise<Label[]>;
  /** One label. */
  label(caller: Caller, ref: AgentRef, name: string): Promise<Label>;
  /** Puts a label on a revision. Without variables the label keeps those that it has. */
  assign(caller: Caller, ref: AgentRef, name: string, input: LabelInput): Promise<Label>;
  /** Removes a label. */
  unassign(caller: Caller, ref: AgentRef, name: string): Promise<void>;
}

export interface LabelInput {
  revision: number;
  variables?: JsonObject;
}

export function historyService(ctx: Context, agents: Pick<AgentService, 'get' | 'update'>): HistoryService {
  const { history } = ctx.store;
  // The caller is copied: these answers are not about the head, so its revision must not become their ETag.
  const headOf = async (caller: Caller, ref: AgentRef): Promise<Agent> => (await agents.get({ ...caller }, ref)).agent;

  const at: HistoryService['at'] = async (caller, ref, number) => {
    const view = await agents.get(caller, ref);
    const { workspaceId, id } = view.agent;
    const revision = await history.get(workspaceId, id, number);
    if (!revision) throw revisionMissing(number);
    caller.shownRevision = number;
    const { at: updatedAt, document } = revision;
    return { ...view, agent: { ...view.agent, revision: number, updatedAt, document } };
  };

  return {
    at,
    numberAt: (workspaceId, agentId, head, time) => numberAt(ctx, workspaceId, agentId, head, time),

    async list(caller, ref, limit, below) {
      const { workspaceId, id } = await headOf(caller, ref);
      const [facts, labels] = await Promise.all([
        history.list(workspaceId, id, limit, below),
        history.labels(workspaceId, id),
      ]);
      return facts.map((revision) => ({ ...revision, labels: namesOn(labels, revision.number) }));
    },

    async get(caller, ref, number) {
      const { workspaceId, id } = await headOf(caller, ref);
      const [revision, labels] = await Promise.all([
        history.get(workspaceId, id, number),
        history.labels(workspaceId, id),
      ]);
      if (!revision) throw revisionMissing(number);
      return { ...revision, labels: namesOn(labels, number) };
    },

    async getByLabel(caller, ref, name) {
      const label = await labelOf(ctx, await headOf(caller, ref), name);
      // A label can move to another revision, so the answer gets no ETag: the caller is copied here too.
      return { view: await at({ ...caller }, ref, label.revision), label };
    },

    async diff(caller, ref, from, to) {
      const { workspaceId, id, revision } = await headOf(caller, ref);
      const [before, after] = await Promise.all([
        documentOf(ctx, workspaceId, id, from),
        documentOf(ctx, workspaceId, id, to ?? revision),
      ]);
      const found = differences(before, after).filter((difference) => !isUpdateTime(difference));
      return { from, to: to ?? revision, differences: found, patch: jsonPatch(before, after) };
    },

    async rollback(caller, ref, to) {
      const { workspaceId, id } = await headOf(caller, ref);
      const document = await documentOf(ctx, workspaceId, id, to);
      const edits = ({ agent }: View) => editsBetween(agent.document, document);
      try {
        return await agents.update(caller, ref, { exactDocument: document, edits, action: 'agent.rolled_back' });
      } catch (error) {
        throw rollbackFault(error, to);
      }
    },

    remove: async (caller, ref, number) => removeRevision(ctx, caller, await headOf(caller, ref), number),

    async labels(caller, ref) {
      const { workspaceId, id } = await headOf(caller, ref);
      return history.labels(workspaceId, id);
    },

    label: async (caller, ref, name) => labelOf(ctx, await headOf(caller, ref), name),
    assign: async (caller, ref, name, input) => assignLabel(ctx, caller, await headOf(caller, ref), name, input),

    async unassign(caller, ref, name) {
      const { workspaceId, id } = await headOf(caller, ref);
      const entry = auditEntry(ctx, caller, 'agent.label_removed', id, { label: name });
      if (!(await storesFor(ctx, caller).history.unassign(workspaceId, id, name, entry))) throw labelMissing(name);
    },
  };
}

type Stores = Pick<Context, 'store'>;

const revisionMissing = (number: number): Fault =>
  new Fault('revision_missing', {
    message: `The agent has no revision ${number}, or it was removed; the list of revisions has those that are kept.`,
  });

const labelMissing = (name: string): Fault =>
  new Fault('label_missing', {
    id: name,
    message: `No revision of the agent has the label ${name}; assign the label first.`,
  });

async function documentOf({ store }: Stores, workspaceId: string, agentId: string, number: number) {
  const document = await store.history.document(workspaceId, agentId, number);
  if (!document) throw revisionMissing(number);
  return document;
}

async function labelOf({ store }: Stores, { workspaceId, id }: Agent, name: string): Promise<Label> {
  const label = await store.history.label(workspaceId, id, name);
  if (!label) throw labelMissing(name);
  return label;
}

async function numberAt({ store }: Stores, workspaceId: string, agentId: string, head: number, at: string) {
  const { history } = store;
  const number = await history.numberAt(workspaceId, agentId, at);
  if (number === undefined) {
    const message = `The agent has no revision from ${at} or before, or it was removed; choose a later time.`;
    throw new Fault('revision_missing', { message });
  }
  if (number >= head) return number;
  // A gap after the revision hides the times of those removed, one of which may have been the head at that time.
  const [next] = await history.list(workspaceId, agentId, 1, number + 2);
  if (next?.number === number + 1) return number;
  const message = `The revision of ${at} is not known, because revisions after ${number} were removed; choose a later time.`;
  throw new Fault('revision_missing', { message });
}

async function removeRevision(ctx: Context, caller: Caller, agent: Agent, number: number): Promise<void> {
  const { workspaceId, id } = agent;
  await refuseHeld(ctx, agent, number);
  const entry = auditEntry(ctx, caller, 'agent.revision_removed', id, { revision: number });
  if (await storesFor(ctx, caller).history.remove(workspaceId, id, number, entry)) return;
  // Either there is no such revision, or a label or a conversation has come to hold it since the check above.
  await refuseHeld(ctx, agent, number);
  throw revisionMissing(number);
}

async function refuseHeld({ store }: Stores, { workspaceId, id, revision }: Agent, number: number): Promise<void> {
  const [labels, count] = await Promise.all([
    store.history.labels(workspaceId, id),
    store.conversations.countOpenOnRevision(workspaceId, id, number),
  ]);
  const holders: Holder[] = [
    ...(number === revision ? [{ kind: 'head' as const }] : []),
    ...namesOn(labels, number).map((name) => ({ kind: 'label' as const, name })),
    ...(count > 0 ? [{ kind: 'conversations' as const, count }] : []),
  ];
  if (holders.length === 0) return;
  const message = `Revision ${number} cannot be removed: ${holders.map(reasonOf).join(', and ')}.`;
  throw new Fault('revision_held', { message, holders });
}

function reasonOf({ kind, name, count }: Holder): string {
  if (kind === 'head') return 'it is the head';
  if (kind === 'label') return `it has the label ${name}`;
  return count === 1 ? '1 open conversation runs on it' : `${count} open conversations run on it`;
}

/** The fault of a rollback names the revision when that one refers to a record that has been deleted since. */
function rollbackFault(error: unknown, to: number): unknown {
  if (!(error instanceof Fault) || error.code !== 'unknown_reference') return error;
  const [first] = error.issues;
  const message = `Revision ${to} cannot be restored: ${first?.path} ${first?.message}.`;
  return new Fault('unknown_reference', { ...error.details, message });
}

async function assignLabel(
  ctx: Context,
  caller: Caller,
  { workspaceId, id }: Agent,
  name: string,
  input: LabelInput,
): Promise<Label> {
  if (!LABEL_NAME.test(name))
    throw invalidAt('name', 'must be letters, digits, dots, dashes and underscores, at most 63', 'pattern');
  const issues = mapIssues(VARIABLES, input.variables, 'variables');
  if (issues.length > 0) throw invalid(issues);
  const { revision } = input;
  const before = await ctx.store.history.label(workspaceId, id, name);
  const variables = input.variables ?? before?.variables ?? {};
  if (before && before.revision === revision && same(before.variables, variables)) return before;
  const entry = auditEntry(ctx, caller, 'agent.label_assigned', id, { label: name, revision });
  const { at, by } = entry;
  const assigned = await storesFor(ctx, caller).history.assign(workspaceId, id, { name, ...input, at, by }, entry);
  if (!assigned) throw revisionMissing(revision);
  return { name, revision, variables, at, by };
}

const namesOn = (labels: readonly Label[], number: number): string[] =>
  labels.filter(({ revision }) => revision === number).map(({ name }) => name);

/** The server sets a profile's `updatedAt` with every change of the profile, so it is no difference of its own. */
const isUpdateTime = ({ segments }: Difference): boolean =>
  segments[0] === 'profiles' && segments.length === 3 && segments[2] === 'updatedAt';
