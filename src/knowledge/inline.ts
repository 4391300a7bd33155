/** Knowledge that stands in the agent itself, as JSON: turned into passages as a document would be. Pure. */

import { isObject, type JsonObject } from '../lib/values.ts';
import { wordsOf } from '../lib/words.ts';
import type { FoundChunk } from './knowledge.ts';
import { chunksOf } from './reading/chunk.ts';

/** What answers name as their source, where it is the agent's own knowledge. */
export const INLINE = 'inline';

/** What is no longer than this stays together. */
const BATCH_SIZE = 1500;
const DEEPEST = 12;

interface Part {
  title: string;
  text: string;
}

/** One passage for each topic: a key at the top, an item of a list of things, or a part of what is too long for one. */
export function inlinePassages(knowledge: JsonObject): FoundChunk[] {
  const parts = Object.entries(knowledge).flatMap(([key, value]) => partsOf(key, value, 1));
  const pieces = parts.flatMap(({ title, text }) => chunksOf(text).map((piece) => ({ title, text: piece.text })));
  return pieces.map(({ title, text }, position) => ({
    documentId: INLINE,
    title,
    position,
    text,
    words: wordsOf(`${title} ${text}`).join(' '),
  }));
}

function partsOf(title: string, value: unknown, depth: number): Part[] {
  const isList = Array.isArray(value) && value.some((item) => typeof item === 'object');
  const inner = Array.isArray(value) ? value.map((item, i): [string, unknown] => [String(i + 1), item]) : undefined;
  const entries = inner ?? (isObject(value) ? Object.entries(value) : undefined);
  const text = activeCallsOf('', value, 1).join('\n');
  if (!entries || depth >= DEEPEST || (text.length <= BATCH_SIZE && !isList))
    return text === '' ? [] : [{ title, text }];
  return entries.flatMap(([key, item]) => partsOf(`${title} › ${key}`, item, depth + 1));
}

/** As a person would write it down: one line for each thing that is said. */
function activeCallsOf(label: string, value: unknown, depth: number): string[] {
  if (value === null || value === undefined || value === '') return [];
  const said = (text: string) => [label === '' ? text : `${label}: ${text}`];
  if (typeof value !== 'object') return said(String(value));
  if (depth > DEEPEST) return said(JSON.stringify(value));
  const below = (key: string) => (label === '' ? key : `${label} › ${key}`);
  if (!Array.isArray(value))
    return Object.entries(value).flatMap(([key, item]) => activeCallsOf(below(key), item, depth + 1));
  if (value.every((item) => typeof item !== 'object')) return value.length === 0 ? [] : said(value.join(', '));
  return value.flatMap((item, i) => activeCallsOf(below(String(i + 1)), item, depth + 1));
}
