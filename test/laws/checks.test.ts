/** An update is checked by its changed values only. The issues must be those of checking the whole document. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AgentDocument, newDocument } from '../../src/agents/agent.ts';
import { applyOne } from '../../src/agents/change/apply.ts';
import type { Edit } from '../../src/agents/change/edit.ts';
import { newProfile, Profile } from '../../src/agents/profile.ts';
import { checkAgent } from '../../src/agents/rules.ts';
import type { Issue } from '../../src/faults.ts';
import type { Schema } from '../../src/lib/schema.ts';
import { valuesOf } from './arbitrary.ts';

const AT = '2026-01-01T00:00:00.000Z';
const IDS = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002'];

const before: AgentDocument = {
  ...newDocument('Front desk'),
  metadata: { team: 'support' },
  profiles: Object.fromEntries(IDS.map((id, i) => [id, newProfile(id, AT, i === 0)])),
  telephony: { transferNumber: '+442071838750' },
};

/** Every path of a schema, with the schema of its value. */
function pathsIn(schema: Schema, at: string): [path: string, schema: Schema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const path = at ? `${at}.${key}` : key;
    return [[path, inner] as [string, Schema], ...pathsIn(inner, path)];
  });
}
const paths = [...pathsIn(AgentDocument, ''), ...IDS.flatMap((id) => pathsIn(Profile, `profiles.${id}`))];

const edits: fc.Arbitrary<Edit> = fc.constantFrom(...paths).chain(([path, schema]) =>
  fc.oneof(
    fc.constant<Edit>({ op: 'unset', path }),
    valuesOf(schema).map((value): Edit => ({ op: 'set', path, value })),
    fc.jsonValue({ maxDepth: 2 }).map((value): Edit => ({ op: 'set', path, value })),
    fc.jsonValue({ maxDepth: 1 }).map((value): Edit => ({ op: 'set', path: `${path}.strange`, value })),
  ),
);

const sorted = (issues: Issue[]) => issues.map(({ path, rule, message }) => `${path} ${rule}: ${message}`).sort();

test('checking the changed values finds the same issues as checking the whole document', () => {
  assert.deepEqual(checkAgent(before), []);
  fc.assert(
    fc.property(fc.array(edits, { minLength: 1, maxLength: 3 }), (changes) => {
      const after = changes.reduce(applyOne, before);
      assert.deepEqual(sorted(checkAgent(after, before)), sorted(checkAgent(after)));
    }),
    { numRuns: 2000 },
  );
});
