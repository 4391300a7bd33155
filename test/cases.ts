/**
 * Runs fixtures, the contract of each dialect: one case per file. `docs/guides/fixtures.md` describes the notation. A new
 * case needs no change in this file.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isObject } from '../src/lib/values.ts';
import type { DialectName } from '../src/workspaces/workspace.ts';
import type { Ask, Tenant } from './harness.ts';

export interface Step {
  /** The name under which later steps refer to the answer. */
  name: string | undefined;
  /** native, other, anonymous, scoped[...]: a different credential than the dialect's own key. */
  who: string[];
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
  expect: { status: number; body: unknown; headers: Record<string, string> } | undefined;
}

const REQUEST = /^(?:(\w+) = )?((?:native |other |anonymous |scoped\[[^\]]*\] )*)(GET|POST|PUT|PATCH|DELETE) (\S+)$/;

export function readCase(file: string): Step[] {
  const steps: Step[] = [];
  let lines: string[] = [];
  const finish = () => {
    if (lines.length > 0) steps.push(readStep(lines));
    lines = [];
  };
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.startsWith('#')) continue;
    if (REQUEST.test(line)) finish();
    if (line.trim() !== '' || lines.length > 0) lines.push(line);
  }
  finish();
  return steps;
}

function readStep(lines: string[]): Step {
  const [, name, who = '', method = '', path = ''] = REQUEST.exec(lines[0]!)!;
  const dashes = lines.indexOf('---');
  const request = split(lines.slice(1, dashes < 0 ? undefined : dashes));
  const step: Step = {
    name,
    who: who.split(' ').filter((word) => word !== ''),
    method,
    path,
    headers: request.headers,
    body: request.text || undefined,
    expect: undefined,
  };
  if (dashes >= 0) {
    const [status = '', ...rest] = lines.slice(dashes + 1);
    const answer = split(rest);
    step.expect = {
      status: Number(status),
      headers: answer.headers,
      body: answer.text ? JSON.parse(answer.text) : undefined,
    };
  }
  return step;
}

/** Headers are the first lines like `Header: value`; the body follows. */
function split(lines: string[]): { headers: Record<string, string>; text: string } {
  const headers: Record<string, string> = {};
  let i = 0;
  for (; i < lines.length; i += 1) {
    const match = /^([A-Za-z][\w-]*): (.*)$/.exec(lines[i]!);
    if (!match) break;
    headers[match[1]!.toLowerCase()] = match[2]!;
  }
  return { headers, text: lines.slice(i).join('\n').trim() };
}

export async function runCase(steps: Step[], own: DialectName, tenant: Tenant, other: Tenant): Promise<void> {
  const answers: Record<string, unknown> = { workspace: { id: tenant.id }, other: { id: other.id } };
  for (const step of steps) {
    const whose = step.who.includes('other') ? other : tenant;
    const dialect = step.who.includes('native') ? 'native' : own;
    const fill = (text: string) =>
      text.replace(/\{([a-z]\w*(?:\.\w+)+)\}/gi, (_reference, path: string) => String(valueAt(answers, path)));
    // A string that consists of one reference stands for the value itself, so that numbers stay numbers.
    const fillValues = (json: string) =>
      fill(
        json.replace(/"\{([a-z]\w*(?:\.\w+)+)\}"(?!:)/gi, (_reference, path: string) =>
          JSON.stringify(valueAt(answers, path)),
        ),
      );
    const ask: Ask = {
      headers: Object.fromEntries(Object.entries(step.headers).map(([key, value]) => [key, fill(value)])),
    };
    if (step.body !== undefined) ask.raw = fill(step.body);
    if (step.who.includes('anonymous')) ask.key = null;
    const scoped = step.who.find((word) => word.startsWith('scoped['));
    if (scoped)
      ask.key = await whose.key(dialect, {
        scopes: scoped
          .slice(7, -1)
          .split(',')
          .filter((scope) => scope !== ''),
      });
    const answer = await whose.ask(dialect, step.method, fill(step.path), ask);
    const where = `${step.method} ${step.path} answered ${answer.status} ${answer.text.slice(0, 1500)}`;
    if (step.expect) {
      assert.equal(answer.status, step.expect.status, where);
      for (const [key, value] of Object.entries(step.expect.headers))
        matches(fill(value), answer.headers[key], `header ${key}`, where);
      if (step.expect.body !== undefined)
        matches(
          JSON.parse(fillValues(JSON.stringify(step.expect.body))),
          answer.text === '' ? undefined : JSON.parse(answer.text),
          'body',
          where,
        );
    } else assert.ok(answer.status < 300, where);
    if (step.name) answers[step.name] = answer.text === '' ? {} : JSON.parse(answer.text);
  }
}

function valueAt(root: unknown, path: string): unknown {
  const value = path
    .split('.')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], root);
  if (value === undefined) throw new Error(`No earlier answer has a value at {${path}}.`);
  return value;
}

const KINDS: Record<string, (value: unknown) => boolean> = {
  '<any>': (value) => value !== undefined,
  '<absent>': (value) => value === undefined,
  '<string>': (value) => typeof value === 'string' && value !== '',
  '<integer>': (value) => Number.isInteger(value),
  '<uuid>': (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(value)),
  '<time>': (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value)),
};

/** Objects may have more fields than expected; lists and scalars are exact; `{"<exactly>": …}` allows no other fields. */
function matches(expected: unknown, actual: unknown, at: string, where: string): void {
  if (typeof expected === 'string' && expected in KINDS) {
    assert.ok(KINDS[expected]!(actual), `${at} should be ${expected}, is ${JSON.stringify(actual)}\n${where}`);
    return;
  }
  if (typeof expected === 'string' && expected.startsWith('<contains> ')) {
    assert.ok(
      String(actual).includes(expected.slice(11)),
      `${at} should contain ${expected.slice(11)}, is ${JSON.stringify(actual)}\n${where}`,
    );
    return;
  }
  if (isObject(expected) && '<exactly>' in expected) {
    assert.deepEqual(actual, expected['<exactly>'], `${at}\n${where}`);
    return;
  }
  if (Array.isArray(expected)) {
    assert.ok(
      Array.isArray(actual) && actual.length === expected.length,
      `${at} should have ${expected.length} items, is ${JSON.stringify(actual)}\n${where}`,
    );
    for (const [i, item] of expected.entries()) matches(item, actual[i], `${at}[${i}]`, where);
    return;
  }
  if (isObject(expected)) {
    assert.ok(isObject(actual), `${at} should be an object, is ${JSON.stringify(actual)}\n${where}`);
    for (const [key, value] of Object.entries(expected)) matches(value, actual[key], `${at}.${key}`, where);
    return;
  }
  assert.deepEqual(actual, expected, `${at}\n${where}`);
}
