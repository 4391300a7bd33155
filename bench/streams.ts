/** Measures what a chat costs on its way through Parlance: many open streams, beside as many directly to the model. */
import { mkdirSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { idOf, prose } from './agents.ts';
import { type Child, startChild, startServer } from './children.ts';
import type { Plan, Report } from './compare.ts';
import { hundredths, table, tenths, whole } from './figures.ts';
import * as model from './model.ts';
import type * as server from './server.ts';
import { answerTo, probes, rounds, type StreamRequest, send } from './stream-client.ts';

const AGENTS = 100;
const STREAMS = 500;
const SLOW_READERS = 50;
const STREAM_MS = 6000;
/** Each stream starts again when it has ended: in the first round they start one by one, in the second all are open. */
const ROUNDS = 2;
const WARM_UP = { streams: 100, paceMs: 1000 };
const SAMPLE_MS = 250;
/** The server disconnects a client that reads nothing for 30 seconds. By this time all of them should be disconnected. */
const SLOW_MS = 40_000;
/** The measurement is stopped after this time. */
const TIMEOUT_MS = 90_000;

interface Times {
  p50: number;
  p95: number;
}
type ServerProcess = Child<server.Question, server.Answer>;
type ModelProcess = Child<model.Question, model.Answer>;
interface Processes {
  parlance: ServerProcess;
  modelServer: ModelProcess;
}

export async function streams(plan: Plan): Promise<Report> {
  const timeout = setTimeout(() => {
    console.error(
      `The measurement took longer than ${TIMEOUT_MS / 1000} s and was stopped. Run it on a quieter machine.`,
    );
    process.exit(1);
  }, TIMEOUT_MS);
  const modelServer = startChild<model.Question, model.Answer>('./model.ts');
  const { port } = await modelServer.ask({ gapMs: plan.gapMs, pieces: Math.ceil(STREAM_MS / plan.gapMs) });
  const parlance = startServer(plan.flags, {
    PARLANCE_OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    PARLANCE_DEFAULT_MODEL: 'openai/bench',
  });
  try {
    return await measure(plan, { parlance, modelServer }, port);
  } finally {
    await Promise.all([parlance.stop(), modelServer.stop()]);
    clearTimeout(timeout);
  }
}

async function measure(plan: Plan, processes: Processes, modelPort: number): Promise<Report> {
  const { parlance, modelServer } = processes;
  const client = await openClient(parlance, plan.directory);
  const direct = (count: number) => directRequests(modelPort, count);

  plan.log('Warming up …');
  const warmUp = [direct(WARM_UP.streams), await client.messages(WARM_UP.streams, 'Hello!')];
  await Promise.all(warmUp.map((requests) => rounds(requests, WARM_UP.paceMs, 1)));
  const toModel = keepAlive(direct(STREAMS));
  const toParlance = keepAlive(await client.messages(STREAMS, 'Hello!'));

  const steady = await measureSteady(plan, processes, { toModel, toParlance, probe: direct(1)[0]! });
  plan.log(`${STREAMS} at the same moment …`);
  const burst = {
    direct: timesOf((await rounds(toModel, 0, 1))[0]!),
    through: timesOf((await rounds(toParlance, 0, 1))[0]!),
  };
  for (const { agent } of [...toModel, ...toParlance]) agent?.destroy();

  plan.log(`${SLOW_READERS} clients that read nothing …`);
  const slow = await slowReaders(await client.messages(SLOW_READERS, model.FLOOD), parlance, modelServer);
  return report(plan.gapMs, steady, burst, slow);
}

interface Comparison {
  direct: Times;
  through: Times;
}
interface Steady {
  /** The second round, in which all streams are open. */
  open: Comparison;
  /** The first round, in which each stream opens a connection. */
  fresh: Comparison;
  /** Direct requests while the streams through Parlance are open. */
  meanwhile: Times;
  openAtOnce: { direct: number; through: number };
  heldMs: number;
  beforeMb: number;
  afterMb: number;
}

/** The streams first directly to the model, then through Parlance. */
async function measureSteady(
  { log }: Plan,
  { parlance, modelServer }: Processes,
  requests: { toModel: StreamRequest[]; toParlance: StreamRequest[]; probe: StreamRequest },
): Promise<Steady> {
  const beforeMb = await memoryOf(parlance);
  log(`${STREAMS} streams to the model …`);
  await modelServer.ask('count');
  const [freshDirect, direct] = (await rounds(requests.toModel, STREAM_MS, ROUNDS)).map(timesOf) as [Times, Times];
  const directAtOnce = (await modelServer.ask('count')).maxOpen;
  log(`${STREAMS} streams through Parlance …`);
  await parlance.ask('watch');
  const probing = probes(requests.probe);
  const [fresh, through] = (await rounds(requests.toParlance, STREAM_MS, ROUNDS)).map(timesOf) as [Times, Times];
  const throughAtOnce = (await modelServer.ask('count')).maxOpen;
  const meanwhile = timesOf(await probing.stop());
  const { heldMs = 0 } = await parlance.ask('watched');
  return {
    open: { direct, through },
    fresh: { direct: freshDirect, through: fresh },
    meanwhile,
    openAtOnce: { direct: directAtOnce, through: throughAtOnce },
    heldMs,
    beforeMb,
    afterMb: await memoryOf(parlance),
  };
}

function report(gapMs: number, steady: Steady, burst: Comparison, slow: SlowReaders): Report {
  const { open, fresh, meanwhile, openAtOnce, heldMs, beforeMb, afterMb } = steady;
  const added = minus(open.through, open.direct);
  const burstAdded = minus(burst.through, burst.direct);
  const freshAdded = minus(fresh.through, fresh.direct);
  const rows = [
    [...rowOf('to the model', open.direct), whole(openAtOnce.direct)],
    [...rowOf('through Parlance', open.through), whole(openAtOnce.through)],
    [...rowOf('added', added), ''],
    [...rowOf('to the model meanwhile', meanwhile), ''],
    [...rowOf('on new connections, to the model', fresh.direct), ''],
    [...rowOf('on new connections, through Parlance', fresh.through), ''],
    [...rowOf('added', freshAdded), ''],
    [...rowOf('all at once, to the model', burst.direct), ''],
    [...rowOf('all at once, through Parlance', burst.through), ''],
    [...rowOf('added', burstAdded), ''],
  ];
  const text = [
    table(['time to the first piece', 'p50 ms', 'p95 ms', 'open at once'], rows),
    '',
    `A piece every ${gapMs} ms in each stream; the event loop was blocked for at most ${hundredths(heldMs)} ms.`,
    `Memory of the server: ${whole(beforeMb)} MB before, ${whole(afterMb)} MB after.`,
    `${SLOW_READERS} clients that read nothing: ${whole(slow.beforeMb)} MB before, at most ${whole(slow.mostMb)} MB (+${whole(slow.mostMb - slow.beforeMb)}), ${whole(slow.afterMb)} MB after.`,
    `The server read ${whole(slow.takenMb)} MB of the ${SLOW_READERS * model.FLOOD_MB} MB that the model had for them; ${slow.left} of its answers were still open after ${tenths(slow.seconds)} s.`,
  ].join('\n');
  return {
    figures: {
      gapMs,
      ...{ ...open, added, meanwhile, openAtOnce: openAtOnce.through },
      newConnections: { ...fresh, added: freshAdded },
      allAtOnce: { ...burst, added: burstAdded },
      ...{ heldMs, beforeMb, afterMb, slow },
    },
    text,
  };
}

/** A client of the native API on a server with agents. */
async function openClient(parlance: ServerProcess, directory: string) {
  const own = join(directory, 'server');
  mkdirSync(own);
  const { port, targets } = await parlance.ask({ open: { directory: own, agents: AGENTS } });
  const { prefix, key } = targets.find(({ dialect }) => dialect === 'native')!;
  const connection = { port, headers: { authorization: `Bearer ${key}` } };
  return {
    /** Starts so many conversations, and returns a request with this message for each. */
    async messages(count: number, content: string): Promise<StreamRequest[]> {
      const requests: StreamRequest[] = [];
      for (let index = 0; index < count; index += 1) {
        const body = { agentId: idOf(index % AGENTS), channel: 'chat' };
        const answer = await answerTo({ ...connection, path: `${prefix}/conversations`, body });
        const { id } = JSON.parse(answer) as { id: string };
        const path = `${prefix}/conversations/${id}/messages`;
        requests.push({ ...connection, path, body: { content, stream: true } });
      }
      return requests;
    },
  };
}

function directRequests(port: number, count: number): StreamRequest[] {
  const messages = [
    { role: 'system', content: prose(4096) },
    { role: 'user', content: 'Hello!' },
  ];
  const body = { model: 'bench', messages, stream: true, stream_options: { include_usage: true } };
  return Array.from({ length: count }, () => ({ port, path: '/v1/chat/completions', body }));
}

const keepAlive = (requests: StreamRequest[]): StreamRequest[] =>
  requests.map((one) => ({ ...one, agent: new Agent({ keepAlive: true }) }));

function timesOf(times: readonly number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)]!;
  return { p50: at(0.5), p95: at(0.95) };
}
const minus = (a: Times, b: Times): Times => ({ p50: a.p50 - b.p50, p95: a.p95 - b.p95 });
const rowOf = (name: string, { p50, p95 }: Times): string[] => [name, tenths(p50), tenths(p95)];

const memoryOf = async (parlance: ServerProcess): Promise<number> => (await parlance.ask('memory')).memoryMb;

type SlowReaders = Awaited<ReturnType<typeof slowReaders>>;

/** Clients that request very long answers and read nothing of them. */
async function slowReaders(requests: readonly StreamRequest[], parlance: ServerProcess, modelServer: ModelProcess) {
  const beforeMb = await memoryOf(parlance);
  const before = await modelServer.ask('count');
  const startedAt = performance.now();
  // Node discards a response without listeners; a paused response stays unread.
  const sent = requests.map((one) => send(one, () => {}).on('response', (response) => response.pause()));
  let mostMb = beforeMb;
  let now = before;
  let seconds = 0;
  do {
    await sleep(SAMPLE_MS);
    mostMb = Math.max(mostMb, await memoryOf(parlance));
    now = await modelServer.ask('count');
    seconds = (performance.now() - startedAt) / 1000;
  } while (seconds * 1000 < SLOW_MS && (now.floods > 0 || seconds < 5));
  const afterMb = await memoryOf(parlance);
  mostMb = Math.max(mostMb, afterMb);
  for (const one of sent) one.destroy();
  return { beforeMb, mostMb, afterMb, takenMb: now.floodedMb - before.floodedMb, left: now.floods, seconds };
}
