/**
 * One node of a simulated week: a house with a network that writes everything down, on a clock that its parent moves.
 * It may be killed at any moment.
 */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createApp } from '../../src/app.ts';
import type { CarrierStatus } from '../../src/calling/carrier.ts';
import type { SetTimer } from '../../src/lib/poller.ts';
import { type LedgerLine, outcomeOf } from '../../src/providers/carrier/call-log.ts';
import { createSimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { createClock } from '../clock.ts';
import { configOf } from '../harness.ts';
import { memoryLedger } from '../ledger.ts';
import { playFor } from './world.ts';

const [data, ledgerPath] = process.argv.slice(2) as [string, string];
const start = await new Promise<string>((told) => process.once('message', (moment) => told(moment as string)));
const clock = createClock(start);
const { now } = clock;
/** Whatever takes seconds ends at a beat that all share, so that what happens at the same time is kept in one commit. */
const setTimer: SetTimer = (ms, work) => {
  const at = clock.now().getTime();
  const beat = ms < 1000 ? 1 : ms < 5000 ? 1000 : 5000;
  return clock.setTimer(Math.ceil((at + ms) / beat) * beat - at, work);
};

/** The network's book, which other nodes write in as well. */
function sharedLedger(path: string) {
  const book = memoryLedger();
  let read = 0;
  let rest = '';
  const known = { append: book.append };
  const catchUp = (): void => {
    if (!existsSync(path)) return;
    const file = openSync(path, 'r');
    const fresh = Buffer.alloc(fstatSync(file).size - read);
    if (fresh.length > 0) read += readSync(file, fresh, 0, fresh.length, read);
    closeSync(file);
    const lines = (rest + fresh.toString('utf8')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) known.append(JSON.parse(line) as LedgerLine);
  };
  return {
    append: (line: LedgerLine) => appendFileSync(path, `${JSON.stringify(line)}\n`),
    find(attemptId: string) {
      catchUp();
      return book.find(attemptId);
    },
    timesDialed: (to: string) => book.timesDialed(to),
  };
}

const ledger = sharedLedger(ledgerPath);
const network = createSimulatedCarrier({ now, setTimer, ledger, script: playFor });
const carrier = {
  ...network,
  /** A network is not where its callers are: what they lose goes on, and can be asked for afterwards. */
  async lookup(attemptId: string): Promise<CarrierStatus> {
    const lines = ledger.find(attemptId);
    if (lines.length === 0) return { state: 'never' };
    return outcomeOf(lines, now().getTime()) ?? { state: 'unknown' };
  },
};
const app = await createApp(configOf({}, data), { now, telephony: { carrier, setTimer, pollMs: 900_000 } });
const { dialer } = app.services;
const failures: string[] = [];
dialer.start((error) => failures.push(String((error as Error).stack ?? error)));

flushCompileCache();

process.on('message', (until: number) => {
  clock
    .run(new Date(until), { idle: () => dialer.quiet() })
    .then(() => process.send!({ now: clock.now().getTime(), due: clock.due() ?? null, failures: failures.splice(0) }));
});
process.send!({ now: clock.now().getTime(), due: clock.due() ?? null, failures: [] });
