/** Inline knowledge: JSON in the agent's document, split into passages as an uploaded document is. Pure. */

import { isObject, type JsonObject } from '../lib/values.ts';
import { wordsOf } from '../lib/words.ts';
import type { FoundChunk } from './knowledge.ts';
import { splitText } from './reading/split-text.ts';

/** The document id of passages from inline knowledge. */
export const INLINE = 'inline';

/** A value whose text is no longer than this becomes one passage. */
const MAX_PASSAGE_CHARACTERS = 1500;
const MAX_DEPTH = 12;

interface Part {
  title: string;
  text: string;
}

/** One passage for each top-level key. Long values and lists of objects are split into several. */
export function inlinePassages(knowledge: JsonObject): FoundChunk[] {
  const parts = Object.entries(knowledge).flatMap(([key, value]) => partsOf(key, value, 1));
  const pieces = parts.flatMap(({ title, text }) => splitText(text).map((piece) => ({ title, text: piece.text })));
  return pieces.map(({ title, text }, position) => ({
    documentId: INLINE,
    title,
    position,
    text,
    words: wordsOf(`${title} ${text}`).join(' '),
  }));
}

function partsOf(title: string, value: unknown, depth: number): Part[] {
  const isListOfObjects = Array.isArray(value) && value.some((item) => typeof item === 'object');
  const inner = Array.isArray(value) ? value.map((item, i): [string, unknown] => [String(i + 1), item]) : undefined;
  const entries = inner ?? (isObject(value) ? Object.entries(value) : undefined);
  const text = linesOf('', value, 1).join('\n');
  if (!entries || depth >= MAX_DEPTH || (text.length <= MAX_PASSAGE_CHARACTERS && !isListOfObjects))
    return text === '' ? [] : [{ title, text }];
  return entries.flatMap(([key, item]) => partsOf(`${title} › ${key}`, item, depth + 1));
}

/** The value as lines of text: `label: value`, or `outer › inner: value` for nested keys. */
function linesOf(label: string, value: unknown, depth: number): string[] {
  if (value === null || value === undefined || value === '') return [];
  const line = (text: string) => [label === '' ? text : `${label}: ${text}`];
  if (typeof value !== 'object') return line(String(value));
  if (depth > MAX_DEPTH) return line(JSON.stringify(value));
  const nested = (key: string) => (label === '' ? key : `${label} › ${key}`);
  if (!Array.isArray(value))
    return Object.entries(value).flatMap(([key, item]) => linesOf(nested(key), item, depth + 1));
  if (value.every((item) => typeof item !== 'object')) return value.length === 0 ? [] : line(value.join(', '));
  return value.flatMap((item, i) => linesOf(nested(String(i + 1)), item, depth + 1));
}
