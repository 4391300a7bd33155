/** The second limit: the embedded engine alone, with the same transaction and documents of the same size. */
import { newId } from '../src/lib/ids.ts';
import { openStore, type Store } from '../src/stores.ts';
import { documentOf, fill, idOf, WORKSPACE } from './agents.ts';
import { answerQuestions } from './children.ts';
import { type Run, runOf } from './figures.ts';

export type Question =
  | { open: { directory: string; agents: number } }
  | { run: { inFlight: number; milliseconds: number } };

let store: Store | undefined;
/** The current revision of each agent. */
let heads = new Int32Array();
let count = 0;

const [before, after] = JSON.stringify({ ...documentOf(0), description: 'Update 0000000000' }).split('0000000000', 2);

async function open(directory: string, agents: number): Promise<void> {
  store = await openStore({ databaseUrl: undefined, dataDirectory: directory }, () => new Date());
  await fill(store, directory, WORKSPACE, agents);
  heads = new Int32Array(agents).fill(1);
}

/** Calls the engine directly: it reads and checks nothing first. */
async function update(): Promise<boolean> {
  const index = Math.floor(Math.random() * heads.length);
  const from = heads[index]!;
  count += 1;
  const text = String(count).padStart(10, '0');
  const document = before + text + after;
  const at = new Date().toISOString();
  const done = await store!.engine.revise({
    workspaceId: WORKSPACE,
    id: idOf(index),
    from,
    columnsChanged: false,
    columns: {
      name: `Agent ${String(index).padStart(8, '0')}`,
      folded_name: `agent ${String(index).padStart(8, '0')}`,
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
    auditLog: { id: newId(new Date()), action: 'agent.updated', detail: '{"changed":["description"]}' },
  });
  if (done) heads[index] = from + 1;
  return done;
}

async function run(inFlight: number, milliseconds: number): Promise<Run> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const end = startedAt + milliseconds;
  const one = async () => {
    for (let now = performance.now(); now < end; ) {
      const done = await update();
      const later = performance.now();
      if (done) latencies.push(later - now);
      now = later;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return runOf(latencies, performance.now() - startedAt);
}

answerQuestions<Question, Run | undefined>(
  async (question) => {
    if ('run' in question) return run(question.run.inFlight, question.run.milliseconds);
    await open(question.open.directory, question.open.agents);
    return undefined;
  },
  () => store?.close(),
);
