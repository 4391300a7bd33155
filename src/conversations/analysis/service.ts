/**
 * The analysis of conversations that have ended: findings, memory, tools that run afterwards, and then the event. The
 * row of a conversation says that it is due. A node claims it with a lease, so that another node continues after a
 * crash.
 */

import { auditEntry } from '../../audit/entry.ts';
import type { Context } from '../../context.ts';
import { createPoller, type Poller, type SetTimer } from '../../lib/poller.ts';
import { isObject } from '../../lib/values.ts';
import { systemCaller } from '../../workspaces/caller.ts';
import type { AfterwardsOutcome, Analysis, OfferedTool } from '../conversation.ts';
import type { MemoryService } from '../memory/service.ts';
import { ModelFailure, type Providers } from '../ports.ts';
import { type Attempt, askJudge, findingsAbout, judgeModel, type Transcript } from './judge.ts';
import {
  argumentsQuestion,
  contactSpoke,
  FINDINGS,
  type Findings,
  memoryQuestion,
  NOT_EVALUATED,
  needsArguments,
  unknownFinding,
} from './questions.ts';
import type { Claimed } from './store.ts';

/** A node that has not finished by then has crashed. */
const LEASE_MS = 120_000;
const DEADLINE_MS = 110_000;
/** After so many attempts a conversation is given up, so that one that crashes nodes does not crash all of them. */
const MAX_ATTEMPTS = 3;
/** The pause after the first failure of the model; the second one is twice as long. */
const PAUSE_MS = 30_000;
const MAX_CONCURRENT = 4;
const IDLE_MS = 1000;

export interface AnalysisOptions {
  providers: Pick<Providers, 'model' | 'tools' | 'defaultModel'>;
  memory: Pick<MemoryService, 'remember'>;
  setTimer?: SetTimer;
}

/** Counts for operators. */
export interface AnalysisSnapshot {
  running: boolean;
  /** Conversations that this node analyses now. */
  inProgress: number;
}

export interface AnalysisService {
  /** Analyses some of the conversations that are due; answers whether there were any. */
  work(): Promise<boolean>;
  start(report: (error: unknown) => void): void;
  /** Aborts the analyses in progress; another node, or the next start, continues them. */
  stop(): Promise<boolean>;
  snapshot(): AnalysisSnapshot;
}

export const analysisService = (ctx: Context, options: AnalysisOptions): AnalysisService => new Analyzer(ctx, options);

class Analyzer implements AnalysisService {
  readonly #ctx: Context;
  readonly #options: AnalysisOptions;
  readonly #poller: Poller;
  readonly #closing = new AbortController();
  #running = false;
  #inProgress = 0;

  constructor(ctx: Context, options: AnalysisOptions) {
    this.#ctx = ctx;
    this.#options = options;
    const { setTimer } = options;
    this.#poller = createPoller({
      work: () => this.work(),
      busyMs: 0,
      idleMs: IDLE_MS,
      ...(setTimer && { setTimer }),
    });
  }

  snapshot(): AnalysisSnapshot {
    return { running: this.#running, inProgress: this.#inProgress };
  }

  start(report: (error: unknown) => void): void {
    this.#running = true;
    this.#poller.start(report);
  }

  async stop(): Promise<boolean> {
    this.#closing.abort();
    const ran = await this.#poller.stop();
    this.#running = false;
    return ran;
  }

  async work(): Promise<boolean> {
    if (!(await this.#ctx.store.analyses.anyDue(this.#time()))) return false;
    const worked = await Promise.all(Array.from({ length: MAX_CONCURRENT }, () => this.#claimAndAnalyse()));
    return worked.some(Boolean);
  }

  async #claimAndAnalyse(): Promise<boolean> {
    const { analyses } = this.#ctx.store;
    const claimed = await analyses.claim(this.#time(), this.#time(LEASE_MS));
    if (!claimed) return false;
    this.#inProgress += 1;
    try {
      if (claimed.attempts > MAX_ATTEMPTS) await this.#giveUp(claimed);
      else await this.#analyse(claimed);
    } catch (error) {
      if (claimed.attempts > MAX_ATTEMPTS) throw error;
      const pauseMs = this.#isClosing() ? 0 : PAUSE_MS * claimed.attempts;
      await analyses.extend(claimed, this.#time(pauseMs));
      if (!(error instanceof ModelFailure) && !this.#isClosing()) throw error;
    } finally {
      this.#inProgress -= 1;
    }
    return true;
  }

  async #analyse(claimed: Claimed): Promise<void> {
    const { store } = this.#ctx;
    const { workspaceId, id } = claimed.facts;
    const conversation = await store.conversations.get(workspaceId, id);
    if (!conversation) return;
    const transcript = { conversation, messages: await store.conversations.messages(workspaceId, id) };
    const attempt: Attempt = {
      isLast: claimed.attempts >= MAX_ATTEMPTS,
      signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(DEADLINE_MS)]),
      isClosing: () => this.#isClosing(),
    };
    let { analysis } = conversation;
    if (!analysis) {
      const findings = await findingsAbout(this.#options.providers, transcript, attempt);
      analysis = { revision: conversation.revision, at: this.#time(), ...findings };
      // The findings are saved first: if the rest fails, the next attempt does not ask for them again.
      if (!(await store.analyses.save(claimed, analysis))) return;
    }
    await tolerate(
      attempt,
      () => this.#remember(transcript, attempt.signal),
      () => undefined,
    );
    const afterwards = await this.#runTools(transcript, attempt);
    await this.#finish(claimed, { ...analysis, ...(afterwards.length > 0 && { afterwards }) });
  }

  /** Facts are stored by name, so a repetition after a crash changes nothing. */
  async #remember(transcript: Transcript, signal: AbortSignal): Promise<void> {
    const { providers, memory } = this.#options;
    const { conversation, messages } = transcript;
    const { workspaceId, contactId, snapshot } = conversation;
    const { firstAgentId, personas } = snapshot;
    if (!personas[firstAgentId]?.document.memory.enabled || contactId === null || !contactSpoke(messages)) return;
    const model = judgeModel(providers, conversation);
    if (model === undefined) return;
    const answer = await askJudge(providers, model, memoryQuestion(snapshot, messages), signal);
    if (!answer) return;
    const part = (name: string) => (isObject(answer[name]) ? answer[name] : {});
    await memory.remember(workspaceId, contactId, firstAgentId, { global: part('global'), agent: part('agent') });
  }

  async #runTools(transcript: Transcript, attempt: Attempt): Promise<AfterwardsOutcome[]> {
    const { personas, firstAgentId } = transcript.conversation.snapshot;
    const outcomes: AfterwardsOutcome[] = [];
    for (const tool of personas[firstAgentId]?.afterwards ?? []) {
      const notCalled = (kind: string): AfterwardsOutcome => ({
        tool: tool.name,
        output: `The tool was not called: the model did not answer (${kind}).`,
        failed: true,
      });
      outcomes.push(await tolerate(attempt, () => this.#runTool(tool, transcript, attempt.signal), notCalled));
    }
    return outcomes;
  }

  async #runTool(tool: OfferedTool, transcript: Transcript, signal: AbortSignal): Promise<AfterwardsOutcome> {
    const { providers } = this.#options;
    const { conversation, messages } = transcript;
    const model = judgeModel(providers, conversation);
    const question = argumentsQuestion(tool, messages);
    const input = model === undefined ? undefined : await askJudge(providers, model, question, signal);
    if (!input && needsArguments(tool)) {
      const reason = model === undefined ? NOT_EVALUATED.noJudge : NOT_EVALUATED.misfit;
      return { tool: tool.name, output: `The tool was not called; its arguments were ${reason}.`, failed: true };
    }
    // The same id at every attempt, so that the tool's server can recognise a repetition.
    const call = { id: `afterwards-${tool.name}`, name: tool.name, input: input ?? {} };
    const { output, failed } = await providers.tools.run(tool, call, conversation, signal);
    return { tool: tool.name, output, failed };
  }

  async #finish(claimed: Claimed, analysis: Analysis): Promise<void> {
    const { workspaceId, id, agentId, revision } = claimed.facts;
    const author = systemCaller({ id: workspaceId, number: 0 });
    // The audit log is kept longer than conversations, so it holds no findings.
    const entry = auditEntry(this.#ctx, author, 'conversation.analyzed', id, { agentId, revision });
    await this.#ctx.store.analyses.save(claimed, analysis, entry);
  }

  async #giveUp(claimed: Claimed): Promise<void> {
    const { analysis, revision } = claimed.facts;
    const unknown = unknownFinding(NOT_EVALUATED.failed('several attempts were interrupted'));
    const findings = Object.fromEntries(FINDINGS.map((name) => [name, unknown])) as unknown as Findings;
    await this.#finish(claimed, analysis ?? { revision, at: this.#time(), ...findings });
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #time(offsetMs = 0): string {
    return new Date(this.#ctx.now().getTime() + offsetMs).toISOString();
  }
}

/** On the last attempt, a failure of the model leaves this step out and the rest goes on. */
async function tolerate<T>(
  { isLast, isClosing }: Attempt,
  step: () => Promise<T>,
  otherwise: (kind: string) => T,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof ModelFailure) || isClosing() || !isLast) throw error;
    return otherwise(error.kind);
  }
}
