/**
 * Looking back at conversations that have ended: what is to be judged is judged, what is worth it is remembered, tools
 * that come afterwards run, and then it is told. A row in the store says what is due; whoever takes one on has a lease,
 * and what is left of one that dies is done by the next.
 */

import { auditEntry } from '../../audit/entry.ts';
import type { Context } from '../../context.ts';
import { createPoller, type SetTimer } from '../../lib/poller.ts';
import { isObject, type JsonObject } from '../../lib/values.ts';
import { systemCaller } from '../../workspaces/caller.ts';
import type { AfterwardsOutcome, Analysis, Conversation, Message, OfferedTool } from '../conversation.ts';
import type { MemoryService } from '../memory/service.ts';
import { ModelFailure, type Providers } from '../ports.ts';
import {
  argumentsQuestion,
  believed,
  FINDINGS,
  type FindingName,
  type Findings,
  lessonQuestion,
  NOT_EVALUATED,
  needsArguments,
  type Question,
  questionFor,
  somebodySpoke,
  unknownFinding,
  valueIn,
} from './questions.ts';
import type { Claimed } from './store.ts';

/** Longer than looking back may take: whoever is still at it by then has died. */
const LEASE_MS = 120_000;
const DEADLINE_MS = 110_000;
/** A conversation that has ended so many who looked back at it ends no other. */
const MAX_ATTEMPTS = 3;
/** After the first failure of the model, and twice that after the second. */
const PAUSE_MS = 30_000;
const AT_ONCE = 4;
const IDLE_MS = 1000;

export interface AnalysisParts {
  providers: Pick<Providers, 'model' | 'tools' | 'defaultModel'>;
  memory: Pick<MemoryService, 'remember'>;
  later?: SetTimer;
}

export type AnalysisService = ReturnType<typeof analysisService>;

export function analysisService(ctx: Context, { providers, memory, later }: AnalysisParts) {
  const { store } = ctx;
  const { model: port } = providers;
  const closing = new AbortController();
  const time = (ms = 0) => new Date(ctx.now().getTime() + ms).toISOString();

  /** The model that the agent spoke with judges, where it can. */
  const judgeOf = ({ snapshot }: Conversation): string | undefined => {
    const wanted =
      snapshot.overrides.model ?? snapshot.personas[snapshot.firstAgentId]?.profile?.model.id ?? providers.defaultModel;
    if (!port.judge) return undefined;
    return port.judgeFor ? port.judgeFor(wanted) : wanted;
  };

  /** Asked once more where the answer cannot be believed; a judge that gives none has tried again by itself. */
  const ask = async (model: string, question: Question, signal: AbortSignal): Promise<JsonObject | undefined> => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const given = await port.judge?.({ model, ...question, signal });
      if (given === undefined) return undefined;
      const answer = believed(question, given);
      if (answer) return answer;
    }
    return undefined;
  };

  const findOut = async (
    name: FindingName,
    conversation: Conversation,
    said: readonly Message[],
    isLast: boolean,
    signal: AbortSignal,
  ) => {
    const model = judgeOf(conversation);
    const question = questionFor(name, conversation.snapshot, said);
    if (typeof question === 'string') return unknownFinding(question);
    if (model === undefined) return unknownFinding(NOT_EVALUATED.noJudge);
    if (!somebodySpoke(said)) return unknownFinding(NOT_EVALUATED.silence);
    try {
      const answer = await ask(model, question, signal);
      return answer ? { value: valueIn(name, answer), model } : unknownFinding(NOT_EVALUATED.misfit, model);
    } catch (error) {
      if (!(error instanceof ModelFailure) || closing.signal.aborted) throw error;
      if (!isLast && error.kind !== 'refused' && error.kind !== 'unknown-model') throw error;
      return unknownFinding(NOT_EVALUATED.failed(error.kind), model);
    }
  };

  const judge = async (conversation: Conversation, said: readonly Message[], isLast: boolean, signal: AbortSignal) => {
    const found = await Promise.all(
      FINDINGS.map(async (name) => [name, await findOut(name, conversation, said, isLast, signal)] as const),
    );
    const findings = Object.fromEntries(found) as unknown as Findings;
    return { revision: conversation.revision, at: time(), ...findings } satisfies Analysis;
  };

  /** Said again after a crash, a fact is the same fact. */
  const remember = async (conversation: Conversation, said: readonly Message[], signal: AbortSignal): Promise<void> => {
    const { workspaceId, contactId, snapshot } = conversation;
    const { firstAgentId } = snapshot;
    if (!snapshot.personas[firstAgentId]?.document.memory.enabled || contactId === null || !somebodySpoke(said)) return;
    const model = judgeOf(conversation);
    if (model === undefined) return;
    const lesson = await ask(model, lessonQuestion(snapshot, said), signal);
    if (!lesson) return;
    const part = (name: string) => (isObject(lesson[name]) ? lesson[name] : {});
    await memory.remember(workspaceId, contactId, firstAgentId, { global: part('global'), agent: part('agent') });
  };

  /** The id of the call is the same whenever it is made, so whoever is called can tell that it is not another one. */
  const runTool = async (
    tool: OfferedTool,
    conversation: Conversation,
    said: readonly Message[],
    signal: AbortSignal,
  ): Promise<AfterwardsOutcome> => {
    const model = judgeOf(conversation);
    const input = model === undefined ? undefined : await ask(model, argumentsQuestion(tool, said), signal);
    if (!input && needsArguments(tool)) {
      const why = model === undefined ? NOT_EVALUATED.noJudge : NOT_EVALUATED.misfit;
      return { tool: tool.name, output: `It was not called; its arguments were ${why}.`, failed: true };
    }
    const call = { id: `afterwards-${tool.name}`, name: tool.name, input: input ?? {} };
    const { output, failed } = await providers.tools.run(tool, call, conversation, signal);
    return { tool: tool.name, output, failed };
  };

  /** What a model could not do after the last attempt is left undone, and the rest goes on. */
  const tolerating = async <T>(isLast: boolean, work: () => Promise<T>, otherwise: (kind: string) => T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ModelFailure) || closing.signal.aborted || !isLast) throw error;
      return otherwise(error.kind);
    }
  };

  const lookBack = async (claimed: Claimed): Promise<void> => {
    const { workspaceId, id } = claimed.facts;
    const conversation = await store.conversations.get(workspaceId, id);
    if (!conversation) return;
    const said = await store.conversations.messages(workspaceId, id);
    const isLast = claimed.attempts >= MAX_ATTEMPTS;
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(DEADLINE_MS)]);

    let analysis = conversation.analysis;
    if (!analysis) {
      analysis = await judge(conversation, said, isLast, signal);
      // From here on nobody judges again, whatever happens to the rest.
      if (!(await store.analyses.save(claimed, analysis))) return;
    }
    await tolerating(
      isLast,
      () => remember(conversation, said, signal),
      () => undefined,
    );
    const tools = conversation.snapshot.personas[conversation.snapshot.firstAgentId]?.afterwards ?? [];
    const afterwards: AfterwardsOutcome[] = [];
    for (const tool of tools)
      afterwards.push(
        await tolerating(
          isLast,
          () => runTool(tool, conversation, said, signal),
          (kind) => ({
            tool: tool.name,
            output: `It was not called: the model did not answer (${kind}).`,
            failed: true,
          }),
        ),
      );
    await finish(claimed, { ...analysis, ...(afterwards.length > 0 && { afterwards }) });
  };

  const finish = async (claimed: Claimed, analysis: Analysis): Promise<void> => {
    const { workspaceId, id, agentId, revision } = claimed.facts;
    const author = systemCaller({ id: workspaceId, number: 0 });
    // What was found is read where the conversation is: a journal is kept longer, and hears only that it was done.
    const detail = { agentId, revision };
    await store.analyses.save(claimed, analysis, auditEntry(ctx, author, 'conversation.analyzed', id, detail));
  };

  const giveUp = async (claimed: Claimed): Promise<void> => {
    const { analysis, revision } = claimed.facts;
    const none = Object.fromEntries(
      FINDINGS.map((name) => [name, unknownFinding(NOT_EVALUATED.failed('broken off several times'))]),
    ) as unknown as Findings;
    await finish(claimed, analysis ?? { revision, at: time(), ...none });
  };

  const one = async (): Promise<boolean> => {
    const claimed = await store.analyses.claim(time(), time(LEASE_MS));
    if (!claimed) return false;
    if (claimed.attempts > MAX_ATTEMPTS) {
      await giveUp(claimed);
      return true;
    }
    try {
      await lookBack(claimed);
    } catch (error) {
      const pause = closing.signal.aborted ? 0 : PAUSE_MS * claimed.attempts;
      await store.analyses.extend(claimed, time(pause));
      if (!(error instanceof ModelFailure) && !closing.signal.aborted) throw error;
    }
    return true;
  };

  /** Looks back at some of those that wait; answers whether there were any. */
  const work = async (): Promise<boolean> =>
    (await store.analyses.anyDue(time())) && (await Promise.all(Array.from({ length: AT_ONCE }, one))).some(Boolean);
  const poller = createPoller({ work, busyMs: 0, idleMs: IDLE_MS, ...(later && { setTimer: later }) });

  return {
    work,
    start: poller.start,
    /** Calls off what is being judged; another node, or the next start, goes on with it. */
    stop(): Promise<boolean> {
      closing.abort();
      return poller.stop();
    },
  };
}
