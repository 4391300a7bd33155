/**
 * One node of a simulated week: a server whose carrier logs every call, on a clock that the parent process moves. The
 * parent may kill it at any moment.
 */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createApp } from '../../src/app.ts';
import type { CarrierStatus } from '../../src/calling/carrier.ts';
import type { SetTimer } from '../../src/lib/poller.ts';
import { type LedgerLine, outcomeOf } from '../../src/providers/carrier/call-log.ts';
import { SimulatedCarrier } from '../../src/providers/carrier/simulated.ts';
import { createClock } from '../clock.ts';
import { configOf } from '../harness.ts';
import { memoryLedger } from '../ledger.ts';
import { outcomeFor } from './world.ts';

const [data, ledgerPath] = process.argv.slice(2) as [string, string];
const start = await new Promise<string>((resolve) => process.once('message', (moment) => resolve(moment as string)));
const clock = createClock(start);
const { now } = clock;
/** Rounds long timers up to shared ticks, so that simultaneous writes share one commit. */
const setTimer: SetTimer = (ms, work) => {
  const at = clock.now().getTime();
  const tickMs = ms < 1000 ? 1 : ms < 5000 ? 1000 : 5000;
  return clock.setTimer(Math.ceil((at + ms) / tickMs) * tickMs - at, work);
};

/** The carrier's log file, to which other nodes append as well. */
function sharedLedger(path: string) {
  const memory = memoryLedger();
  let read = 0;
  let rest = '';
  const catchUp = (): void => {
    if (!existsSync(path)) return;
    const file = openSync(path, 'r');
    const fresh = Buffer.alloc(fstatSync(file).size - read);
    if (fresh.length > 0) read += readSync(file, fresh, 0, fresh.length, read);
    closeSync(file);
    const lines = (rest + fresh.toString('utf8')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) memory.append(JSON.parse(line) as LedgerLine);
  };
  return {
    append: (line: LedgerLine) => appendFileSync(path, `${JSON.stringify(line)}\n`),
    find(attemptId: string) {
      catchUp();
      return memory.find(attemptId);
    },
    timesDialed: (to: string) => memory.timesDialed(to),
  };
}

const ledger = sharedLedger(ledgerPath);
/** A carrier outside the server: calls go on when the server crashes, and every node can look them up. */
class LoggingCarrier extends SimulatedCarrier {
  override async lookup(attemptId: string): Promise<CarrierStatus> {
    const lines = ledger.find(attemptId);
    if (lines.length === 0) return { state: 'not_dialed' };
    return outcomeOf(lines, now().getTime()) ?? { state: 'unknown' };
  }
}
const carrier = new LoggingCarrier({ now, setTimer, ledger, script: outcomeFor });
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
