/** A scripted double of the language model, for tests. */
import type { ToolCall, Usage } from '../../conversations/conversation.ts';
import { type LanguageModel, ModelFailure, type ModelPart, type ModelRequest } from '../../conversations/ports.ts';
import type { JsonObject } from '../../lib/values.ts';

export type Cue =
  | { say: string }
  | { call: Partial<ToolCall> & { name: string } }
  | { waitMs: number }
  | { fail: ModelFailure['kind'] }
  | { usage: Usage };

export interface ScriptedModel extends LanguageModel {
  /** The requests it received, in order. */
  requests: ModelRequest[];
  judged: Parameters<NonNullable<LanguageModel['judge']>>[0][];
}

export interface ScriptOptions {
  /** The cues for requests after the end of the script. */
  otherwise?: readonly Cue[];
  judgements?: readonly (JsonObject | undefined)[];
  /** Waits for `waitMs` cues; without it they are skipped. */
  sleep?: (ms: number) => Promise<void>;
}

/** `script` has one list of cues for each request. */
export function createScriptedModel(script: readonly (readonly Cue[])[], options: ScriptOptions = {}): ScriptedModel {
  const requests: ModelRequest[] = [];
  const judged: ScriptedModel['judged'] = [];
  return {
    requests,
    judged,
    async *answer(request): AsyncGenerator<ModelPart> {
      const turn = requests.push({ ...request, messages: [...request.messages] }) - 1;
      let usage: Usage | undefined;
      let calls = 0;
      for (const cue of script[turn] ?? options.otherwise ?? []) {
        request.signal.throwIfAborted();
        if ('say' in cue) yield { type: 'delta', text: cue.say };
        if ('call' in cue) yield { type: 'call', call: { id: `call-${turn}-${calls++}`, input: {}, ...cue.call } };
        if ('waitMs' in cue) await options.sleep?.(cue.waitMs);
        if ('fail' in cue) throw new ModelFailure(cue.fail, 'The script says so.');
        if ('usage' in cue) usage = cue.usage;
      }
      yield { type: 'done', model: request.model, ...(usage && { usage }) };
    },
    async judge(request) {
      const turn = judged.push(request) - 1;
      return options.judgements?.[turn];
    },
  };
}
