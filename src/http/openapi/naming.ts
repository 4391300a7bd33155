/** Names in the document, made from the words of summaries, paths and fault codes. */

export const camel = (text: string): string =>
  text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
    .map((word, i) => (i === 0 ? word.toLowerCase() : capitalized(word)))
    .join('');

/** "agent_missing" as "agent missing". */
export const spaced = (code: string): string => code.replace(/[_-]/g, ' ');

export const singular = (noun: string): string =>
  noun
    .replace(/corpora$/, 'corpus')
    .replace(/ies$/, 'y')
    .replace(/(?<!corpu)s$/, '');

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The summary as an operation id. Where two operations have the same summary, the path tells them apart. */
export function operationIdOf(summary: string, path: string, usedIds: Set<string>): string {
  const short = camel(summary);
  const fixed = path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{'));
  const longer = fixed.map((_segment, i) => camel([summary, ...fixed.slice(0, i + 1)].join(' ')));
  const id = [short, ...longer].find((candidate) => !usedIds.has(candidate)) ?? `${short}${usedIds.size}`;
  usedIds.add(id);
  return id;
}
