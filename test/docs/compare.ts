/**
 * Whether an answer is what a page shows. A page may show less than the answer:
 *
 * - an object may leave out fields;
 * - a list is shown whole, unless its last item is "…";
 * - "…" as a whole value stands for any value, and inside a text for any characters;
 * - ids and times are compared by shape: a UUID with any UUID, a time with any time.
 */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Returns the first difference as a sentence, or undefined where there is none. */
export function difference(shown: unknown, answer: unknown, path = ''): string | undefined {
  if (shown === '…') return answer === undefined ? differs(path, shown, answer) : undefined;
  if (Array.isArray(shown)) return listDifference(shown, answer, path);
  if (typeof shown === 'object' && shown !== null) return objectDifference(shown, answer, path);
  const isSame =
    typeof shown === 'string' && typeof answer === 'string' ? isSameText(shown, answer) : Object.is(shown, answer);
  return isSame ? undefined : differs(path, shown, answer);
}

function listDifference(shown: unknown[], answer: unknown, path: string): string | undefined {
  if (!Array.isArray(answer)) return differs(path, shown, answer);
  const isOpen = shown.at(-1) === '…';
  const items = isOpen ? shown.slice(0, -1) : shown;
  if (isOpen ? answer.length < items.length : answer.length !== items.length)
    return `${path || '/'} has ${answer.length} items, and the page shows ${items.length}`;
  return first(items.map((item, index) => () => difference(item, answer[index], `${path}/${index}`)));
}

function objectDifference(shown: object, answer: unknown, path: string): string | undefined {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return differs(path, shown, answer);
  const fields = new Map(Object.entries(answer));
  return first(
    Object.entries(shown).map(
      ([key, value]) =>
        () =>
          difference(value, fields.get(key), `${path}/${key}`),
    ),
  );
}

function first(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isSameText(shown: string, answer: string): boolean {
  for (const shape of [UUID, TIME]) if (shape.test(shown)) return shape.test(answer);
  const parts = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(answer);
}

const differs = (path: string, shown: unknown, answer: unknown): string =>
  `${path || '/'} is ${answer === undefined ? 'missing' : JSON.stringify(answer)}, and the page shows ${JSON.stringify(shown)}`;
