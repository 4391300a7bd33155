/** One small update for each dialect, with a new value every time, so that each update changes the agent. */

import type { JsonObject } from '../src/lib/values.ts';
import type { KeyDialect } from '../src/workspaces/workspace.ts';
import { idOf, prose } from './agents.ts';

interface Update {
  method: 'PATCH' | 'PUT';
  /** The path after the dialect's prefix. */
  path: (index: number) => string;
  body: (count: number) => JsonObject;
  header: (key: string) => string;
}

const inHeader = (key: string): string => `x-api-key: ${key}`;
const asBearer = (key: string): string => `authorization: Bearer ${key}`;

const greeting = (count: number): string => `Hello! How can I help you today? (${count})`;
/** As long as the instructions that it replaces, so that the document stays at 4 KB. */
const instructions = (count: number): string => `${INSTRUCTIONS} (${count})`;
const INSTRUCTIONS = prose(488);

export const UPDATES: Record<KeyDialect, Update> = {
  native: {
    method: 'PATCH',
    path: (index) => `/agents/${idOf(index)}`,
    body: (count) => ({ profiles: { '@default': { greeting: { text: greeting(count) } } } }),
    header: asBearer,
  },
  kejue: {
    method: 'PATCH',
    path: (index) => `/api/v1/agents/${idOf(index)}`,
    body: (count) => ({ description: `Answers calls about orders, returns and appointments (${count})` }),
    header: inHeader,
  },
  agenthuman: {
    method: 'PUT',
    path: (index) => `/api/v1/agents/${index + 1}`,
    body: (count) => ({ custom_greeting: greeting(count) }),
    header: inHeader,
  },
  instaview: {
    method: 'PATCH',
    path: (index) => `/agents/${idOf(index)}`,
    body: (count) => ({ instructions: instructions(count) }),
    header: asBearer,
  },
  ayra: {
    method: 'PUT',
    path: (index) => `/v1/agents/agent_${idOf(index).replaceAll('-', '')}`,
    body: (count) => ({ welcome_message: greeting(count) }),
    header: asBearer,
  },
  agntix: {
    method: 'PATCH',
    path: (index) => `/v2/chat/agents/${idOf(index)}`,
    body: (count) => ({ systemPrompt: instructions(count) }),
    header: inHeader,
  },
};
