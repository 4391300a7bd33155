/** Executes the tool calls of a model: built-in, HTTP and MCP tools. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallActions, ToolOutcome, ToolRunner } from '../../conversations/ports.ts';
import type { Send } from '../../lib/outgoing-http.ts';
import type { JsonObject } from '../../lib/values.ts';
import { type ContactActions, runBuiltin } from './builtins.ts';
import { runHttpTool } from './http.ts';
import { listServer, runMcpTool } from './mcp.ts';

export type { ContactActions } from './builtins.ts';

export interface ToolParts {
  send: Send;
  contacts: ContactActions;
  calls: CallActions;
  now: () => Date;
  /** Receives unexpected errors. The tool call fails, and the conversation continues. */
  report?: (error: unknown) => void;
}

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined) as Promise<void>;

export function createToolRunner({ send, contacts, calls, now, report = () => {} }: ToolParts): Required<ToolRunner> {
  return {
    async list(tool) {
      if (tool.spec.kind !== 'mcp') return undefined;
      try {
        return await listServer(tool.spec, send);
      } catch (error) {
        report(error);
        return undefined;
      }
    },

    async run(tool, call, conversation, signal): Promise<ToolOutcome> {
      try {
        if (tool.source === 'builtin') return await runBuiltin(tool, call, conversation, { contacts, calls, now });
        if (tool.source === 'mcp') return await runMcpTool(tool, call.input, send, signal);
        if (tool.source !== 'http' || !tool.spec)
          return { output: `The tool ${tool.name} has no server to call.`, failed: true };
        const { contact, variables } = conversation.snapshot;
        const context: JsonObject = { ...contact, ...variables, ...(contact && { contact }) };
        const idempotencyKey = `${conversation.id}-${call.id}`.replace(/[^\w-]/g, '');
        const { spec, config } = tool;
        return await runHttpTool({ spec, call, context, config, idempotencyKey }, { send, wait }, signal);
      } catch (error) {
        report(error);
        return { output: 'The tool failed with an unexpected error.', failed: true };
      }
    },
  };
}
