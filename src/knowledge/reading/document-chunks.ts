/** Makes the chunks of a document. The time grows with the document, so large ones are read in a worker. Pure. */

import { wordsOf } from '../../lib/words.ts';
import { type Chunk, type DocumentFile, isText, MAX_CHARACTERS, type TextType, Unreadable } from '../knowledge.ts';
import { splitText } from './split-text.ts';
import { plainText, tidy } from './text.ts';

/** The chunks of a file that is text already. */
export const chunksOfFile = ({ title, mediaType, source }: DocumentFile): Chunk[] =>
  isText(mediaType) ? chunksOfText(title, plainText(mediaType as TextType, decoded(source))) : [];

/** The chunks of a text; throws Unreadable. The title is among the words of each chunk, so that searches find it. */
export function chunksOfText(title: string, source: string): Chunk[] {
  const text = tidy(source);
  if (text === '') throw new Unreadable('The document has no text.');
  if (text.length > MAX_CHARACTERS)
    throw new Unreadable(
      `The document has more than ${MAX_CHARACTERS / 1_000_000} million characters of text; upload it in parts.`,
    );
  return splitText(text).map((piece) => ({ text: piece.text, words: wordsOf(`${title} ${piece.text}`).join(' ') }));
}

/** UTF-8, or UTF-16 with a byte order mark. Bytes that are neither are decoded as Windows-1252. */
function decoded(source: Uint8Array): string {
  const [first, second] = source;
  const isLittleEndian = first === 0xff && second === 0xfe;
  const isBigEndian = first === 0xfe && second === 0xff;
  const encoding = isLittleEndian ? 'utf-16le' : isBigEndian ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(source);
  } catch {
    return new TextDecoder('windows-1252').decode(source);
  }
}
