/** Routes of the settings of a workspace. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import type { Services } from '../../../services.ts';
import { withoutEchoes } from '../echo.ts';
import { type ById, scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';
import { formatSettings, parseTime } from './mapping.ts';

const { read, write } = scopedRoutes('Settings', 'workspaces');

export function settingsRoutes(app: FastifyInstance, { accounts, settings }: Services): void {
  app.get<ById>(
    '/workspaces/:id/settings',
    read({
      summary: 'Get workspace settings',
      description: 'The values that the workspace itself sets; weaker layers decide the rest.',
      query: contract.SettingsQuery,
      answer: contract.WorkspaceSettings,
    }),
    async ({ caller, params, query }) => {
      const { id } = await accounts.getWorkspace(caller, params.id);
      return formatSettings(await settings.read(id, parseTime(query as contract.SettingsQuery)));
    },
  );

  app.patch<ById>(
    '/workspaces/:id/settings',
    write({
      summary: 'Update workspace settings',
      body: contract.SettingsPatch,
      handlerChecksBody: true,
      answer: contract.WorkspaceSettings,
    }),
    async ({ caller, params, body }) => {
      const { id } = await accounts.getWorkspace(caller, params.id);
      const current = formatSettings(await settings.read(id));
      const patch = withoutEchoes(asObject(body), contract.SettingsPatch, current);
      return formatSettings(await settings.update(caller, id, patch));
    },
  );
}
