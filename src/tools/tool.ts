/** A tool that agents can call. */
import * as s from '../lib/schema.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The definition of a tool, the same for every dialect. */
export const ToolSpec = s.object(
  {
    name: s.string({ minLength: 1, maxLength: 100 }),
    displayName: s.optional(s.nullable(s.string({ maxLength: 255 }))),
    description: s.optional(s.nullable(s.string({ maxLength: 10_000 }))),
    kind: s.optional(s.oneOf(['http', 'function', 'mcp'])),
    http: s.optional(
      s.object({
        url: s.string({ minLength: 1, maxLength: 4096 }),
        method: s.optional(s.oneOf(HTTP_METHODS)),
        headers: s.optional(s.record(s.string({ maxLength: 8192 }))),
        query: s.optional(s.json()),
        body: s.optional(s.json()),
        auth: s.optional(s.json()),
      }),
    ),
    function: s.optional(s.json()),
    /** An MCP server, which lists its tools itself. */
    mcp: s.optional(
      s.object(
        {
          url: s.string({
            minLength: 1,
            maxLength: 4096,
            pattern: '^https?://',
            'x-pattern-is': 'an http or https address',
          }),
          headers: s.optional(s.record(s.string({ maxLength: 8192 }))),
        },
        { additionalProperties: false },
      ),
    ),
    /** The JSON Schema of the arguments that the model fills in. */
    inputSchema: s.optional(s.json()),
    /** Values that every call sends, and where they go. */
    staticParameters: s.optional(s.array(s.json(), { maxItems: 100 })),
    dynamicParameters: s.optional(s.array(s.json(), { maxItems: 100 })),
    responseSchema: s.optional(s.json()),
    timeoutMs: s.optional(s.integer({ minimum: 1000, maximum: 60_000 })),
    retries: s.optional(s.integer({ minimum: 0, maximum: 5 })),
    precomputable: s.optional(s.boolean()),
    reaction: s.optional(s.oneOf(['speaks', 'silent', 'speaks-once'])),
    announcement: s.optional(s.nullable(s.string({ maxLength: 2000 }))),
    metadata: s.optional(s.json()),
  },
  {
    additionalProperties: false,
    if: { properties: { kind: { const: 'mcp' } }, required: ['kind'] },
    then: { required: ['mcp'] },
  },
);
export type ToolSpec = s.Static<typeof ToolSpec>;

export interface Tool {
  workspaceId: string;
  id: string;
  spec: ToolSpec;
  createdAt: string;
  updatedAt: string;
}
