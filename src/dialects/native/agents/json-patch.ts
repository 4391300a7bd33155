/** Turns a JSON Patch (RFC 6902) of an agent into the merge patch with the same effect. */
import { applyPatch, type Operation } from 'rfc6902';
import { Fault, invalid, invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject, mergePatchBetween } from '../../../lib/values.ts';

/** RFC 6901: empty, or a slash before every segment, with `~` written as `~0` and `/` as `~1`. */
const POINTER = /^(\/([^~/]|~[01])*)*$/;

/**
 * @param body a list of operations
 * @param before the agent as the client sees it
 * @param defaultId the id of the default profile, which `@default` means
 * @throws Fault `precondition_failed` where a `test` fails, `invalid_value` where an operation cannot be applied
 */
export function toMergePatch(body: unknown, before: JsonObject, defaultId: string | undefined): JsonObject {
  // An object with this content type would mean something else than its client intends.
  if (!Array.isArray(body)) throw new Fault('invalid_body', { message: 'A JSON Patch must be a list of operations.' });
  const after = structuredClone(before);
  const operations = body.map((operation, index) => resolved(operation, index, defaultId));
  const errors = applyPatch(after, operations as Operation[]);
  const index = errors.findIndex((error) => error !== null);
  const error = errors[index];
  if (!error) return mergePatchBetween(before, after);
  if (error.name === 'TestError')
    throw new Fault('precondition_failed', { message: `Operation ${index}: ${error.message}.` });
  throw invalid([{ path: String(index), message: `cannot be done: ${error.message}`, rule: 'patch' }]);
}

/** The operation with `@default` in its pointers replaced by the id. */
function resolved(operation: unknown, index: number, defaultId: string | undefined): unknown {
  if (!isObject(operation) || typeof operation['op'] !== 'string' || typeof operation['path'] !== 'string')
    throw invalidAt('', 'must be a list of operations with op and path', 'patch');
  const resolve = (name: 'path' | 'from') => {
    const pointer = operation[name];
    if (typeof pointer !== 'string' || !POINTER.test(pointer))
      throw invalidAt(`${index}.${name}`, 'must be a JSON Pointer like /metadata/plan', 'format');
    return defaultId ? pointer.replace(/^\/profiles\/@default(?=\/|$)/, `/profiles/${defaultId}`) : pointer;
  };
  return {
    ...operation,
    path: resolve('path'),
    ...(operation['from'] !== undefined && { from: resolve('from') }),
  };
}
