/**
 * `parlance audit verify [--workspace ID] [--data DIR]`: walks the chain of each workspace, also while a server runs.
 * Ends with 0 when all of them are intact, with 1 when one is broken, with 2 when that could not be found out.
 */
import { parseArgs } from 'node:util';
import { openAuditLog } from '../audit/reader-store.ts';
import { type Verdict, verifyChain } from '../audit/verify.ts';
import { readConfig } from '../config.ts';
import { optimise } from './optimise.ts';

export const usage = 'Usage: parlance audit verify [--workspace ID] [--data DIR]';
const BROKEN = 1;
const UNKNOWN = 2;
/** Entries after which a long walk says where it is. */
const PROGRESS_EVERY = 100_000;

export async function run(args: string[]): Promise<void> {
  optimise();
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { workspace: { type: 'string' }, data: { type: 'string' } },
    });
    if (positionals.length !== 1 || positionals[0] !== 'verify') throw new Error(usage);
    const { workspace, ...flags } = values;
    process.exitCode = (await verify(readConfig(process.env, flags), workspace)) ? 0 : BROKEN;
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = UNKNOWN;
  }
}

/** Answers whether every chain that was asked for is intact. */
async function verify(config: Parameters<typeof openAuditLog>[0], wanted: string | undefined): Promise<boolean> {
  const { auditLog, close } = await openAuditLog(config, () => new Date());
  try {
    const known = await auditLog.workspaces();
    if (wanted !== undefined && !known.includes(wanted)) throw new Error(`The journal knows no workspace ${wanted}.`);
    let intact = true;
    for (const workspace of wanted === undefined ? known : [wanted]) {
      const { seq } = await auditLog.chain(workspace);
      const verdict = await verifyChain(auditLog, workspace, progress(workspace, seq));
      console.log(`${workspace}  ${sentence(verdict, await auditLog.waiting(workspace))}`);
      intact &&= verdict.broken === null;
    }
    if (known.length === 0) console.log('The journal is empty.');
    return intact;
  } finally {
    await close();
  }
}

function sentence({ entries, hash, broken }: Verdict, waiting: number): string {
  const many = `${entries} ${entries === 1 ? 'entry' : 'entries'}`;
  if (broken !== null) return `BROKEN after ${many}: ${broken}`;
  const open = waiting > 0 ? `; ${waiting} not sealed yet` : '';
  return `${many}, intact${entries > 0 ? `; the last seal is ${hash}` : ''}${open}`;
}

/** On the error stream, so that what is printed stays the result alone. */
function progress(workspace: string, total: number): (entries: number) => void {
  let said = 0;
  return (entries) => {
    if (entries - said < PROGRESS_EVERY) return;
    said = entries;
    console.error(`${workspace}  ${entries} of ${total} entries …`);
  };
}
