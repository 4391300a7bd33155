/** What a chat costs when it goes through the house: many open streams, beside as many that ask the model directly. */
import { mkdirSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { idOf, prose } from './agents.ts';
import { begin, beginServer, type Child } from './children.ts';
import type { Plan, Report } from './compare.ts';
import { hundredths, table, tenths, whole } from './figures.ts';
import * as model from './model.ts';
import type * as server from './server.ts';

const STREAMS = 500;
const SLOW_READERS = 50;
/** From the first stream to the last; each goes on for longer than that, so that all of them are open at once. */
const PACE_MS = 5000;
const STREAM_MS = 6000;
const WARM_UP = { streams: 100, paceMs: 1000 };
const SAMPLE_MS = 250;
/** A client that takes nothing for 30 seconds is let go; somewhat later than that all of them should be gone. */
const SLOW_MS = 40_000;
/** The whole measurement ends by then, whatever has happened. */
const LATEST_MS = 90_000;

interface Ask {
  port: number;
  path: string;
  headers?: Record<string, string>;
  body: object;
}
interface Times {
  p50: number;
  p95: number;
  heldMs?: number;
  openAtOnce: number;
}
type House = Child<server.Question, server.Answer>;
type ModelServer = Child<model.Question, model.Answer>;

export async function streams(plan: Plan): Promise<Report> {
  const late = setTimeout(() => {
    console.error('The measurement took too long and was given up.');
    process.exit(1);
  }, LATEST_MS);
  const modelServer = begin<model.Question, model.Answer>('./model.ts');
  const { port } = await modelServer.ask({ gapMs: plan.gapMs, pieces: Math.ceil(STREAM_MS / plan.gapMs) });
  const house = beginServer(plan.flags, {
    PARLANCE_OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    PARLANCE_DEFAULT_MODEL: 'openai/bench',
  });
  try {
    return await measure(plan, house, modelServer, port);
  } finally {
    await Promise.all([house.stop(), modelServer.stop()]);
    clearTimeout(late);
  }
}

async function measure({ directory, gapMs, say }: Plan, house: House, modelServer: ModelServer, port: number) {
  mkdirSync(join(directory, 'server'));
  const agents = 100;
  const opened = await house.ask({ open: { directory: join(directory, 'server'), agents } });
  const door = opened.doors.find(({ dialect }) => dialect === 'native')!;
  const at = { port: opened.port, headers: { authorization: `Bearer ${door.key}` } };
  const through = async (count: number, content: string): Promise<Ask[]> => {
    const asks: Ask[] = [];
    for (let index = 0; index < count; index += 1) {
      const begun = await answerTo({
        ...at,
        path: `${door.prefix}/conversations`,
        body: { agentId: idOf(index % agents), channel: 'chat' },
      });
      const { id } = JSON.parse(begun) as { id: string };
      asks.push({ ...at, path: `${door.prefix}/conversations/${id}/messages`, body: { content, stream: true } });
    }
    return asks;
  };
  const direct = (count: number): Ask[] => {
    const messages = [
      { role: 'system', content: prose(4096) },
      { role: 'user', content: 'Hello!' },
    ];
    const body = { model: 'bench', messages, stream: true, stream_options: { include_usage: true } };
    return Array.from({ length: count }, () => ({ port, path: '/v1/chat/completions', body }));
  };

  say('Warming up …');
  await firstPieces(direct(WARM_UP.streams), WARM_UP.paceMs);
  await firstPieces(await through(WARM_UP.streams, 'Hello!'), WARM_UP.paceMs);
  const asks = await through(STREAMS, 'Hello!');
  const beforeMb = await memoryOf(house);
  await modelServer.ask('count');

  say(`${STREAMS} streams to the model …`);
  const alone: Times = await firstPieces(direct(STREAMS), PACE_MS).then(timesOf(modelServer));
  say(`${STREAMS} streams through Parlance …`);
  await house.ask('watch');
  const ours: Times = await firstPieces(asks, PACE_MS).then(timesOf(modelServer));
  const { heldMs = 0 } = await house.ask('watched');
  const afterMb = await memoryOf(house);

  say(`${SLOW_READERS} clients that read nothing …`);
  const slow = await slowReaders(await through(SLOW_READERS, model.FLOOD), house, modelServer);

  const added = { p50: ours.p50 - alone.p50, p95: ours.p95 - alone.p95 };
  const rows = [
    ['to the model', tenths(alone.p50), tenths(alone.p95), whole(alone.openAtOnce)],
    ['through Parlance', tenths(ours.p50), tenths(ours.p95), whole(ours.openAtOnce)],
    ['added', tenths(added.p50), tenths(added.p95), ''],
  ];
  const text = [
    table(['time to the first piece', 'p50 ms', 'p95 ms', 'open at once'], rows),
    '',
    `A piece every ${gapMs} ms in each stream; the event loop was held for at most ${hundredths(heldMs)} ms.`,
    `Memory of the server: ${whole(beforeMb)} MB before, ${whole(afterMb)} MB after.`,
    `${SLOW_READERS} clients that read nothing: ${whole(slow.beforeMb)} MB before, at most ${whole(slow.mostMb)} MB (+${whole(slow.mostMb - slow.beforeMb)}), ${whole(slow.afterMb)} MB after.`,
    `The model had ${SLOW_READERS * model.FLOOD_MB} MB to say and was let say ${whole(slow.takenMb)}; ${slow.left} of its answers were still open after ${tenths(slow.seconds)} s.`,
  ].join('\n');
  return { figures: { gapMs, direct: alone, through: ours, added, heldMs, beforeMb, afterMb, slow }, text };
}

const memoryOf = async (house: House): Promise<number> => (await house.ask('memory')).memoryMb;

const timesOf =
  (modelServer: ModelServer) =>
  async (times: readonly number[]): Promise<Times> => {
    const sorted = [...times].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
    return { p50: at(0.5), p95: at(0.95), openAtOnce: (await modelServer.ask('count')).most };
  };

/** Opens one stream after the other at an even pace and reads all of them to their ends. */
const firstPieces = (asks: readonly Ask[], paceMs: number): Promise<number[]> =>
  Promise.all(
    asks.map(async (ask, index) => {
      await sleep((index * paceMs) / asks.length);
      return firstPiece(ask);
    }),
  );

function firstPiece(ask: Ask): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    let first: number | undefined;
    let read = '';
    send(ask, reject).on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (first !== undefined) return;
        read += text;
        if (read.includes(model.TICK)) first = performance.now() - begun;
      });
      response.on('error', reject);
      response.on('end', () => {
        if (first === undefined) reject(new Error(`A stream without a piece: ${response.statusCode} ${read}`));
        else resolve(first);
      });
    });
  });
}

function answerTo(ask: Ask): Promise<string> {
  return new Promise((resolve, reject) => {
    send(ask, reject).on('response', async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      if (response.statusCode === 201) resolve(text);
      else reject(new Error(`Not a success: ${response.statusCode} ${text}`));
    });
  });
}

/** On a connection of its own, so that both ways begin alike. */
function send({ port, path, headers, body }: Ask, failed: (error: Error) => void): ClientRequest {
  const text = JSON.stringify(body);
  const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    agent: false,
    headers: { ...headers, ...type },
  });
  sent.on('error', failed);
  sent.end(text);
  return sent;
}

/** Asks for far more than anybody would say, and takes nothing of it. */
async function slowReaders(asks: readonly Ask[], house: House, modelServer: ModelServer) {
  const beforeMb = await memoryOf(house);
  const before = await modelServer.ask('count');
  const begun = performance.now();
  // A response that nobody listens to is thrown away; one that is paused is left where it is.
  const sent = asks.map((ask) => send(ask, () => {}).on('response', (response) => response.pause()));
  let mostMb = beforeMb;
  let now = before;
  let seconds = 0;
  do {
    await sleep(SAMPLE_MS);
    mostMb = Math.max(mostMb, await memoryOf(house));
    now = await modelServer.ask('count');
    seconds = (performance.now() - begun) / 1000;
  } while (seconds * 1000 < SLOW_MS && (now.floods > 0 || seconds < 5));
  const afterMb = await memoryOf(house);
  mostMb = Math.max(mostMb, afterMb);
  for (const one of sent) one.destroy();
  return { beforeMb, mostMb, afterMb, takenMb: now.floodedMb - before.floodedMb, left: now.floods, seconds };
}
