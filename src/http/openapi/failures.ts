/** The errors of a dialect as examples. They are made by the dialect's own fault table, so they cannot be out of date. */
import { FAULTS, Fault, type FaultCode } from '../../faults.ts';
import type { Schema } from '../../lib/schema.ts';
import { isObject } from '../../lib/values.ts';
import type { Dialect, Failure } from '../dialect.ts';

const ID = '018f3c9e-7a2b-7c4d-8e5f-0123456789ab';

/** The dialect's answer to every fault. */
export function failuresOf(dialect: Dialect): Map<FaultCode, Failure> {
  const codes = Object.keys(FAULTS) as FaultCode[];
  return new Map(
    codes.map((code) => [
      code,
      dialect.faults[code](sampleFault(code), {
        requestId: 'req_0123456789abcdef01234567',
        at: '2026-01-15T09:00:00.000Z',
        path: `${dialect.prefix}${dialect.base ?? ''}/agents/${ID}`,
      }),
    ]),
  );
}

function sampleFault(code: FaultCode): Fault {
  if (code === 'invalid_value' || code === 'invalid_query' || code === 'unknown_reference')
    return new Fault(code, {
      issues: [{ path: code === 'invalid_query' ? 'limit' : 'name', message: 'must be a string', rule: 'type' }],
      ...(code === 'invalid_value' && { message: 'name must be a string' }),
    });
  if (code === 'scope_missing') return new Fault(code, { scope: 'agents:write' });
  if (code === 'rate_limited') return new Fault(code, { retryAfterSeconds: 30, count: 60_000 });
  if (code === 'agent_busy') return new Fault(code, { id: ID, count: 1 });
  return new Fault(code, FAULTS[code][0] === 404 ? { id: ID } : {});
}

/** A schema that fits all of these bodies. */
export function shapeOf(bodies: readonly unknown[]): Schema {
  const objects = bodies.filter(isObject);
  const types = [...new Set(bodies.map(typeOf))].toSorted();
  const [only] = types;
  return {
    type: types.length === 1 && only ? only : types,
    ...(objects.length > 0 && shapeOfObjects(objects)),
    ...itemsOf(bodies),
  };
}

function shapeOfObjects(objects: readonly Record<string, unknown>[]): Partial<Schema> {
  const keys = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const having = (key: string) => objects.filter((object) => object[key] !== undefined);
  const present = keys.filter((key) => having(key).length > 0);
  const required = present.filter((key) => having(key).length === objects.length);
  return {
    properties: Object.fromEntries(present.map((key) => [key, shapeOf(having(key).map((object) => object[key]))])),
    ...(required.length > 0 && { required }),
  };
}

function itemsOf(bodies: readonly unknown[]): Partial<Schema> {
  const items = bodies.filter(Array.isArray).flat();
  return items.length > 0 ? { items: shapeOf(items) } : {};
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
