/** The memory of a contact in the native API. */
import { factIssues } from '../../../conversations/memory/memory.ts';
import type { Memory } from '../../../conversations/memory/service.ts';
import { invalid } from '../../../faults.ts';
import type { JsonObject } from '../../../lib/values.ts';
import { parseBody } from '../shared.ts';
import { MemoryPatch } from './contract.ts';

export function parsePatch(body: JsonObject) {
  const { global = {}, agents = {} } = parseBody(MemoryPatch, body);
  const issues = Object.entries(agents).flatMap(([id, facts]) => factIssues(facts, `agents.${id}`));
  const found = [...factIssues(global, 'global'), ...issues];
  if (found.length > 0) throw invalid(found);
  return { global, agents };
}

export const formatMemory = (contactId: string, memory: Memory) => ({ contactId, ...memory });
