/** The second limit: the embedded engine alone, doing the same transaction with documents of the same size. */
import { openSqlite } from '../src/store/sqlite/engine.ts';
import { documentOf, fill, idOf } from './agents.ts';
import { answering } from './children.ts';
import { type Run, runOf } from './figures.ts';

export type Question =
  | { open: { directory: string; agents: number } }
  | { run: { inFlight: number; milliseconds: number } };

const WORKSPACE = '01900000-0000-7000-a000-000000000000';
let engine: ReturnType<typeof openSqlite> | undefined;
/** The revision that each agent is at. */
let heads = new Int32Array();
let count = 0;

const [before, after] = JSON.stringify({ ...documentOf(0), description: 'Update 0000000000' }).split('0000000000', 2);

function open(directory: string, agents: number): void {
  engine = openSqlite({ directory, now: () => new Date() });
  fill(directory, WORKSPACE, agents);
  heads = new Int32Array(agents).fill(1);
}

async function update(): Promise<boolean> {
  const index = Math.floor(Math.random() * heads.length);
  const from = heads[index]!;
  count += 1;
  const text = String(count).padStart(10, '0');
  const document = before + text + after;
  const at = new Date().toISOString();
  const done = await engine!.revise({
    workspaceId: WORKSPACE,
    id: idOf(index),
    from,
    columns: {
      name: 'An agent',
      status: 'active',
      visibility: 'private',
      language: 'en',
      voice_platform: 'vapi',
      interview_type: null,
      interview_focus: 'generic',
      document,
      updated_at: at,
      deleted_at: null,
    },
    revision: { at, by: 'key:bench', via: 'native', edits: `[{"op":"set","path":"description","value":"${text}"}]` },
  });
  if (done) heads[index] = from + 1;
  return done;
}

async function run(inFlight: number, milliseconds: number): Promise<Run> {
  const latencies: number[] = [];
  const begun = performance.now();
  const end = begun + milliseconds;
  const one = async () => {
    for (let now = performance.now(); now < end; ) {
      const done = await update();
      const then = performance.now();
      if (done) latencies.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return runOf(latencies, performance.now() - begun);
}

answering<Question, Run | undefined>(
  (question) => {
    if ('run' in question) return run(question.run.inFlight, question.run.milliseconds);
    open(question.open.directory, question.open.agents);
    return undefined;
  },
  () => engine?.close(),
);
