/**
 * JSON Schema with TypeScript types. A schema is a plain object that the validator and the OpenAPI document read as it is.
 * Its type exists only at compile time. Why this is not a library: docs/decisions/0002-schemas.md.
 */
export interface Schema<T = unknown> {
  readonly '~static'?: T;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

export interface OptionalSchema<T = unknown> extends Schema<T> {
  readonly '~optional': true;
}

export type Static<S> = S extends Schema<infer T> ? T : never;

type Properties = Readonly<Record<string, Schema>>;
type OptionalKeys<P extends Properties> = { [K in keyof P]: P[K] extends OptionalSchema ? K : never }[keyof P];
type Flat<T> = { [K in keyof T]: T[K] };
export type ObjectOf<P extends Properties> = Flat<
  { [K in Exclude<keyof P, OptionalKeys<P>>]: Static<P[K]> } & { [K in OptionalKeys<P>]?: Static<P[K]> }
>;

export interface ObjectSchema<P extends Properties> extends Schema<ObjectOf<P>> {
  readonly properties: P;
}

type Options = Readonly<Record<string, unknown>>;

const OPTIONAL = '~optional';

/** Marks a property that may be omitted. The mark is not enumerable, so no document contains it. */
export function optional<S extends Schema>(schema: S): S & OptionalSchema<Static<S>> {
  const copy = { ...schema };
  Object.defineProperty(copy, OPTIONAL, { value: true });
  return copy as S & OptionalSchema<Static<S>>;
}

export function object<P extends Properties>(properties: P, options: Options = {}): ObjectSchema<P> {
  const required = Object.keys(properties).filter((key) => !(OPTIONAL in properties[key]!));
  return { type: 'object', properties, ...(required.length > 0 && { required }), ...options } as ObjectSchema<P>;
}

/** The same object with every property optional: the shape of most update bodies. */
export function partial<P extends Properties>(
  schema: ObjectSchema<P>,
  options: Options = {},
): ObjectSchema<{ [K in keyof P]: P[K] & OptionalSchema<Static<P[K]>> }> {
  const properties = Object.fromEntries(Object.entries(schema.properties).map(([k, s]) => [k, optional(s)]));
  return object(properties, options) as never;
}

export const string = (options: Options = {}): Schema<string> => ({ type: 'string', ...options });
export const number = (options: Options = {}): Schema<number> => ({ type: 'number', ...options });
export const integer = (options: Options = {}): Schema<number> => ({ type: 'integer', ...options });
export const boolean = (options: Options = {}): Schema<boolean> => ({ type: 'boolean', ...options });
export const unknown = (options: Options = {}): Schema<unknown> => ({ ...options });
export const array = <S extends Schema>(items: S, options: Options = {}): Schema<Static<S>[]> => ({
  type: 'array',
  items,
  ...options,
});
export const record = <S extends Schema>(values: S, options: Options = {}): Schema<Record<string, Static<S>>> => ({
  type: 'object',
  additionalProperties: values,
  ...options,
});
/** Any JSON object. */
export const json = (options: Options = {}): Schema<Record<string, unknown>> => ({ type: 'object', ...options });
export const oneOf = <const V extends readonly string[]>(values: V, options: Options = {}): Schema<V[number]> => ({
  type: 'string',
  enum: values,
  ...options,
});
export const anyOf = <S extends Schema>(schemas: readonly S[], options: Options = {}): Schema<Static<S>> => ({
  anyOf: schemas,
  ...options,
});

/** The same schema, with null allowed. */
export function nullable<S extends Schema>(schema: S): Schema<Static<S> | null> {
  if (schema.type === undefined) return { anyOf: [schema, { type: 'null' }] };
  const type = Array.isArray(schema.type) ? [...schema.type, 'null'] : [schema.type, 'null'];
  return { ...schema, type, ...(schema.enum && { enum: [...schema.enum, null] }) } as Schema<Static<S> | null>;
}

/** The same schema, with null not allowed. */
export function withoutNull(schema: Schema): Schema {
  if (!Array.isArray(schema.type) || !schema.type.includes('null')) return schema;
  const types = schema.type.filter((type) => type !== 'null');
  const { enum: values, ...rest } = schema;
  return {
    ...rest,
    type: types.length === 1 ? types[0] : types,
    ...(values && { enum: values.filter((value) => value !== null) }),
  } as Schema;
}

/*
 * Facts about a field of the hub, as keywords of its schema. The change engine, the validator and the reference read them.
 */

/** Set when the agent is created; later writes cannot change it. */
export const fixed = <S extends Schema>(schema: S): S => ({ ...schema, 'x-fact': 'fixed' });
/** Written by the server; clients can only read it. */
export const computed = <S extends Schema>(schema: S): S => ({ ...schema, 'x-fact': 'computed', readOnly: true });
/** May be absent; a client may unset it. */
export const clearable = <S extends Schema>(schema: S): S & OptionalSchema<Static<S>> =>
  optional({ ...schema, 'x-fact': 'clearable' });
/** Belongs to a settings layer; while it is absent, the value of a weaker layer applies. */
export const inherits = <S extends Schema>(schema: S): S & OptionalSchema<Static<S>> =>
  optional({ ...schema, 'x-fact': 'inherits' });

export interface MapLimits {
  /** Keys at all levels together. */
  keys?: number;
  /** Levels; the map itself is the first. */
  depth?: number;
  /** Length of its JSON text in UTF-8 bytes. */
  bytes?: number;
}
/** A free-form map: an object with keys of the client. The limits apply to the whole map. */
export const map = (limits: MapLimits, options: Options = {}): Schema<Record<string, unknown>> => ({
  type: 'object',
  'x-fact': 'map',
  'x-limits': limits,
  ...options,
});
