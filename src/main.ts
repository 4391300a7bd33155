/** Start and stop. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from './app.ts';
import type { Config } from './config.ts';
import { startupBanner } from './startup-banner.ts';

export interface Running {
  app: App;
  url: string;
}

/** Listens, and tells the person who started it what they need to know. */
export async function start(config: Config, say: (line: string) => void): Promise<Running> {
  const app = await createApp(config);
  const address = await app.http.listen({ host: config.host, port: config.port });
  const url = address.replace('0.0.0.0', '127.0.0.1').replace('[::]', '127.0.0.1');
  const first = await app.services.firstStart(url);
  if (first) {
    const file = join(config.dataDirectory, 'credentials.json');
    // With PostgreSQL nothing else has needed the directory so far.
    mkdirSync(config.dataDirectory, { recursive: true });
    writeFileSync(file, `${JSON.stringify(first.credentials, null, 2)}\n`, { mode: 0o600 });
    say(startupBanner(first, file));
  } else {
    const file = join(config.dataDirectory, 'credentials.json');
    say(`Parlance is listening on ${url}${existsSync(file) ? ` · keys are in ${file}` : ''}`);
  }
  // Whoever waits for /healthz or /readyz finds the keys.
  app.begin();
  return { app, url };
}
