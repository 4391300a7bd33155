/** The first start on an empty database: creates a workspace, a user, a key for each dialect, and a sample agent. */
import type { Edit } from '../agents/change/edit.ts';
import type { AgentService } from '../agents/service.ts';
import type { AvatarService } from '../avatars/service.ts';
import type { Context } from '../context.ts';
import { systemCaller } from './caller.ts';
import type { AccountService } from './service.ts';
import { randomText } from './service.ts';
import { KEY_DIALECTS, type KeyDialect } from './workspace.ts';

/** The content of credentials.json, which is also printed once. */
export interface Credentials {
  url: string;
  workspace: { id: string; name: string };
  user: { email: string; password: string };
  keys: Record<KeyDialect, string>;
}

export interface FirstStart {
  credentials: Credentials;
  /** The sample agent. */
  agent: { id: string; number: number };
}

/** Answers undefined, and creates nothing, when the database already has a workspace or another node is creating it. */
export async function firstStart(
  ctx: Context,
  services: { accounts: AccountService; agents: AgentService; avatars: AvatarService },
  url: string,
  sampleAgent: () => Edit[],
): Promise<FirstStart | undefined> {
  const { accounts, agents, avatars } = services;
  if (await ctx.store.accounts.hasWorkspaces()) return undefined;
  // Several nodes may start on one new database: the node that writes its id first does the rest.
  const nodeId = ctx.newId();
  if ((await ctx.store.accounts.secret('first-start', () => nodeId)) !== nodeId) return undefined;

  const workspace = await accounts.createWorkspace('My workspace');
  const caller = systemCaller(workspace);
  const user = { email: 'admin@parlance.local', password: randomText(20) };
  const created = Promise.all([
    accounts.createUser({ workspaceId: workspace.id, ...user }),
    ...KEY_DIALECTS.map((dialect) =>
      accounts.createKey({
        workspaceId: workspace.id,
        dialect,
        name: 'First start',
        kind: dialect === 'native' ? 'operator' : 'standard',
      }),
    ),
  ]);
  await avatars.create(caller, {
    name: 'Sample avatar',
    url: 'https://example.com/avatars/sample.png',
    voiceId: 'emma',
  });
  const view = await agents.create(caller, { edits: sampleAgent });
  const [, ...keys] = await created;
  return {
    credentials: {
      url,
      workspace: { id: workspace.id, name: workspace.name },
      user,
      keys: Object.fromEntries(keys.map(({ key, value }) => [key.dialect, value])) as Record<KeyDialect, string>,
    },
    agent: { id: view.agent.id, number: view.agent.number },
  };
}
