/** What a model is told about a tool's name and arguments, in words that every provider takes. Pure. */
import { isSchema } from '../lib/check.ts';
import type { Schema } from '../lib/schema.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import type { ToolSpec } from '../tools/tool.ts';

const MAX_NAME = 64;
const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

/** Letters, digits, underscores and hyphens, beginning with a letter or an underscore, unlike any that is taken. */
export function toolName(wanted: string, taken: ReadonlySet<string>): string {
  const plain = wanted
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^(?![A-Za-z_])/, 'tool_')
    .slice(0, MAX_NAME);
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? '' : `_${count}`;
    const name = plain.slice(0, MAX_NAME - suffix.length) + suffix;
    if (!taken.has(name)) return name;
  }
}

/** What a parameter is called in the schema: some providers refuse a whole request for one odd name. */
export const parameterKey = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, MAX_NAME);

const NO_ARGUMENTS: JsonObject = { type: 'object', properties: {} };

export function inputSchemaOf(spec: ToolSpec): JsonObject {
  if (spec.inputSchema) return objectSchema(spec.inputSchema);
  return spec.dynamicParameters ? parameterSchema(spec.dynamicParameters) : NO_ARGUMENTS;
}

/**
 * A schema that providers and the check both understand. One that is none, or not of an object, would make every
 * answer of the agent fail; then any arguments are taken.
 */
export function objectSchema(schema: JsonObject | undefined): JsonObject {
  if (!schema) return NO_ARGUMENTS;
  // Which draft it is written in and what it is called elsewhere are nobody's business here.
  const { $schema: _draft, $id: _id, ...rest } = schema;
  const typed = { properties: {}, ...rest, type: rest['type'] ?? 'object' };
  return typed.type === 'object' && isSchema(typed as Schema) ? typed : { ...NO_ARGUMENTS };
}

/** Whether the model fills a parameter in. Others are found in what the conversation knows. */
export const isAsked = (parameter: JsonObject): boolean => (parameter['source'] ?? 'ai') === 'ai';

function parameterSchema(parameters: readonly JsonObject[]): JsonObject {
  const asked = parameters.filter((one) => isAsked(one) && typeof one['name'] === 'string');
  const required = asked.filter((one) => one['required'] === true).map((one) => parameterKey(String(one['name'])));
  return objectSchema({
    type: 'object',
    properties: Object.fromEntries(asked.map((one) => [parameterKey(String(one['name'])), parameterOf(one)])),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  });
}

function parameterOf({ type, description, enum: choices }: JsonObject): JsonObject {
  const known = TYPES.includes(String(type)) ? String(type) : 'string';
  return {
    type: known,
    ...(typeof description === 'string' && description !== '' && { description }),
    ...(Array.isArray(choices) && choices.length > 0 && { enum: choices }),
    // A list must say what it is a list of, or some providers refuse it.
    ...(known === 'array' && { items: {} }),
  };
}

export const textOrNothing = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

export const objectOrNothing = (value: unknown): JsonObject => (isObject(value) ? value : {});
