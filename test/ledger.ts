/** Ledgers of the simulated carrier: in memory, or in a file that outlives the process. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Ledger, LedgerLine } from '../src/providers/carrier/call-log.ts';

export interface ReadableLedger extends Ledger {
  lines(): readonly LedgerLine[];
}

/** `write` persists a line before `find` returns it. */
export function memoryLedger(lines: LedgerLine[] = [], write: (line: LedgerLine) => void = () => {}): ReadableLedger {
  const byAttempt = new Map<string, LedgerLine[]>();
  const dials = new Map<string, number>();
  const index = (line: LedgerLine): void => {
    const known = byAttempt.get(line.attemptId);
    if (known) known.push(line);
    else byAttempt.set(line.attemptId, [line]);
    if (line.type === 'dialed') dials.set(line.to, (dials.get(line.to) ?? 0) + 1);
  };
  for (const line of lines) index(line);
  return {
    append(line) {
      write(line);
      lines.push(line);
      index(line);
    },
    find: (attemptId) => byAttempt.get(attemptId) ?? [],
    timesDialed: (to) => dials.get(to) ?? 0,
    lines: () => lines,
  };
}

/** For one process at a time. A killed process leaves every line that it appended. */
export function fileLedger(path: string): ReadableLedger {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return memoryLedger(
    lines.map((line) => JSON.parse(line) as LedgerLine),
    (line) => appendFileSync(path, `${JSON.stringify(line)}\n`),
  );
}
