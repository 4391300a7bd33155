/**
 * `parlance key create [--workspace ID] [--dialect NAME] [--operator] [--data DIR]`: creates an API key directly in the
 * database. It helps an operator who has lost credentials.json.
 */
import { parseArgs } from 'node:util';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { KEY_DIALECTS } from '../workspaces/workspace.ts';

export const usage =
  `Usage: parlance key create [--workspace ID] [--dialect ${KEY_DIALECTS.join('|')}] [--operator] [--data DIR]\n` +
  'Prints a key for the native API of the first workspace, unless options name others. --operator: the key administers the server.';

export async function run([action, ...args]: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      workspace: { type: 'string' },
      dialect: { type: 'string', default: 'native' },
      operator: { type: 'boolean', default: false },
      data: { type: 'string' },
    },
  });
  const dialect = KEY_DIALECTS.find((name) => name === values.dialect);
  if (action !== 'create' || !dialect) {
    console.error(usage);
    process.exitCode = 1;
    return;
  }
  const app = await createApp(
    readConfig({ ...process.env, PARLANCE_LOG: 'silent' }, values.data ? { data: values.data } : {}),
  );
  try {
    const workspaces = await app.store.accounts.workspaces(null);
    const workspace = values.workspace ? workspaces.find(({ id }) => id === values.workspace) : workspaces[0];
    if (!workspace) {
      console.error(
        values.workspace
          ? `No workspace has the id ${values.workspace}; check --workspace and --data.`
          : 'The database has no workspace yet; start the server once.',
      );
      process.exitCode = 1;
      return;
    }
    const kind = values.operator ? 'operator' : 'standard';
    const { value } = await app.services.accounts.createKey({
      workspaceId: workspace.id,
      dialect,
      kind,
      name: 'Command line',
    });
    console.log(value);
  } finally {
    await app.close();
  }
}
