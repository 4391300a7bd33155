/** Each part of a measurement is a child process. The parent sends it one question at a time, and waits for the answer. */
import { type ChildProcess, fork } from 'node:child_process';
import type * as server from './server.ts';

export interface Child<Question, Answer> {
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

export function startChild<Question, Answer>(
  file: string,
  environment: NodeJS.ProcessEnv = {},
  flags: string[] = [],
): Child<Question, Answer> {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...environment },
    execArgv: flags,
    serialization: 'advanced',
    // The server writes its log as usual, but the report does not contain it.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return { ask: (question) => ask(child, question), stop: () => stop(child) };
}

export const SERVER_FLAGS = ['--max-semi-space-size=16'];

/** Starts the server as `npm start` does. `flags` are more flags for Node, for example for a profile. */
export function startServer(flags: string[], more: NodeJS.ProcessEnv = {}): Child<server.Question, server.Answer> {
  const environment = { PARLANCE_LOG: process.env['PARLANCE_LOG'] ?? 'warn', ...more };
  return startChild('./server.ts', environment, [...SERVER_FLAGS, ...flags]);
}

function ask<Answer>(child: ChildProcess, question: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('A child process of the benchmark ended early; its errors are above.'));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
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

/** In a child: answers questions until the parent disconnects, then calls `close`. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer> | Answer,
  close: () => Promise<void> | void = () => {},
): void {
  process.on('message', async (question) => process.send!((await answer(question as Question)) ?? null));
  process.on('disconnect', async () => {
    await close();
    process.exit(0);
  });
}
