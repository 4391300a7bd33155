/**
 * Three laws, on random agents, in every dialect and across them. Echo: sending back an answer changes nothing. Round
 * trip: what was sent can be read back. Silence: omitted fields do not change in any dialect. And a refused write
 * changes nothing.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isObject, type JsonObject, same } from '../../src/lib/values.ts';
import { openTestServer } from '../harness.ts';
import { agents } from './arbitrary.ts';
import { DIALECTS, type DialectUnderTest, type Subject } from './dialects.ts';
import { addSampleRecords } from './sample-records.ts';

const RUNS = Number(process.env['LAW_RUNS'] ?? 60);
const parlance = await openTestServer();

const tenant = await parlance.workspace();
const room = await addSampleRecords(parlance, tenant);

async function createAgent(draft: JsonObject): Promise<Subject> {
  const { status, body, text } = await tenant.ask('native', 'POST', '/agents', { body: draft });
  assert.equal(status, 201, text);
  return { id: body['id'] as string, number: body['number'] as number };
}
const hub = async ({ id }: Subject): Promise<JsonObject> => (await tenant.ask('native', 'GET', `/agents/${id}`)).body;

/** The paths at which two documents differ; a list or a free-form map is one value. */
function changedPaths(before: unknown, after: unknown, at = ''): string[] {
  if (same(before, after)) return [];
  const freeFormMap = /^(metadata|properties|memory\.facts|knowledge\.inline|avatar|telephony\.businessHours)$/.test(
    at,
  );
  if (!isObject(before) || !isObject(after) || freeFormMap) return [at];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedPaths(before[key], after[key], at ? `${at}.${key}` : key));
}

const IDENTITY = /^(revision|updatedAt)$|^profiles\.[^.]+\.updatedAt$/;
const touches = (path: string, pattern: string): boolean => {
  const [a, b] = [path.split('.'), pattern.split('.')];
  const length = Math.min(a.length, b.length);
  return Array.from({ length }, (_, i) => a[i] === b[i] || a[i] === '*' || b[i] === '*').every((fits) => fits);
};
const general = (path: string): string => path.replace('@default', '*');

/** The paths of the document that a field of the dialect stands for. */
function pathsOf({ dialect, follows }: DialectUnderTest, field: string): string[] {
  const rows = dialect.tables.flatMap(({ rows, base }) =>
    rows.filter((row) => row.field === field).map((row) => general(base ? `${base}.${row.path}` : row.path)),
  );
  return [...rows, ...(follows[field] ?? [])];
}

for (const dialect of DIALECTS) {
  describe(dialect.name, () => {
    test('echo: sending back an answer changes nothing', async () => {
      await fc.assert(
        fc.asyncProperty(agents(room), async (draft) => {
          const agent = await createAgent(draft);
          const before = await hub(agent);
          const { status, text } = await dialect.update(tenant, agent, await dialect.read(tenant, agent));
          assert.equal(status, 200, text);
          assert.deepEqual(await hub(agent), before);
        }),
        { numRuns: RUNS },
      );
    });

    test('round trip and silence: sent fields are stored, omitted fields stay, and a refused body changes nothing', async () => {
      let accepted = 0;
      let sentCount = 0;
      await fc.assert(
        fc.asyncProperty(agents(room), dialect.bodies(room), async (draft, random) => {
          const body = JSON.parse(JSON.stringify(random)) as JsonObject;
          const agent = await createAgent(draft);
          const before = await hub(agent);
          const views = await Promise.all(DIALECTS.map((one) => one.read(tenant, agent)));
          const mine = views[DIALECTS.indexOf(dialect)]!;
          const { status, text } = await dialect.update(tenant, agent, body);
          const after = await hub(agent);
          sentCount += 1;
          if (status !== 200) {
            assert.ok(status === 400 || status === 409 || status === 422, `${status} ${text}`);
            assert.deepEqual(after, before, 'a refused write changed something');
            return;
          }
          accepted += 1;

          const shown = await dialect.read(tenant, agent);
          for (const [field, sent] of Object.entries(body)) {
            if (sent === null || !(field in shown)) continue;
            const expected = dialect.expected ? dialect.expected(field, sent, mine[field]) : sent;
            const read =
              field === 'subAgents'
                ? (shown[field] as { agentId: string }[]).map((child) => child.agentId)
                : shown[field];
            assert.deepEqual(read, expected, `${field} cannot be read back`);
          }

          const changes = changedPaths(before, after).filter((path) => !IDENTITY.test(path));
          const allowed = Object.keys(body).flatMap((field) => pathsOf(dialect, field));
          if ('avatar_id' in body) allowed.push('profiles.*.voice.id');
          const newProfiles = Object.keys(after['profiles'] as JsonObject).filter(
            (id) => !(id in (before['profiles'] as JsonObject)),
          );
          for (const path of changes) {
            const createdProfile = newProfiles.some((id) => path.startsWith(`profiles.${id}`));
            assert.ok(
              createdProfile || allowed.some((pattern) => touches(path, pattern)),
              `${path} changed, and no field of the body names it: ${JSON.stringify(body)}`,
            );
          }

          for (const [i, other] of DIALECTS.entries()) {
            const [was, is] = [views[i]!, await other.read(tenant, agent)];
            for (const field of Object.keys(is)) {
              if (same(was[field], is[field]) || /^(updated_?[aA]t|last_used_at)$/.test(field)) continue;
              const patterns = pathsOf(other, field);
              assert.ok(
                changes.some((path) => patterns.some((pattern) => touches(path, pattern))),
                `${other.name}.${field} changed with ${JSON.stringify(body)} in ${dialect.name}: ${JSON.stringify(changes)}`,
              );
            }
          }
        }),
        { numRuns: RUNS },
      );
      assert.ok(
        accepted > sentCount / 2,
        `only ${accepted} of ${sentCount} random updates were accepted: too few to test the laws`,
      );
    });
  });
}

test('echo: sending back a native answer changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(agents(room), async (draft) => {
      const agent = await createAgent(draft);
      const before = await hub(agent);
      const { status, text } = await tenant.ask('native', 'PATCH', `/agents/${agent.id}`, { body: before });
      assert.equal(status, 200, text);
      assert.deepEqual(await hub(agent), before);
    }),
    { numRuns: RUNS },
  );
});

test('echo: a Kejue voice configuration sent back changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(agents(room), async (draft) => {
      const agent = await createAgent(draft);
      const before = await hub(agent);
      const { body } = await tenant.ask('kejue', 'GET', `/agents/${agent.id}`);
      for (const config of body['voice_configs'] as JsonObject[]) {
        const { status, text } = await tenant.ask(
          'kejue',
          'PATCH',
          `/agents/${agent.id}/voice-configs/${config['id']}`,
          { body: config },
        );
        assert.equal(status, 200, text);
      }
      assert.deepEqual(await hub(agent), before);
    }),
    { numRuns: RUNS },
  );
});
