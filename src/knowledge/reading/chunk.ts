/** Cuts a text into chunks of about a thousand tokens, where its headings and paragraphs end. Pure. */

/** Characters; about four make a token. */
export const CHUNK_SIZE = 4000;
/** How much of what came before a chunk begins with, so that no sentence is cut off from its neighbour. */
export const OVERLAP = 200;

export interface Piece {
  text: string;
  /** How many of its first characters the piece before it has already. */
  overlap: number;
}

/** Where a text may be cut, the best place first: the cut comes before what the last group of each pattern holds. */
const BORDERS = [/\n(?=#{1,6} )/g, /\n[^\S\n]*\n/g, /\n/g, /[.!?…][\p{Pf}\p{Pe}"']*\s|[。！？]/gu, /\s/g];

export function chunksOf(text: string): Piece[] {
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

/** The best place to cut in the second half of the room there is. */
function cutAfter(text: string, start: number, most: number): number {
  const least = start + Math.floor((most - start) / 2);
  const room = text.slice(least, most);
  for (const border of BORDERS) {
    let last = -1;
    for (const match of room.matchAll(border)) last = match.index + match[0].length;
    if (last > 0) return least + last;
  }
  return whole(text, most);
}

/** Never between the two halves of one character. */
const whole = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at);

/** Back to the beginning of a sentence or, failing that, of a word. */
function overlapStart(text: string, start: number): number {
  const most = whole(text, Math.max(0, start - OVERLAP));
  const before = text.slice(most, start);
  const sentence = /[.!?…。！？\n]\s*/u.exec(before);
  if (sentence && sentence.index + sentence[0].length < before.length)
    return most + sentence.index + sentence[0].length;
  const word = /\s+/.exec(before);
  if (word && word.index + word[0].length < before.length) return most + word.index + word[0].length;
  return before.trim() === '' ? start : most;
}
