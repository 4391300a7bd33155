/** What random agents may point at. */
import type { JsonObject } from '../../src/lib/values.ts';
import type { Guest, House } from '../harness.ts';
import type { Room } from './dialects.ts';

export async function furnish(house: House, guest: Guest): Promise<Room> {
  const made = async (path: string, body: JsonObject) =>
    (await guest.ask('native', 'POST', path, { body })).body['id'] as string;
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
        await guest.ask('agenthuman', 'POST', '/avatars', {
          body: { name: 'Face', url: 'https://example.com/f.png', voice_id },
        })
      ).body['id'] as number,
    );
  const owned = await house.app.store.avatars.list(guest.id);
  return { toolIds, phoneNumberIds, agentIds, avatarNumbers, avatarIds: owned.map((avatar) => avatar.id) };
}
