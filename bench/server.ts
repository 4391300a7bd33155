/** The server under measurement, with its own directory, and a monitor of its event loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type App, createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { dialects } from '../src/dialects/index.ts';
import { KEY_DIALECTS, type KeyDialect } from '../src/workspaces/workspace.ts';
import { fill } from './agents.ts';
import { answerQuestions } from './children.ts';

export type Question = { open: { directory: string; agents: number } } | 'watch' | 'watched' | 'memory';
export interface Answer {
  port: number;
  targets: Target[];
  /** The longest time that the event loop was blocked since `watch`, in milliseconds. */
  heldMs: number;
  /** The resident memory of the process. */
  memoryMb: number;
}
export interface Target {
  dialect: KeyDialect;
  prefix: string;
  key: string;
}

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let app: App | undefined;

async function open(directory: string, agents: number): Promise<Pick<Answer, 'port' | 'targets'>> {
  // Requests are counted as in any server, but never reach the limit.
  const environment = { ...process.env, PARLANCE_RATE_LIMIT: '1000000000', DATABASE_URL: '' };
  const config = readConfig(environment, { data: directory, port: '0' });
  app = await createApp(config);
  const { accounts } = app.services;
  const workspace = await accounts.createWorkspace('Benchmark');
  const targets: Target[] = [];
  for (const { name, prefix } of dialects(config)) {
    const dialect = KEY_DIALECTS.find((one) => one === name);
    if (!dialect) continue;
    const { value } = await accounts.createKey({ workspaceId: workspace.id, dialect });
    targets.push({ dialect, prefix, key: value });
  }
  await fill(app.store, directory, workspace.id, agents);
  const address = await app.http.listen({ host: '127.0.0.1', port: 0 });
  app.start();
  return { port: Number(new URL(address).port), targets };
}

answerQuestions<Question, Partial<Answer>>(
  async (question) => {
    if (question === 'watch') {
      delays.reset();
      delays.enable();
      return {};
    }
    if (question === 'watched') {
      delays.disable();
      // The monitor wakes once per resolution; a longer delay means that the loop was blocked.
      return { heldMs: Math.max(0, delays.max / 1e6 - RESOLUTION_MS) };
    }
    if (question === 'memory') return { memoryMb: process.memoryUsage.rss() / 2 ** 20 };
    return open(question.open.directory, question.open.agents);
  },
  async () => app?.close(),
);
