/** Routes of workspace settings. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import type { SettingsView } from '../../../settings/service.ts';
import { withoutEchoes } from '../agents/echo.ts';
import * as contract from '../history/contract.ts';
import { type ById, momentOf } from '../shared.ts';

const shown = ({ document, number, at }: SettingsView) => ({
  callSettings: document.callSettings,
  calling: document.calling ?? null,
  preconditions: document.preconditions ?? null,
  revisionsKept: document.revisionsKept ?? null,
  revision: number,
  updatedAt: at === '' ? null : at,
});

export function settingsRoutes(app: FastifyInstance, { accounts, settings }: Services): void {
  const tag = 'Settings';

  app.get<ById>(
    '/workspaces/:id/settings',
    route({
      summary: 'Get workspace settings',
      description: 'The values that the workspace itself sets; weaker layers decide the rest.',
      tag,
      scope: 'workspaces:read',
      query: contract.SettingsQuery,
      answer: contract.WorkspaceSettings,
    }),
    async ({ caller, params, query }) => {
      const { id } = await accounts.getWorkspace(caller, params.id);
      const { at } = query as { at?: string };
      return shown(await settings.read(id, at === undefined ? undefined : momentOf(at)));
    },
  );

  app.patch<ById>(
    '/workspaces/:id/settings',
    route({
      summary: 'Update workspace settings',
      tag,
      scope: 'workspaces:write',
      body: contract.SettingsPatch,
      handlerChecksBody: true,
      answer: contract.WorkspaceSettings,
    }),
    async ({ caller, params, body }) => {
      const { id } = await accounts.getWorkspace(caller, params.id);
      return shown(
        await settings.update(
          caller,
          id,
          withoutEchoes(asObject(body), contract.SettingsPatch, shown(await settings.read(id))),
        ),
      );
    },
  );
}
