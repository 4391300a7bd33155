/** What an agent was: its revisions, the labels on them, and the way back. */

import { auditEntry } from '../audit/entry.ts';
import type { Context } from '../context.ts';
import { Fault, type Holder, invalid, invalidAt } from '../faults.ts';
import { mapIssues } from '../lib/check.ts';
import { type JsonObject, same } from '../lib/values.ts';
import type { Caller } from '../workspaces/caller.ts';
import { storesFor } from '../workspaces/caller.ts';
import type { AgentDocument } from './agent.ts';
import { type Difference, differences, editsBetween, jsonPatch } from './change/diff.ts';
import type { Label, RevisionFacts } from './history-store.ts';
import type { AgentRef, AgentService, Updated } from './service.ts';
import type { View } from './view.ts';

export type { Label } from './history-store.ts';

export interface Revision extends RevisionFacts {
  /** The names of the labels that hold it. */
  labels: string[];
}

const LABEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const VARIABLES = { keys: 500, depth: 10, bytes: 65_536 };

export type HistoryService = ReturnType<typeof historyService>;

export function historyService(ctx: Context, agents: Pick<AgentService, 'get' | 'update'>) {
  const { history } = ctx.store;

  /** The head. It is looked up, not shown: the answer is about something else. */
  const headOf = async (caller: Caller, ref: AgentRef) => (await agents.get({ ...caller }, ref)).agent;

  const missing = (number: number) =>
    new Fault('revision_missing', { message: `There is no revision ${number}, or it is no longer kept.` });

  const documentOf = async (workspaceId: string, agentId: string, number: number): Promise<AgentDocument> => {
    const document = await history.document(workspaceId, agentId, number);
    if (!document) throw missing(number);
    return document;
  };

  const unlabelled = (name: string) =>
    new Fault('label_missing', { id: name, message: `No revision bears the label ${name}.` });

  const labelOf = async (workspaceId: string, agentId: string, name: string): Promise<Label> => {
    const label = await history.label(workspaceId, agentId, name);
    if (!label) throw unlabelled(name);
    return label;
  };

  /** The revision that was the head at a moment; refused where that is not known any more. */
  const numberAt = async (workspaceId: string, agentId: string, head: number, at: string): Promise<number> => {
    const number = await history.numberAt(workspaceId, agentId, at);
    if (number === undefined) {
      const message = `No revision is kept that was there at ${at}.`;
      throw new Fault('revision_missing', { message });
    }
    // Between two that are kept there may have been others, made at moments that nobody knows any more.
    if (number < head && !(await isKept(workspaceId, agentId, number + 1))) {
      const message = `What was the head at ${at} is not known: revisions after ${number} are no longer kept.`;
      throw new Fault('revision_missing', { message });
    }
    return number;
  };

  const isKept = async (workspaceId: string, agentId: string, number: number): Promise<boolean> =>
    (await history.list(workspaceId, agentId, 1, number + 1))[0]?.number === number;

  const holdersOf = async (workspaceId: string, id: string, number: number, head: number): Promise<Holder[]> => {
    const [labels, count] = await Promise.all([
      history.labels(workspaceId, id),
      ctx.store.conversations.holding(workspaceId, id, number),
    ]);
    return [
      ...(number === head ? [{ kind: 'head' as const }] : []),
      ...labels.filter(({ revision }) => revision === number).map(({ name }) => ({ kind: 'label' as const, name })),
      ...(count > 0 ? [{ kind: 'conversations' as const, count }] : []),
    ];
  };

  const refuseHeld = (number: number, holders: Holder[]): void => {
    if (holders.length === 0) return;
    const names = holders.map(({ kind, name, count }) => {
      if (kind === 'head') return 'by being the head';
      return kind === 'label' ? `by the label ${name}` : `by ${count} open conversation${count === 1 ? '' : 's'}`;
    });
    const message = `Revision ${number} is held ${names.join(' and ')}.`;
    throw new Fault('revision_held', { message, holders });
  };

  return {
    numberAt,

    /** Newest first, below a number. */
    async list(caller: Caller, ref: AgentRef, limit: number, below?: number): Promise<Revision[]> {
      const { workspaceId, id } = await headOf(caller, ref);
      const [facts, labels] = await Promise.all([
        history.list(workspaceId, id, limit, below),
        history.labels(workspaceId, id),
      ]);
      return facts.map((one) => ({ ...one, labels: namesOn(labels, one.number) }));
    },

    async get(caller: Caller, ref: AgentRef, number: number): Promise<Revision & { document: AgentDocument }> {
      const { workspaceId, id } = await headOf(caller, ref);
      const [revision, labels] = await Promise.all([
        history.get(workspaceId, id, number),
        history.labels(workspaceId, id),
      ]);
      if (!revision) throw missing(number);
      return { ...revision, labels: namesOn(labels, number) };
    },

    /** The agent as one of its revisions has it. */
    async at(caller: Caller, ref: AgentRef, number: number): Promise<View> {
      const view = await agents.get(caller, ref);
      const { workspaceId, id } = view.agent;
      const revision = await history.get(workspaceId, id, number);
      if (!revision) throw missing(number);
      caller.seen = number;
      return {
        ...view,
        agent: { ...view.agent, revision: number, updatedAt: revision.at, document: revision.document },
      };
    },

    /** The agent as the revision that bears a label has it. */
    async labelled(caller: Caller, ref: AgentRef, name: string): Promise<{ view: View; label: Label }> {
      const { workspaceId, id } = await headOf(caller, ref);
      const label = await labelOf(workspaceId, id, name);
      // A revision does not move, but what a label says may: the answer carries no tag that promises otherwise.
      return { view: await this.at({ ...caller }, ref, label.revision), label };
    },

    async diff(caller: Caller, ref: AgentRef, from: number, to?: number) {
      const { workspaceId, id, revision } = await headOf(caller, ref);
      const [before, after] = await Promise.all([
        documentOf(workspaceId, id, from),
        documentOf(workspaceId, id, to ?? revision),
      ]);
      return {
        from,
        to: to ?? revision,
        differences: differences(before, after).filter(isSomebodysWord),
        patch: jsonPatch(before, after),
      };
    },

    /** Makes an agent what it was, in a new revision. */
    async rollback(caller: Caller, ref: AgentRef, to: number): Promise<Updated> {
      const { workspaceId, id } = await headOf(caller, ref);
      const document = await documentOf(workspaceId, id, to);
      try {
        return await agents.update(caller, ref, {
          becomes: document,
          edits: ({ agent }) => editsBetween(agent.document, document),
          action: 'agent.rolled_back',
        });
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'unknown_reference') throw error;
        const [first] = error.issues;
        const message = `Revision ${to} cannot come back: ${first?.path} ${first?.message}.`;
        throw new Fault('unknown_reference', { ...error.details, message });
      }
    },

    async remove(caller: Caller, ref: AgentRef, number: number): Promise<void> {
      const { workspaceId, id, revision: head } = await headOf(caller, ref);
      const refuse = async () => refuseHeld(number, await holdersOf(workspaceId, id, number, head));
      await refuse();
      const entry = auditEntry(ctx, caller, 'agent.revision_removed', id, { revision: number });
      if (await storesFor(ctx, caller).history.remove(workspaceId, id, number, entry)) return;
      // It is not there, or somebody has come to hold it just now.
      await refuse();
      throw missing(number);
    },

    async labels(caller: Caller, ref: AgentRef): Promise<Label[]> {
      const { workspaceId, id } = await headOf(caller, ref);
      return history.labels(workspaceId, id);
    },

    async label(caller: Caller, ref: AgentRef, name: string): Promise<Label> {
      const { workspaceId, id } = await headOf(caller, ref);
      return labelOf(workspaceId, id, name);
    },

    /** Puts a label on a revision. Its variables stay where nothing is said of them. */
    async assign(
      caller: Caller,
      ref: AgentRef,
      name: string,
      said: { revision: number; variables?: JsonObject },
    ): Promise<Label> {
      const { workspaceId, id } = await headOf(caller, ref);
      if (!LABEL_NAME.test(name))
        throw invalidAt('name', 'must be letters, digits, dots, dashes and underscores, at most 63', 'pattern');
      const issues = mapIssues(VARIABLES, said.variables, 'variables');
      if (issues.length > 0) throw invalid(issues);
      const before = await history.label(workspaceId, id, name);
      const variables = said.variables ?? before?.variables ?? {};
      if (before && before.revision === said.revision && same(before.variables, variables)) return before;
      const detail = { label: name, revision: said.revision };
      const entry = auditEntry(ctx, caller, 'agent.label_assigned', id, detail);
      const { at, by } = entry;
      const labelling = { name, ...said, at, by };
      if (!(await storesFor(ctx, caller).history.assign(workspaceId, id, labelling, entry)))
        throw missing(said.revision);
      return { name, revision: said.revision, variables, at, by };
    },

    async unassign(caller: Caller, ref: AgentRef, name: string): Promise<void> {
      const { workspaceId, id } = await headOf(caller, ref);
      const entry = auditEntry(ctx, caller, 'agent.label_removed', id, { label: name });
      if (!(await storesFor(ctx, caller).history.unassign(workspaceId, id, name, entry))) throw unlabelled(name);
    },
  };
}

const namesOn = (labels: readonly Label[], number: number): string[] =>
  labels.filter(({ revision }) => revision === number).map(({ name }) => name);

/** The time that a profile carries moves by itself. */
const isSomebodysWord = ({ segments }: Difference): boolean =>
  !(segments[0] === 'profiles' && segments.length === 3 && segments[2] === 'updatedAt');
