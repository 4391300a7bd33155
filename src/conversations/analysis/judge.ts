/** The judge of the analysis: asks a model the questions about a conversation and checks its answers. */

import type { JsonObject } from '../../lib/values.ts';
import type { Conversation, Finding, Message } from '../conversation.ts';
import { ModelFailure, type Providers } from '../ports.ts';
import {
  contactSpoke,
  FINDINGS,
  type FindingName,
  type Findings,
  NOT_EVALUATED,
  type Question,
  questionFor,
  unknownFinding,
  validAnswer,
  valueIn,
} from './questions.ts';

export type JudgeProviders = Pick<Providers, 'model' | 'defaultModel'>;

/** A conversation with its messages. */
export interface Transcript {
  conversation: Conversation;
  messages: readonly Message[];
}

/** One attempt to analyse a conversation. */
export interface Attempt {
  /** No further attempt follows, so a failure of the model becomes the reason of the finding. */
  isLast: boolean;
  signal: AbortSignal;
  /** The server is closing: failures are thrown, and another node goes on. */
  isClosing: () => boolean;
}

const MAX_ANSWERS = 2;

/** The model that the conversation used, where it can judge; undefined where none can. */
export function judgeModel({ model, defaultModel }: JudgeProviders, { snapshot }: Conversation): string | undefined {
  const spoken =
    snapshot.overrides.model ?? snapshot.personas[snapshot.firstAgentId]?.profile?.model.id ?? defaultModel;
  if (!model.judge) return undefined;
  return model.judgeFor ? model.judgeFor(spoken) : spoken;
}

/** A valid answer; undefined where the judge gives none. An invalid answer is asked for once more. */
export async function askJudge(
  { model: port }: JudgeProviders,
  model: string,
  question: Question,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  for (let count = 0; count < MAX_ANSWERS; count += 1) {
    const answer = await port.judge?.({ model, ...question, signal });
    // The port itself has asked again before it answers undefined.
    if (answer === undefined) return undefined;
    const valid = validAnswer(question, answer);
    if (valid) return valid;
  }
  return undefined;
}

/** Every finding about a conversation, asked for at the same time. Throws a ModelFailure that another attempt may mend. */
export async function findingsAbout(
  providers: JudgeProviders,
  transcript: Transcript,
  attempt: Attempt,
): Promise<Findings> {
  const found = await Promise.all(
    FINDINGS.map(async (name) => [name, await findingOf(name, providers, transcript, attempt)] as const),
  );
  return Object.fromEntries(found) as unknown as Findings;
}

async function findingOf(
  name: FindingName,
  providers: JudgeProviders,
  { conversation, messages }: Transcript,
  { isLast, signal, isClosing }: Attempt,
): Promise<Finding<unknown>> {
  const model = judgeModel(providers, conversation);
  const question = questionFor(name, conversation.snapshot, messages);
  if (typeof question === 'string') return unknownFinding(question);
  if (model === undefined) return unknownFinding(NOT_EVALUATED.noJudge);
  if (!contactSpoke(messages)) return unknownFinding(NOT_EVALUATED.silence);
  try {
    const answer = await askJudge(providers, model, question, signal);
    return answer ? { value: valueIn(name, answer), model } : unknownFinding(NOT_EVALUATED.misfit, model);
  } catch (error) {
    if (!(error instanceof ModelFailure) || isClosing()) throw error;
    const mayPass = error.kind !== 'refused' && error.kind !== 'unknown-model';
    if (mayPass && !isLast) throw error;
    return unknownFinding(NOT_EVALUATED.failed(error.kind), model);
  }
}
