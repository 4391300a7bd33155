/** A conversation in the shapes of the AI SDK, whole: every call has its answer, every answer its call. Pure. */
import type { OfferedTool, ToolCall } from '../../conversations/conversation.ts';
import type { ModelMessage } from '../../conversations/prompt.ts';
import type { CallOptions } from './providers.ts';

type Wired = CallOptions['prompt'][number];

type Answer = Extract<ModelMessage, { role: 'tool' }>;

/** `userSpeaksFirst`: some providers take no conversation that the assistant begins. */
export function wired(system: string, messages: readonly ModelMessage[], userSpeaksFirst: boolean): Wired[] {
  const out: Wired[] = system === '' ? [] : [{ role: 'system', content: system }];
  if (userSpeaksFirst && messages[0]?.role !== 'user') out.push({ role: 'user', content: spoken('…') });
  for (const [at, message] of messages.entries()) {
    if (message.role === 'user') out.push({ role: 'user', content: spoken(message.text) });
    if (message.role !== 'assistant') continue;
    const { text, toolCalls = [] } = message;
    if (toolCalls.length === 0) {
      out.push({ role: 'assistant', content: spoken(text) });
      continue;
    }
    const calls = toolCalls.map(({ id, name, input }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName: name,
      input,
    }));
    out.push({ role: 'assistant', content: [...(text === '' ? [] : spoken(text)), ...calls] });
    // Providers refuse a call without an answer, so one that was lost on the way is said to be.
    out.push({ role: 'tool', content: toolCalls.map((call) => answerTo(call, answersAfter(messages, at))) });
  }
  return out;
}

const spoken = (text: string) => [{ type: 'text' as const, text }];

/** Tools that a model is only told of: it is the session that carries them out. */
export const wiredTools = (tools: readonly OfferedTool[]): NonNullable<CallOptions['tools']> =>
  tools.map(({ name, description, inputSchema }) => ({ type: 'function', name, description, inputSchema }));

function answersAfter(messages: readonly ModelMessage[], at: number): Answer[] {
  const rest = messages.slice(at + 1);
  const end = rest.findIndex(({ role }) => role === 'assistant');
  return rest.slice(0, end < 0 ? undefined : end).filter((message): message is Answer => message.role === 'tool');
}

function answerTo({ id, name }: ToolCall, answers: readonly Answer[]) {
  const text = answers.find(({ toolCallId }) => toolCallId === id)?.text ?? 'There was no answer.';
  return {
    type: 'tool-result' as const,
    toolCallId: id,
    toolName: name,
    output: { type: 'text' as const, value: text },
  };
}
