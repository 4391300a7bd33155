/** The transcript and the tools in the shapes of the AI SDK. Every tool call gets a result. Pure. */
import type { OfferedTool, ToolCall } from '../../conversations/conversation.ts';
import type { ModelMessage } from '../../conversations/prompt.ts';
import type { CallOptions } from './providers.ts';

type PromptMessage = CallOptions['prompt'][number];

type ToolResult = Extract<ModelMessage, { role: 'tool' }>;

/** With `userSpeaksFirst`, a message of the user is put before a greeting: some providers refuse to start without. */
export function promptOf(system: string, messages: readonly ModelMessage[], userSpeaksFirst: boolean): PromptMessage[] {
  const out: PromptMessage[] = system === '' ? [] : [{ role: 'system', content: system }];
  if (userSpeaksFirst && messages[0]?.role !== 'user') out.push({ role: 'user', content: textContent('…') });
  for (const [at, message] of messages.entries()) {
    if (message.role === 'user') out.push({ role: 'user', content: textContent(message.text) });
    if (message.role !== 'assistant') continue;
    const { text, toolCalls = [] } = message;
    if (toolCalls.length === 0) {
      out.push({ role: 'assistant', content: textContent(text) });
      continue;
    }
    const calls = toolCalls.map(({ id, name, input }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName: name,
      input,
    }));
    out.push({ role: 'assistant', content: [...(text === '' ? [] : textContent(text)), ...calls] });
    // Providers refuse a call without a result, so a missing one gets a placeholder.
    out.push({ role: 'tool', content: toolCalls.map((call) => resultOf(call, resultsAfter(messages, at))) });
  }
  return out;
}

const textContent = (text: string) => [{ type: 'text' as const, text }];

/** The tools without functions to execute: the session executes them. */
export const toolsOf = (tools: readonly OfferedTool[]): NonNullable<CallOptions['tools']> =>
  tools.map(({ name, description, inputSchema }) => ({ type: 'function', name, description, inputSchema }));

/** The tool results after the message at `at`, up to the next answer. */
function resultsAfter(messages: readonly ModelMessage[], at: number): ToolResult[] {
  const rest = messages.slice(at + 1);
  const end = rest.findIndex(({ role }) => role === 'assistant');
  return rest.slice(0, end < 0 ? undefined : end).filter((message): message is ToolResult => message.role === 'tool');
}

function resultOf({ id, name }: ToolCall, results: readonly ToolResult[]) {
  const text = results.find(({ toolCallId }) => toolCallId === id)?.text ?? 'There was no answer.';
  return {
    type: 'tool-result' as const,
    toolCallId: id,
    toolName: name,
    output: { type: 'text' as const, value: text },
  };
}
