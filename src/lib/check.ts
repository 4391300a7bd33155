/** Checks a value against a schema. Each issue is worded to follow the name of its field: "must be a string". */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Issue } from '../faults.ts';
import { guardedPatterns } from './patterns.ts';
import type { MapLimits, Schema } from './schema.ts';
import { bytesOf, depthOf, isObject, keysOf } from './values.ts';

// Verbose errors contain the schema, where `x-pattern-is` words the pattern.
const ajv = new Ajv({ allErrors: true, strict: false, messages: true, unicodeRegExp: true, verbose: true });
(addFormats as unknown as (instance: Ajv) => void)(ajv);

// Each schema object is compiled once, when it is first used, so that the start compiles nothing.
const compiled = new WeakMap<object, ValidateFunction>();

/** Every issue of the value. `at` is the path of the value itself, and begins the path of each issue. */
export function issuesOf(schema: Schema, value: unknown, at = ''): Issue[] {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).filter((error) => error.keyword !== 'if').map((error) => issueOf(error, at));
}

/** Checks arguments that a model has written against a schema of a user. A schema that cannot be compiled allows everything. */
export function argumentIssues(schema: Schema, value: unknown): Issue[] {
  const validate = compileUserSchema(schema);
  if (!validate || validate(value)) return [];
  return (validate.errors ?? []).filter((error) => error.keyword !== 'if').map((error) => issueOf(error, ''));
}

/** Whether a schema of a user can be compiled. */
export const isSchema = (schema: Schema): boolean => compileUserSchema(schema) !== undefined;

const MAX_USER_SCHEMAS = 500;

/**
 * Compiles schemas of users. Each conversation brings its own, and a compiler of Ajv never releases one. So they are kept
 * by their text, and after `MAX_USER_SCHEMAS` a new compiler replaces the old one.
 */
class UserSchemas {
  #compiler: Ajv | undefined;
  #compiled = new Map<string, ValidateFunction | undefined>();

  /** Undefined where the schema cannot be compiled. */
  compile(schema: Schema): ValidateFunction | undefined {
    const text = JSON.stringify(schema);
    if (this.#compiled.has(text)) return this.#compiled.get(text);
    if (!this.#compiler || this.#compiled.size >= MAX_USER_SCHEMAS) {
      this.#compiler = newUserCompiler();
      this.#compiled = new Map();
    }
    const validate = tryCompile(this.#compiler, schema);
    this.#compiled.set(text, validate);
    return validate;
  }
}

const userSchemas = new UserSchemas();
const compileUserSchema = (schema: Schema): ValidateFunction | undefined => userSchemas.compile(schema);

function newUserCompiler(): Ajv {
  const code = { regExp: guardedPatterns };
  const compiler = new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    logger: false,
    addUsedSchema: false,
    code,
  });
  (addFormats as unknown as (instance: Ajv) => void)(compiler);
  return compiler;
}

function tryCompile(compiler: Ajv, schema: Schema): ValidateFunction | undefined {
  // An asynchronous validator would return a promise, which no caller here awaits.
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
    message: messageOf(error),
    rule: error.keyword,
  };
}

function messageOf(error: ErrorObject): string {
  const { keyword, params } = error;
  if (keyword === 'required') return 'is required';
  if (keyword === 'additionalProperties') return 'is not a known field';
  if (keyword === 'type') return `must be ${article(String(params['type']))}`;
  // The sentence does not list null.
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
  const worded = types.split(',').map((type) => {
    if (type === 'null') return 'null';
    return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
  });
  return worded.join(' or ');
}

/** The first limit of a free-form map that the value exceeds. */
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
