/** Names and argument schemas of tools, in a form that every model provider accepts. Pure. */
import { isSchema } from '../lib/check.ts';
import type { Schema } from '../lib/schema.ts';
import { isObject, type JsonObject } from '../lib/values.ts';
import type { ToolSpec } from '../tools/tool.ts';

const MAX_NAME_CHARACTERS = 64;
const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object'];

/** A name of letters, digits, underscores and hyphens that starts with a letter or underscore and is not in `taken`. */
export function toolName(preferred: string, taken: ReadonlySet<string>): string {
  const plain = preferred
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^(?![A-Za-z_])/, 'tool_')
    .slice(0, MAX_NAME_CHARACTERS);
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? '' : `_${count}`;
    const name = plain.slice(0, MAX_NAME_CHARACTERS - suffix.length) + suffix;
    if (!taken.has(name)) return name;
  }
}

/** The key of a parameter in the schema. Some providers refuse the whole request for one unusual key. */
export const parameterKey = (name: string): string =>
  name.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, MAX_NAME_CHARACTERS);

const NO_ARGUMENTS: JsonObject = { type: 'object', properties: {} };

/** The JSON Schema of a tool's arguments: the one it has, else one made from its parameters. */
export function inputSchemaOf(spec: ToolSpec): JsonObject {
  if (spec.inputSchema) return objectSchema(spec.inputSchema);
  return spec.dynamicParameters ? parameterSchema(spec.dynamicParameters) : NO_ARGUMENTS;
}

/**
 * The schema of an object. A schema that is invalid, or of another type, becomes one that accepts any arguments: a
 * provider would refuse it and every answer of the agent would fail.
 */
export function objectSchema(schema: JsonObject | undefined): JsonObject {
  if (!schema) return NO_ARGUMENTS;
  const { $schema: _draft, $id: _id, ...rest } = schema;
  const typed = { properties: {}, ...rest, type: rest['type'] ?? 'object' };
  return typed.type === 'object' && isSchema(typed as Schema) ? typed : { ...NO_ARGUMENTS };
}

/** Whether the model supplies the parameter. The others are taken from the conversation. */
export const isFromModel = (parameter: JsonObject): boolean => (parameter['source'] ?? 'ai') === 'ai';

function parameterSchema(parameters: readonly JsonObject[]): JsonObject {
  const fromModel = parameters.filter((one) => isFromModel(one) && typeof one['name'] === 'string');
  const required = fromModel.filter((one) => one['required'] === true).map((one) => parameterKey(String(one['name'])));
  return objectSchema({
    type: 'object',
    properties: Object.fromEntries(fromModel.map((one) => [parameterKey(String(one['name'])), propertySchema(one)])),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  });
}

function propertySchema({ type, description, enum: choices }: JsonObject): JsonObject {
  const known = TYPES.includes(String(type)) ? String(type) : 'string';
  return {
    type: known,
    ...(typeof description === 'string' && description !== '' && { description }),
    ...(Array.isArray(choices) && choices.length > 0 && { enum: choices }),
    // Some providers refuse an array without `items`.
    ...(known === 'array' && { items: {} }),
  };
}

export const textOrNothing = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

export const objectOrNothing = (value: unknown): JsonObject => (isObject(value) ? value : {});
