/** From the bytes of a document to its chunks. Pure, and as long as the document: whoever calls it knows where. */

import { wordsOf } from '../../lib/words.ts';
import { type Chunk, type File, isText, MAX_CHARACTERS, type TextType, Unreadable } from '../knowledge.ts';
import { chunksOf } from './chunk.ts';
import { plainText, tidy } from './text.ts';

export const textChunks = ({ title, mediaType, source }: File): Chunk[] =>
  isText(mediaType) ? divided(title, plainText(mediaType as TextType, decoded(source))) : [];

/** A chunk is also found by the title of its document. */
export function divided(title: string, source: string): Chunk[] {
  const text = tidy(source);
  if (text === '') throw new Unreadable('There is no text in it.');
  if (text.length > MAX_CHARACTERS)
    throw new Unreadable(`It has more than ${MAX_CHARACTERS / 1_000_000} million characters of text.`);
  return chunksOf(text).map((piece) => ({ text: piece.text, words: wordsOf(`${title} ${piece.text}`).join(' ') }));
}

/** UTF-8, or UTF-16 where the first bytes say so; what is neither is taken for the old western encoding. */
function decoded(source: Uint8Array): string {
  const [first, second] = source;
  const wide = first === 0xff && second === 0xfe ? 'utf-16le' : 'utf-16be';
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  try {
    return new TextDecoder(isWide ? wide : 'utf-8', { fatal: true }).decode(source);
  } catch {
    return new TextDecoder('windows-1252').decode(source);
  }
}
