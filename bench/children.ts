/** Every part of a measurement is a process of its own; this is how they talk: one question, one answer, in turn. */
import { type ChildProcess, fork } from 'node:child_process';
import type * as server from './server.ts';

export interface Child<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

export function begin<Question, Answer>(
  file: string,
  environment: NodeJS.ProcessEnv = {},
  flags: string[] = [],
): Child<Question, Answer> {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...environment },
    execArgv: flags,
    serialization: 'advanced',
    // What the server logs is part of its work, not of the report.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { ask: (question) => ask(child, question), stop: () => stop(child) };
}

export const SERVER_FLAGS = ['--max-semi-space-size=16'];

/** The server as `npm start` runs it, with more flags for those who want to look into it. */
export function beginServer(flags: string[], more: NodeJS.ProcessEnv = {}): Child<server.Question, server.Answer> {
  const environment = { PARLANCE_LOG: process.env['PARLANCE_LOG'] ?? 'warn', ...more };
  return begin('./server.ts', environment, [...SERVER_FLAGS, ...flags]);
}

function ask<Answer>(child: ChildProcess, question: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('A process of the benchmark ended early.'));
    child.once('exit', gone);
    child.once('message', (answer) => {
      child.off('exit', gone);
      resolve(answer as Answer);
    });
    child.send(question as object, (error) => error && reject(error));
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

/** In a child: answers questions until the parent has no more. */
export function answering<Question, Answer>(
  answer: (question: Question) => Promise<Answer> | Answer,
  leave: () => Promise<void> | void = () => {},
): void {
  process.on('message', async (question) => process.send!((await answer(question as Question)) ?? null));
  process.on('disconnect', async () => {
    await leave();
    process.exit(0);
  });
}
