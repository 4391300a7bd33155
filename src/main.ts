/** Starts the server. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from './app.ts';
import type { Config } from './config.ts';
import { startupBanner } from './startup-banner.ts';

export interface RunningServer {
  app: App;
  url: string;
}

/** Listens, and prints what the operator needs. On the first start it writes credentials.json. */
export async function start(config: Config, print: (text: string) => void): Promise<RunningServer> {
  const app = await createApp(config);
  const address = await app.http.listen({ host: config.host, port: config.port });
  const url = address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '127.0.0.1');
  const file = join(config.dataDirectory, 'credentials.json');
  const first = await app.services.firstStart(url);
  if (first) {
    // With PostgreSQL the directory may not exist yet.
    mkdirSync(config.dataDirectory, { recursive: true });
    writeFileSync(file, `${JSON.stringify(first.credentials, null, 2)}\n`, { mode: 0o600 });
    print(startupBanner(first, file));
  } else {
    print(`Parlance is listening on ${url}${existsSync(file) ? ` · keys are in ${file}` : ''}`);
  }
  // /healthz and /readyz succeed from here on, so a client that waits for them finds the keys.
  app.start();
  return { app, url };
}
