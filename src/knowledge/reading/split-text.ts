/** Splits a text into pieces of about a thousand tokens, at headings and paragraphs where possible. Pure. */

/** The longest piece, in characters; a token has about four. */
export const CHUNK_SIZE = 4000;
/** The most characters that a piece repeats of the one before, so that sentences keep their context. */
export const OVERLAP = 200;

export interface Piece {
  text: string;
  /** The number of characters at the start that the piece before has too. */
  overlap: number;
}

/** Borders to cut after, the best kind first: headings, paragraphs, lines, sentences, words. */
const BORDERS = [/\n(?=#{1,6} )/g, /\n[^\S\n]*\n/g, /\n/g, /[.!?…][\p{Pf}\p{Pe}"']*\s|[。！？]/gu, /\s/g];

export function splitText(text: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  while (start < text.length) {
    const from = pieces.length === 0 ? start : overlapStart(text, start);
    const end = text.length - from <= CHUNK_SIZE ? text.length : cutAfter(text, start, from + CHUNK_SIZE);
    const piece = text.slice(from, end);
    if (text.slice(start, end).trim() !== '') pieces.push({ text: piece, overlap: start - from });
    start = end;
  }
  return pieces;
}

/** The best place to cut, in the second half of the piece. */
function cutAfter(text: string, start: number, limit: number): number {
  const from = start + Math.floor((limit - start) / 2);
  const half = text.slice(from, limit);
  for (const border of BORDERS) {
    let last = -1;
    for (const match of half.matchAll(border)) last = match.index + match[0].length;
    if (last > 0) return from + last;
  }
  return characterStart(text, limit);
}

/** The position, moved back if it is between the two halves of a surrogate pair. */
const characterStart = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at);

/** Where the overlap starts: at a sentence or else at a word, within the limit. */
function overlapStart(text: string, start: number): number {
  const earliest = characterStart(text, Math.max(0, start - OVERLAP));
  const before = text.slice(earliest, start);
  const sentence = /[.!?…。！？\n]\s*/u.exec(before);
  if (sentence && sentence.index + sentence[0].length < before.length)
    return earliest + sentence.index + sentence[0].length;
  const word = /\s+/.exec(before);
  if (word && word.index + word[0].length < before.length) return earliest + word.index + word[0].length;
  return before.trim() === '' ? start : earliest;
}
