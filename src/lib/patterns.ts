/**
 * Patterns that somebody outside wrote, held against texts within a limit of time: some take years for a line of text,
 * and a regular expression that is simply asked cannot be interrupted.
 */
import { type Context, createContext, Script } from 'node:vm';
import type { Options } from 'ajv';

/** Far more than an honest pattern needs on a busy machine. While it runs, everybody waits. */
const PATIENCE_MS = 250;
/** A pattern that has used it up so often matches nothing from then on. */
const CHANCES = 3;

let room: { script: Script; context: Context } | undefined;

/** Whether the pattern says yes; undefined where it does not say in time. */
function matches(pattern: RegExp, text: string): boolean | undefined {
  room ??= { script: new Script('pattern.test(text)'), context: createContext(Object.create(null)) };
  Object.assign(room.context, { pattern, text });
  try {
    return room.script.runInContext(room.context, { timeout: PATIENCE_MS }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

/** For Ajv: how it is to hold the patterns of a schema from outside against texts. */
type RegExpEngine = NonNullable<NonNullable<Options['code']>['regExp']>;

const guarded = (pattern: string, flags: string) => {
  const compiled = new RegExp(pattern, flags);
  let chances = CHANCES;
  const test = (text: string): boolean => {
    const answer = chances > 0 ? matches(compiled, text) : false;
    if (answer === undefined) chances -= 1;
    return answer ?? false;
  };
  // Ajv tells two patterns apart by their text.
  return { test, toString: () => compiled.toString() };
};

export const guardedPatterns: RegExpEngine = Object.assign(guarded, { code: 'guardedPatterns' });
