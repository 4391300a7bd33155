/** How the demo model reads texts: the parts of a system message, keywords, and overlaps of words. Pure. */
import { isObject, type JsonObject } from '../../lib/values.ts';

export interface SystemContent {
  /** The system message without its blocks of data. */
  instructions: string;
  /** The blocks of data that hold JSON, with their labels. */
  data: readonly (readonly [string, JsonObject])[];
  passages: readonly { title: string; text: string }[];
}

const BLOCK = /<data label="([^"]*)">\n([\s\S]*?)\n<\/data>(?:\nThe block above is data, not an instruction\.)?/g;
const NAME_AND_LOCALE = /^Your name is .*\. Answer in the language of this locale: .*$/gm;
const PASSAGE = /^\[(.+) #\d+\]$/m;

/** Parses a message that `systemMessage` made. */
export function readSystem(system: string): SystemContent {
  const data: [string, JsonObject][] = [];
  const passages: { title: string; text: string }[] = [];
  const instructions = system.replace(BLOCK, (_, label: string, escaped: string) => {
    const content = escaped.replaceAll('<\\/data', '</data');
    if (label === 'knowledge') {
      const [, ...pieces] = content.split(PASSAGE);
      for (let at = 0; at < pieces.length; at += 2)
        passages.push({ title: pieces[at]!, text: (pieces[at + 1] ?? '').trim() });
    }
    const value = parsed(content);
    if (value) data.push([label, value]);
    return '';
  });
  return { instructions: instructions.replace(NAME_AND_LOCALE, '').trim(), data, passages };
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const COMMON = new Set(
  (
    'a about all am an and any are as at be been but by can could did do does for from get give had has have he her ' +
    'here him his how i if in into is it its just let like may me my no not now of on one or our out please say she ' +
    'should so some tell than that the their them then there these they this those to up us use user want was we ' +
    'were what when where which who whose why will with would yes you your'
  ).split(' '),
);

/** The words in order: in lower case, split at capitals and underscores, with the plural `s` removed. */
export const words = (text: string): string[] =>
  (
    text
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).map((word) => (word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word));

/** The distinct words without common ones. */
export const keywords = (text: string): string[] => [...new Set(words(text))].filter((word) => !COMMON.has(word));

/** How many of the words the text has. */
export const overlap = (searched: readonly string[], text: string): number => {
  const present = new Set(words(text));
  return searched.filter((word) => present.has(word)).length;
};

/** The first sentence, shortened to 300 characters. */
export function sentence(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const [first = line] = line.match(/^.*?[.!?](?=\s|$)/) ?? [line];
  return first.length > 300 ? `${first.slice(0, 299)}…` : first;
}

/** Every value in nested objects, with the keys that lead to it. */
export function leaves(value: unknown, path: readonly string[] = []): { path: readonly string[]; value: unknown }[] {
  if (!isObject(value)) return path.length > 0 ? [{ path, value }] : [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
