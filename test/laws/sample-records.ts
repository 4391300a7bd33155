/** The records that random agents may refer to. */
import type { JsonObject } from '../../src/lib/values.ts';
import type { Tenant, TestServer } from '../harness.ts';
import type { SampleIds } from './dialects.ts';

export async function addSampleRecords(parlance: TestServer, tenant: Tenant): Promise<SampleIds> {
  const made = async (path: string, body: JsonObject) =>
    (await tenant.ask('native', 'POST', path, { body })).body['id'] as string;
  const toolIds = await Promise.all(
    ['first_tool', 'second_tool'].map((name) =>
      made('/tools', { name, description: 'A tool', http: { url: 'https://example.com', method: 'POST' } }),
    ),
  );
  const phoneNumberIds = await Promise.all(
    ['+15550001111', '+15550002222'].map((number) => made('/phone-numbers', { number, provider: 'simulated' })),
  );
  const agentIds = await Promise.all(
    ['Billing', 'Returns'].map((name) => made('/agents', { name, description: name, role: name })),
  );
  const avatarNumbers: number[] = [];
  for (const voice_id of ['emma', null])
    avatarNumbers.push(
      (
        await tenant.ask('agenthuman', 'POST', '/avatars', {
          body: { name: 'Face', url: 'https://example.com/f.png', voice_id },
        })
      ).body['id'] as number,
    );
  const owned = await parlance.app.store.avatars.list(tenant.id);
  return { toolIds, phoneNumberIds, agentIds, avatarNumbers, avatarIds: owned.map((avatar) => avatar.id) };
}
