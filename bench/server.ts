/** The server under measurement, on a directory of its own, and a watch on how long its event loop is held. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type App, createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';
import { KEY_DIALECTS, type KeyDialect } from '../src/workspaces/workspace.ts';
import { fill } from './agents.ts';
import { answering } from './children.ts';

export type Question = { open: { directory: string; agents: number } } | 'watch' | 'watched' | 'memory';
export interface Answer {
  port: number;
  doors: Door[];
  /** The longest time that the event loop was held since `watch`, in milliseconds. */
  heldMs: number;
  /** What the process has resident. */
  memoryMb: number;
}
export interface Door {
  dialect: KeyDialect;
  prefix: string;
  key: string;
}

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let app: App | undefined;

async function open(directory: string, agents: number): Promise<Pick<Answer, 'port' | 'doors'>> {
  // The limit is counted as in any server, but never reached.
  const environment = { ...process.env, PARLANCE_RATE_LIMIT: '1000000000', DATABASE_URL: '' };
  const config = readConfig(environment, { data: directory, port: '0' });
  app = await createApp(config);
  const { accounts } = app.services;
  const workspace = await accounts.createWorkspace('Benchmark');
  const doors: Door[] = [];
  for (const { name, prefix } of dialects(config)) {
    const dialect = KEY_DIALECTS.find((one) => one === name);
    if (!dialect) continue;
    const { value } = await accounts.createKey({ workspaceId: workspace.id, dialect });
    doors.push({ dialect, prefix, key: value });
  }
  await fill(app.store, directory, workspace.id, agents);
  const address = await app.http.listen({ host: '127.0.0.1', port: 0 });
  app.start();
  return { port: Number(new URL(address).port), doors };
}

answering<Question, Partial<Answer>>(
  async (question) => {
    if (question === 'watch') {
      delays.reset();
      delays.enable();
      return {};
    }
    if (question === 'watched') {
      delays.disable();
      // The watch wakes once per resolution; what is beyond that was somebody's doing.
      return { heldMs: Math.max(0, delays.max / 1e6 - RESOLUTION_MS) };
    }
    if (question === 'memory') return { memoryMb: process.memoryUsage.rss() / 2 ** 20 };
    return open(question.open.directory, question.open.agents);
  },
  async () => app?.close(),
);
