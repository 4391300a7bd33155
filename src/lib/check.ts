/** Judges a value by a schema and says what is wrong in words that follow a field's name. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Issue } from '../faults.ts';
import { guardedPatterns } from './patterns.ts';
import type { MapLimits, Schema } from './schema.ts';
import { bytesOf, depthOf, isObject, keysOf } from './values.ts';

// Verbose, because how a pattern is put into words stands in the schema beside it.
const ajv = new Ajv({ allErrors: true, strict: false, messages: true, unicodeRegExp: true, verbose: true });
(addFormats as unknown as (instance: Ajv) => void)(ajv);

// Compiling is lazy and once per schema object: nothing is compiled at start-up.
const compiled = new WeakMap<object, ValidateFunction>();

export function issuesOf(schema: Schema, value: unknown, at = ''): Issue[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).filter((error) => error.keyword !== 'if').map((error) => issueOf(error, at));
}

/** Arguments that a model made up, by a schema that somebody outside wrote. One that cannot be compiled forbids nothing. */
export function argumentIssues(schema: Schema, value: unknown): Issue[] {
  const validate = foreign(schema);
  if (!validate || validate(value)) return [];
  return (validate.errors ?? []).filter((error) => error.keyword !== 'if').map((error) => issueOf(error, ''));
}

/** Whether a schema that somebody outside wrote is one. */
export const isSchema = (schema: Schema): boolean => foreign(schema) !== undefined;

/**
 * Schemas from outside come and go with each conversation, and a compiler never forgets one. So they are known by their
 * text, and after so many a new compiler begins.
 */
const foreign = ((): ((schema: Schema) => ValidateFunction | undefined) => {
  const most = 500;
  let compiler: Ajv | undefined;
  let known = new Map<string, ValidateFunction | undefined>();

  return (schema) => {
    const text = JSON.stringify(schema);
    if (known.has(text)) return known.get(text);
    if (!compiler || known.size >= most) {
      const code = { regExp: guardedPatterns };
      compiler = new Ajv({ allErrors: true, strict: false, verbose: true, logger: false, addUsedSchema: false, code });
      (addFormats as unknown as (instance: Ajv) => void)(compiler);
      known = new Map();
    }
    const validate = compiledOrNothing(compiler, schema);
    known.set(text, validate);
    return validate;
  };
})();

function compiledOrNothing(compiler: Ajv, schema: Schema): ValidateFunction | undefined {
  // A check that answers later would answer nobody.
  if (schema['$async']) return undefined;
  try {
    return compiler.compile(schema);
  } catch {
    return undefined;
  }
}

function issueOf(error: ErrorObject, at: string): Issue {
  const inner = error.instancePath
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  const missing = error.keyword === 'required' ? [String(error.params['missingProperty'])] : [];
  const extra = error.keyword === 'additionalProperties' ? [String(error.params['additionalProperty'])] : [];
  return {
    path: [at, ...inner, ...missing, ...extra].filter((segment) => segment !== '').join('.'),
    message: words(error),
    rule: error.keyword,
  };
}

function words(error: ErrorObject): string {
  const { keyword, params } = error;
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a known field';
  if (keyword === 'type') return `must be ${article(String(params['type']))}`;
  // A null that is allowed too has no word of its own.
  if (keyword === 'enum')
    return `must be one of: ${(params['allowedValues'] as unknown[]).filter((value) => value !== null).join(', ')}`;
  if (keyword === 'maxLength') return `must be at most ${params['limit']} characters`;
  if (keyword === 'minLength')
    return params['limit'] === 1 ? 'must not be empty' : `must be at least ${params['limit']} characters`;
  if (keyword === 'maxItems') return `must have at most ${params['limit']} items`;
  if (keyword === 'minItems') return `must have at least ${params['limit']} item${params['limit'] === 1 ? '' : 's'}`;
  if (keyword === 'uniqueItems') return 'must not have the same item twice';
  if (keyword === 'minimum') return `must be at least ${params['limit']}`;
  if (keyword === 'maximum') return `must be at most ${params['limit']}`;
  if (keyword === 'exclusiveMinimum') return `must be more than ${params['limit']}`;
  if (keyword === 'exclusiveMaximum') return `must be less than ${params['limit']}`;
  if (keyword === 'format') return `must be a valid ${params['format']}`;
  if (keyword === 'pattern') {
    const hint = (error.parentSchema as Schema | undefined)?.['x-pattern-is'];
    if (typeof hint !== 'string') return `must match ${params['pattern']}`;
    return hint.startsWith('not ') ? `must not be ${hint.slice(4)}` : `must be ${hint}`;
  }
  return error.message ?? 'is not acceptable';
}

function article(types: string): string {
  const named = types.split(',').map((type) => {
    if (type === 'null') return 'null';
    return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
  });
  return named.join(' or ');
}

export function mapIssues(limits: MapLimits, value: unknown, at: string): Issue[] {
  if (!isObject(value)) return [];
  if (limits.keys !== undefined && keysOf(value) > limits.keys)
    return [{ path: at, message: `must have at most ${limits.keys} keys`, rule: 'maxProperties' }];
  if (limits.depth !== undefined && depthOf(value) > limits.depth)
    return [{ path: at, message: `must be at most ${limits.depth} levels deep`, rule: 'maxDepth' }];
  if (limits.bytes !== undefined && bytesOf(value) > limits.bytes)
    return [{ path: at, message: `must be at most ${limits.bytes} bytes of JSON`, rule: 'maxBytes' }];
  return [];
}
