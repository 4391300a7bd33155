/**
 * Laws of history, on random agents and random updates through random dialects. Fold: the recorded edits give the head.
 * Rollback: the document is exactly the old one. Diff: the patch turns one document into the other. Explain: the
 * explained values are those in force.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch } from 'rfc6902';
import type { AgentDocument } from '../../src/agents/agent.ts';
import { CallSettings } from '../../src/agents/agent.ts';
import { editsBetween } from '../../src/agents/change/diff.ts';
import { fold } from '../../src/agents/change/fold.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import { SETTING_KEYS } from '../../src/settings/definitions.ts';
import { resolve } from '../../src/settings/resolve.ts';
import { openTestServer } from '../harness.ts';
import { agents, objectOf } from './arbitrary.ts';
import { DIALECTS, type Subject } from './dialects.ts';
import { addSampleRecords } from './sample-records.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 40);
const parlance = await openTestServer();
const tenant = await parlance.workspace();
const room = await addSampleRecords(parlance, tenant);
const { store } = parlance.app;

const updates = fc.array(
  fc
    .constantFrom(...DIALECTS.keys())
    .chain((dialect) =>
      DIALECTS[dialect]!.bodies(room).map((body) => [dialect, JSON.parse(JSON.stringify(body))] as const),
    ),
  { minLength: 1, maxLength: 6 },
);
type Updates = typeof updates extends fc.Arbitrary<infer T> ? T : never;

async function agentAfter(draft: JsonObject, sent: Updates): Promise<Subject> {
  const { status, body, text } = await tenant.ask('native', 'POST', '/agents', { body: draft });
  assert.equal(status, 201, text);
  const agent = { id: body['id'] as string, number: body['number'] as number };
  for (const [dialect, body] of sent) await DIALECTS[dialect]!.update(tenant, agent, body);
  return agent;
}

const head = async ({ id }: Subject) => (await store.agents.get(tenant.id, id))!;
const ask = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
  const answer = await tenant.ask('native', method, path, body && { body });
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
};
const documentAt = async ({ id }: Subject, number: number): Promise<AgentDocument> =>
  (await ask('GET', `/agents/${id}/revisions/${number}`))['document'] as AgentDocument;

test('fold: the edits of all revisions, applied to the first document, give the head', async () => {
  await fc.assert(
    fc.asyncProperty(agents(room), updates, async (draft, sent) => {
      const agent = await agentAfter(draft, sent);
      const { data } = await ask('GET', `/agents/${agent.id}/revisions?limit=200`);
      const edits = (data as { number: number; edits: [] }[]).toReversed().flatMap((revision) => revision.edits);
      assert.deepEqual(fold(await documentAt(agent, 1), edits), (await head(agent)).document);
    }),
    { numRuns: RUNS },
  );
});

test('rollback: the document is exactly the old one, and its edits fold too', async () => {
  await fc.assert(
    fc.asyncProperty(agents(room), updates, fc.nat(), async (draft, sent, choice) => {
      const agent = await agentAfter(draft, sent);
      const before = await head(agent);
      const to = 1 + (choice % before.revision);
      const wanted = await documentAt(agent, to);
      await ask('POST', `/agents/${agent.id}/rollback`, { to });
      const after = await head(agent);
      assert.deepEqual(after.document, wanted);
      const changed = editsBetween(before.document, wanted).length > 0;
      assert.equal(after.revision, changed ? before.revision + 1 : before.revision);
      const { edits, document } = (await ask('GET', `/agents/${agent.id}/revisions/${after.revision}`)) as {
        edits: [];
        document?: unknown;
      };
      assert.deepEqual(document, wanted);
      if (changed) assert.deepEqual(fold(before.document, edits), wanted);
    }),
    { numRuns: RUNS },
  );
});

test('diff: the patch turns one revision into the other', async () => {
  await fc.assert(
    fc.asyncProperty(agents(room), updates, fc.nat(), fc.nat(), async (draft, sent, a, b) => {
      const agent = await agentAfter(draft, sent);
      const { revision } = await head(agent);
      const [from, to] = [1 + (a % revision), 1 + (b % revision)];
      const { patch, changes } = await ask('GET', `/agents/${agent.id}/diff?from=${from}&to=${to}`);
      const [document, wanted] = [await documentAt(agent, from), await documentAt(agent, to)];
      const errors = applyPatch(document, patch as []);
      assert.deepEqual(
        errors.filter((error) => error !== null),
        [],
      );
      assert.deepEqual(document, wanted);
      for (const { pointer, after } of changes as { pointer: string; after: unknown }[])
        assert.deepEqual(valueAt(wanted, pointer) ?? null, after, pointer);
    }),
    { numRuns: RUNS },
  );
});

test('explain: every explained value is in force and comes from the revision that it names', async () => {
  const layers = objectOf(CallSettings).map((layer) => JSON.parse(JSON.stringify(layer)) as JsonObject);
  await fc.assert(
    fc.asyncProperty(agents(room), updates, layers, layers, async (draft, sent, ofWorkspace, override) => {
      const agent = await agentAfter(draft, sent);
      await ask('PATCH', `/workspaces/${tenant.id}/settings`, { callSettings: null });
      await ask('PATCH', `/workspaces/${tenant.id}/settings`, { callSettings: ofWorkspace });
      const { document } = await head(agent);
      const query = `override=${encodeURIComponent(JSON.stringify({ callSettings: override }))}`;
      const { settings, profile } = (await ask('GET', `/agents/${agent.id}/explain?${query}`)) as unknown as Explained;
      const resolved = resolve([
        { level: 'workspace', document: { callSettings: ofWorkspace } },
        { level: 'agent', document: document as unknown as JsonObject },
        { level: 'override', document: { callSettings: override } },
      ]);
      for (const key of SETTING_KEYS) {
        const [group, setting, part] = key.split('.');
        const outer = settings[`${group}.${setting}`]!;
        const explained = part === undefined ? outer : outer.parts![part]!;
        assert.deepEqual({ value: explained.value, from: explained.from }, pick(resolved[key]), key);
        assert.deepEqual(explained.shadowed.map(pick), resolved[key].shadowed.map(pick), key);
        for (const { from, revision, value } of [explained, ...explained.shadowed]) {
          assert.equal(revision === undefined, from === 'system' || from === 'override', `${key} from ${from}`);
          if (from !== 'agent') continue;
          assert.deepEqual(valueAt(await documentAt(agent, revision!), `/${key.replaceAll('.', '/')}`), value, key);
        }
      }
      for (const [field, { value, revision }] of Object.entries(profile?.values ?? {})) {
        const pointer = `/profiles/${profile!.id}/${field.replaceAll('.', '/')}`;
        assert.deepEqual(value, valueAt(document, pointer) ?? null, field);
        if (revision === undefined) continue;
        assert.deepEqual(value, valueAt(await documentAt(agent, revision), pointer) ?? null, field);
        const before = revision > 1 ? await documentAt(agent, revision - 1) : undefined;
        assert.notDeepEqual(valueAt(before, pointer) ?? null, value, `${field} did not come with ${revision}`);
      }
    }),
    { numRuns: RUNS },
  );
});

interface ExplainedValue {
  value: unknown;
  from: string;
  revision?: number;
}
interface ExplainedSetting extends ExplainedValue {
  shadowed: ExplainedValue[];
}
interface Explained {
  settings: Record<string, ExplainedSetting & { parts?: Record<string, ExplainedSetting> }>;
  profile: { id: string; values: Record<string, ExplainedValue> } | null;
}

const pick = ({ value, from }: { value: unknown; from: string }) => ({ value, from });

const valueAt = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((node, key) => (node as JsonObject | undefined)?.[key], document);
