/**
 * `parlance audit verify [--workspace ID] [--data DIR]`: verifies the hash chain of each workspace, also while a server
 * runs. The exit code is 0 when every chain is intact, 1 when one is broken, and 2 when it could not be verified.
 */
import { parseArgs } from 'node:util';
import { openAuditLog } from '../audit/reader-store.ts';
import { type Verdict, verifyChain } from '../audit/verify.ts';
import { readConfig } from '../config.ts';
import { optimise } from './optimise.ts';

export const usage = 'Usage: parlance audit verify [--workspace ID] [--data DIR]';
const BROKEN = 1;
const NOT_VERIFIED = 2;
/** Entries between two progress lines. */
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
    process.exitCode = NOT_VERIFIED;
  }
}

/** Returns whether the chain of this workspace, or of every workspace, is intact. */
async function verify(config: Parameters<typeof openAuditLog>[0], only: string | undefined): Promise<boolean> {
  const { auditLog, close } = await openAuditLog(config, () => new Date());
  try {
    const known = await auditLog.workspaces();
    if (only !== undefined && !known.includes(only))
      throw new Error(`The audit log has no entries of the workspace ${only}; check the id.`);
    let intact = true;
    for (const workspace of only === undefined ? known : [only]) {
      const { seq } = await auditLog.chainEnd(workspace);
      const verdict = await verifyChain(auditLog, workspace, progress(workspace, seq));
      console.log(`${workspace}  ${sentence(verdict, await auditLog.countUnchained(workspace))}`);
      intact &&= verdict.broken === null;
    }
    if (known.length === 0) console.log('The audit log is empty.');
    return intact;
  } finally {
    await close();
  }
}

function sentence({ entries, hash, broken }: Verdict, waiting: number): string {
  const count = `${entries} ${entries === 1 ? 'entry' : 'entries'}`;
  if (broken !== null) return `BROKEN after ${count}: ${broken}`;
  const pending = waiting > 0 ? `; ${waiting} not in the chain yet` : '';
  return `${count}, intact${entries > 0 ? `; the last hash is ${hash}` : ''}${pending}`;
}

/** Writes progress to the error stream; the output contains only the results. */
function progress(workspace: string, total: number): (entries: number) => void {
  let reported = 0;
  return (entries) => {
    if (entries - reported < PROGRESS_EVERY) return;
    reported = entries;
    console.error(`${workspace}  ${entries} of ${total} entries …`);
  };
}
