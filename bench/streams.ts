/** What a chat costs when it goes through the house: many open streams, beside as many that ask the model directly. */
import { mkdirSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
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
const STREAM_MS = 6000;
/** Every stream begins anew when it has ended: in the first round they come one by one, in the second all are open. */
const ROUNDS = 2;
/** Between two questions to the model itself while the streams through Parlance are open. */
const PROBE_MS = 50;
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
  /** Keeps the connection for what is asked next; without one each question has a connection of its own. */
  agent?: Agent;
}
interface Times {
  p50: number;
  p95: number;
}
type Context = Child<server.Question, server.Answer>;
type ModelServer = Child<model.Question, model.Answer>;

export async function streams(plan: Plan): Promise<Report> {
  const late = setTimeout(() => {
    console.error('The measurement took too long and was given up.');
    process.exit(1);
  }, LATEST_MS);
  const modelServer = begin<model.Question, model.Answer>('./model.ts');
  const { port } = await modelServer.ask({ gapMs: plan.gapMs, pieces: Math.ceil(STREAM_MS / plan.gapMs) });
  const ctx = beginServer(plan.flags, {
    PARLANCE_OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    PARLANCE_DEFAULT_MODEL: 'openai/bench',
  });
  try {
    return await measure(plan, ctx, modelServer, port);
  } finally {
    await Promise.all([ctx.stop(), modelServer.stop()]);
    clearTimeout(late);
  }
}

async function measure({ directory, gapMs, say }: Plan, ctx: Context, modelServer: ModelServer, port: number) {
  mkdirSync(join(directory, 'server'));
  const agents = 100;
  const opened = await ctx.ask({ open: { directory: join(directory, 'server'), agents } });
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
  const kept = (asks: Ask[]): Ask[] => asks.map((ask) => ({ ...ask, agent: new Agent({ keepAlive: true }) }));
  const rehearsal = await through(WARM_UP.streams, 'Hello!');
  await Promise.all([direct(WARM_UP.streams), rehearsal].map((asks) => rounds(asks, WARM_UP.paceMs, 1)));
  const [straight, asks] = [kept(direct(STREAMS)), kept(await through(STREAMS, 'Hello!'))];
  const beforeMb = await memoryOf(ctx);

  say(`${STREAMS} streams to the model …`);
  await modelServer.ask('count');
  const [freshAlone, alone] = (await rounds(straight, STREAM_MS, ROUNDS)).map(timesOf) as [Times, Times];
  const aloneAtOnce = (await modelServer.ask('count')).most;
  say(`${STREAMS} streams through Parlance …`);
  await ctx.ask('watch');
  const probing = probes(direct(1)[0]!);
  const [fresh, ours] = (await rounds(asks, STREAM_MS, ROUNDS)).map(timesOf) as [Times, Times];
  const oursAtOnce = (await modelServer.ask('count')).most;
  const meanwhile = timesOf(await probing.stop());
  const { heldMs = 0 } = await ctx.ask('watched');
  const afterMb = await memoryOf(ctx);

  say(`${STREAMS} at the same moment …`);
  const [burstAlone] = (await rounds(straight, 0, 1)).map(timesOf) as [Times];
  const [burst] = (await rounds(asks, 0, 1)).map(timesOf) as [Times];
  for (const { agent } of [...straight, ...asks]) agent?.destroy();

  say(`${SLOW_READERS} clients that read nothing …`);
  const slow = await slowReaders(await through(SLOW_READERS, model.FLOOD), ctx, modelServer);

  const added = minus(ours, alone);
  const burstAdded = minus(burst, burstAlone);
  const freshAdded = minus(fresh, freshAlone);
  const rows = [
    [...rowOf('to the model', alone), whole(aloneAtOnce)],
    [...rowOf('through Parlance', ours), whole(oursAtOnce)],
    [...rowOf('added', added), ''],
    [...rowOf('to the model meanwhile', meanwhile), ''],
    [...rowOf('on new connections, to the model', freshAlone), ''],
    [...rowOf('on new connections, through Parlance', fresh), ''],
    [...rowOf('added', freshAdded), ''],
    [...rowOf('all at once, to the model', burstAlone), ''],
    [...rowOf('all at once, through Parlance', burst), ''],
    [...rowOf('added', burstAdded), ''],
  ];
  const text = [
    table(['time to the first piece', 'p50 ms', 'p95 ms', 'open at once'], rows),
    '',
    `A piece every ${gapMs} ms in each stream; the event loop was held for at most ${hundredths(heldMs)} ms.`,
    `Memory of the server: ${whole(beforeMb)} MB before, ${whole(afterMb)} MB after.`,
    `${SLOW_READERS} clients that read nothing: ${whole(slow.beforeMb)} MB before, at most ${whole(slow.mostMb)} MB (+${whole(slow.mostMb - slow.beforeMb)}), ${whole(slow.afterMb)} MB after.`,
    `The model had ${SLOW_READERS * model.FLOOD_MB} MB to say and was let say ${whole(slow.takenMb)}; ${slow.left} of its answers were still open after ${tenths(slow.seconds)} s.`,
  ].join('\n');
  return {
    figures: {
      gapMs,
      ...{ direct: alone, through: ours, added, meanwhile, openAtOnce: oursAtOnce },
      newConnections: { direct: freshAlone, through: fresh, added: freshAdded },
      allAtOnce: { direct: burstAlone, through: burst, added: burstAdded },
      ...{ heldMs, beforeMb, afterMb, slow },
    },
    text,
  };
}

function timesOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
  return { p50: at(0.5), p95: at(0.95) };
}
const minus = (a: Times, b: Times): Times => ({ p50: a.p50 - b.p50, p95: a.p95 - b.p95 });
const rowOf = (name: string, { p50, p95 }: Times): string[] => [name, tenths(p50), tenths(p95)];

const memoryOf = async (ctx: Context): Promise<number> => (await ctx.ask('memory')).memoryMb;

/**
 * Begins the streams evenly over a time, but for a shift of each that keeps them out of step with each other's pieces,
 * and each anew when it has ended. Answers the times of every round.
 */
async function rounds(asks: readonly Ask[], overMs: number, count: number): Promise<number[][]> {
  const times: number[][] = Array.from({ length: count }, () => []);
  const stream = async (ask: Ask, index: number): Promise<void> => {
    await sleep(((index + ((index * GOLDEN) % 1)) * overMs) / asks.length);
    for (const round of times) round.push(await firstPiece(ask));
  };
  await Promise.all(asks.map(stream));
  return times;
}
const GOLDEN = 0.618_034;

/** Asks the same again and again, and leaves after the first piece; answers the times when it is told to stop. */
function probes(ask: Ask): { stop(): Promise<number[]> } {
  const begun: Promise<number>[] = [];
  const timer = setInterval(() => begun.push(firstPiece(ask, true)), PROBE_MS);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(begun);
    },
  };
}

function firstPiece(ask: Ask, leaves = false): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    let first: number | undefined;
    let read = '';
    const sent = send(ask, reject).on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (first !== undefined) return;
        read += text;
        if (!read.includes(model.TICK)) return;
        first = performance.now() - begun;
        if (!leaves) return;
        resolve(first);
        sent.destroy();
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

function send({ port, path, headers, body, agent }: Ask, failed: (error: Error) => void): ClientRequest {
  const text = JSON.stringify(body);
  const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    agent: agent ?? false,
    headers: { ...headers, ...type },
  });
  sent.on('error', failed);
  sent.end(text);
  return sent;
}

/** Asks for far more than anybody would say, and takes nothing of it. */
async function slowReaders(asks: readonly Ask[], ctx: Context, modelServer: ModelServer) {
  const beforeMb = await memoryOf(ctx);
  const before = await modelServer.ask('count');
  const begun = performance.now();
  // A response that nobody listens to is thrown away; one that is paused is left where it is.
  const sent = asks.map((ask) => send(ask, () => {}).on('response', (response) => response.pause()));
  let mostMb = beforeMb;
  let now = before;
  let seconds = 0;
  do {
    await sleep(SAMPLE_MS);
    mostMb = Math.max(mostMb, await memoryOf(ctx));
    now = await modelServer.ask('count');
    seconds = (performance.now() - begun) / 1000;
  } while (seconds * 1000 < SLOW_MS && (now.floods > 0 || seconds < 5));
  const afterMb = await memoryOf(ctx);
  mostMb = Math.max(mostMb, afterMb);
  for (const one of sent) one.destroy();
  return { beforeMb, mostMb, afterMb, takenMb: now.floodedMb - before.floodedMb, left: now.floods, seconds };
}
