/**
 * Regular expressions of users, with a time limit. Some take years for one line of text (catastrophic backtracking), and
 * `RegExp.test` cannot be interrupted. A script in `node:vm` can.
 */
import { type Context, createContext, Script } from 'node:vm';
import type { Options } from 'ajv';

/** Far more than an ordinary pattern needs on a busy machine. The event loop is blocked for this time. */
const TIMEOUT_MS = 250;
/** A pattern that has timed out so often matches nothing from then on. */
const MAX_TIMEOUTS = 3;

let sandbox: { script: Script; context: Context } | undefined;

/** Whether the text matches; undefined after the time limit. */
function matches(pattern: RegExp, text: string): boolean | undefined {
  sandbox ??= { script: new Script('pattern.test(text)'), context: createContext(Object.create(null)) };
  Object.assign(sandbox.context, { pattern, text });
  try {
    return sandbox.script.runInContext(sandbox.context, { timeout: TIMEOUT_MS }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

/** How Ajv compiles the patterns of a schema. */
type RegExpEngine = NonNullable<NonNullable<Options['code']>['regExp']>;

const guarded = (pattern: string, flags: string) => {
  const compiled = new RegExp(pattern, flags);
  let timeouts = 0;
  const test = (text: string): boolean => {
    if (timeouts >= MAX_TIMEOUTS) return false;
    const answer = matches(compiled, text);
    if (answer === undefined) timeouts += 1;
    return answer ?? false;
  };
  // Ajv compares two patterns by their text.
  return { test, toString: () => compiled.toString() };
};

export const guardedPatterns: RegExpEngine = Object.assign(guarded, { code: 'guardedPatterns' });
