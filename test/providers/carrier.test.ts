/** The simulated carrier: what it publishes and answers, second by second. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CarrierEvent, CarrierTimeout } from '../../src/calling/carrier.ts';
import { type DialOutcome, NUMBER_ENDINGS, type Script } from '../../src/providers/carrier/script.ts';
import { createSimulatedCarrier, type SimulatedCarrierOptions } from '../../src/providers/carrier/simulated.ts';
import { createClock } from '../clock.ts';
import { fileLedger, memoryLedger } from '../ledger.ts';

const START = '2026-03-02T09:00:00.000Z';

function openCarrier(options: Partial<SimulatedCarrierOptions> = {}, clock = createClock(START)) {
  let ids = 0;
  const carrier = createSimulatedCarrier({ ...clock, newId: () => `in-${++ids}`, ...options });
  const events: CarrierEvent[] = [];
  carrier.listen((event) => events.push(event));
  const seconds = (at: string) => (Date.parse(at) - Date.parse(START)) / 1000;
  /** One line per event: second, attempt, type and facts. */
  const published = () =>
    events.map(({ at, attemptId, ...event }) => {
      const facts = Object.values(event).filter((fact) => fact !== undefined);
      return `${seconds(at)} ${attemptId} ${facts.join(' ')}`;
    });
  const dial = (attemptId: string, to: string, ringSeconds = 30) =>
    carrier.dial({ attemptId, workspaceId: 'w', from: '+12025550199', to, ringSeconds });
  return { carrier, clock, events, published, dial };
}

const outcomes =
  (...turns: DialOutcome[]): Script =>
  ({ nth }) =>
    turns[nth - 1] ?? turns.at(-1)!;

test('the guide holds the table of the default script', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/calls.md'), 'utf8');
  const rows = NUMBER_ENDINGS.map(
    ({ digits, does }) => `| ${digits === null ? 'any other' : `\`…${digits}\``} | ${does} |`,
  );
  assert.ok(guide.includes(`|---|---|\n${rows.join('\n')}\n\n`), `docs/guides/calls.md needs\n${rows.join('\n')}`);
});

test('every number behaves as the guide says', async () => {
  const twice = ['07', '08'];
  const expected: Record<string, string[]> = {
    '00': ['0 ringing', '4 answered human', '5 transcript Hello?'],
    '01': ['1 ended busy carrier'],
    '02': ['0 ringing', '30 ended no_answer carrier'],
    '03': ['0 ringing', '4 answered machine', '64 ended hung_up contact'],
    '04': ['1 ended failed carrier The network could not be reached.'],
    '05': [],
    '06': [],
    '07': ['1 ended busy carrier'],
    '08': ['0 ringing', '30 ended no_answer carrier'],
    '09': ['0 ringing', '4 answered human', '5 transcript Hello?', '25 ended hung_up contact'],
    '10': ['0 ringing', '4 answered human', '5 transcript Hello?', '25 ended hung_up contact'],
  };
  for (const [digits, lines] of Object.entries(expected)) {
    const { dial, published, clock } = openCarrier();
    const answer = await dial('a', `+120255501${digits}`).catch((error: Error) => error.name);
    assert.deepEqual(
      answer,
      {
        '05': { accepted: false, detail: 'This number is not served.' },
        '06': 'CarrierTimeout',
        '09': 'CarrierTimeout',
      }[digits] ?? { accepted: true },
    );
    assert.deepEqual(published(), [], 'no event precedes the answer to the order');
    await clock.run();
    assert.deepEqual(
      published(),
      lines.map((line) => line.replace(' ', ' a ')),
      digits,
    );
    if (!twice.includes(digits)) continue;
    await dial('b', `+120255501${digits}`);
    await clock.advance(5000);
    assert.match(published().at(-1)!, /b transcript Hello\?/);
  }
});

test('a second order for an attempt dials nothing, while it rings and after it ended', async () => {
  const { dial, published, clock, carrier } = openCarrier();
  assert.deepEqual(await Promise.all([dial('a', '+12025550110'), dial('a', '+12025550110')]), [
    { accepted: true },
    { accepted: true },
  ]);
  await clock.run();
  assert.equal(published().length, 4);
  assert.deepEqual(await dial('a', '+12025550110'), { accepted: true });
  assert.deepEqual(await dial('b', '+12025550105'), { accepted: false, detail: 'This number is not served.' });
  assert.deepEqual(await dial('b', '+12025550110'), { accepted: false, detail: 'This number is not served.' });
  await clock.run();
  assert.equal(published().length, 4);
  assert.deepEqual(await carrier.lookup('b'), { state: 'not_dialed' });
});

test('a lost order may be sent again; an order that rang without an answer does not ring twice', async () => {
  const person: DialOutcome = { answers: 'human', afterSeconds: 2, talksSeconds: 3 };
  const { dial, published, clock, carrier } = openCarrier({
    script: outcomes({ answers: 'silence' }, { answers: 'silence', rings: person }),
  });
  await assert.rejects(dial('a', '+1'), CarrierTimeout);
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' });
  await assert.rejects(dial('a', '+1'), CarrierTimeout);
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: null });
  assert.deepEqual(await dial('a', '+1'), { accepted: true });
  await clock.run();
  assert.deepEqual(published(), ['0 a ringing', '2 a answered human', '5 a ended hung_up contact']);
});

test('lookup answers from memory', async () => {
  const { dial, clock, carrier } = openCarrier({ maxRemembered: 1 });
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' });
  await dial('a', '+12025550110');
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: null });
  await clock.advance(4000);
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: '2026-03-02T09:00:04.000Z' });
  await clock.run();
  assert.deepEqual(await carrier.lookup('a'), {
    ...{ state: 'ended', cause: 'hung_up', at: '2026-03-02T09:00:25.000Z' },
    ...{ answeredAt: '2026-03-02T09:00:04.000Z', answeredBy: 'human' },
  });
  await dial('b', '+12025550101');
  await clock.run();
  const { state, ...busy } = { answeredAt: '', answeredBy: '', cause: '', ...(await carrier.lookup('b')) };
  assert.deepEqual(
    { state, ...busy, at: '' },
    { state: 'ended', cause: 'busy', answeredAt: null, answeredBy: null, at: '' },
  );
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' }, 'the oldest call is forgotten');
});

test('a contact who is slower than the ringing does not answer', async () => {
  const { dial, published, clock } = openCarrier({ script: outcomes({ answers: 'human', afterSeconds: 12 }) });
  await dial('a', '+1', 12);
  await dial('b', '+2', 13);
  await clock.advance(13_000);
  assert.deepEqual(published(), ['0 a ringing', '0 b ringing', '12 a ended no_answer carrier', '12 b answered human']);
});

test('lines follow our text after a second, or five seconds of silence', async () => {
  const says = ['Hello?', 'Who is this?', 'Are you there?', 'No, thank you.'];
  const { dial, published, clock, carrier } = openCarrier({
    script: outcomes({ answers: 'human', afterSeconds: 1, says, talksSeconds: 10 }),
  });
  await dial('a', '+1');
  carrier.say('a', 'before the answer');
  await clock.advance(1000);
  carrier.say('a', 'Good day.');
  await clock.advance(3000);
  carrier.say('a', 'It is');
  await clock.advance(500);
  carrier.say('a', 'the bakery.');
  carrier.sendDtmf('a', '1#');
  await clock.run();
  assert.deepEqual(published(), [
    '0 a ringing',
    '1 a answered human',
    '2 a transcript Hello?',
    '5.5 a transcript Who is this?',
    '10.5 a transcript Are you there?',
    '15.5 a transcript No, thank you.',
    '25.5 a ended hung_up contact',
  ]);
  carrier.say('a', 'too late');
  carrier.sendDtmf('unknown', '1');
  assert.deepEqual(
    carrier.received('a').map((item) => Object.values(item).join(' ').slice(11)),
    ['09:00:01.000Z Good day.', '09:00:04.000Z It is', '09:00:04.500Z the bakery.', '09:00:04.500Z 1#'],
  );
  assert.deepEqual(carrier.received('unknown'), []);
});

test('a listener may speak and hang up inside its callback', async () => {
  const { dial, clock, carrier, events } = openCarrier({
    script: outcomes({ answers: 'human', afterSeconds: 1, says: ['One', 'Two', 'Three'] }),
  });
  carrier.listen((event) => {
    events.push(event);
    if (event.type === 'transcript' && event.text === 'Two') void carrier.hangUp('a');
    else if (event.type === 'transcript') carrier.say('a', 'Yes?');
  });
  await dial('a', '+1');
  await clock.run();
  assert.deepEqual(
    events.map(({ type, at }) => `${type} ${at.slice(17, 19)}`),
    ['ringing 00', 'answered 01', 'transcript 02', 'transcript 03', 'ended 03'],
  );
});

test('hanging up cancels a ringing call and ends a connected one; no event follows', async () => {
  const { dial, published, clock, carrier } = openCarrier();
  await dial('a', '+12025550100');
  await clock.advance(2000);
  await carrier.hangUp('a');
  await dial('b', '+12025550100');
  await clock.advance(60_000);
  await carrier.hangUp('b');
  await carrier.hangUp('b');
  await carrier.hangUp('unknown');
  await dial('c', '+12025550101');
  await carrier.hangUp('c');
  await clock.run();
  assert.deepEqual(published(), [
    '0 a ringing',
    '2 a ended cancelled server',
    '2 b ringing',
    '6 b answered human',
    '7 b transcript Hello?',
    '62 b ended hung_up server',
    '62 c ended cancelled server',
  ]);
  assert.equal(clock.waiting(), 0);
});

test('a transfer ends our leg if the other number answers; otherwise the call goes on', async () => {
  const { dial, published, clock, carrier } = openCarrier();
  await dial('a', '+12025550100');
  assert.equal(await carrier.transfer('a', '+12025550110'), false, 'the call is not answered yet');
  await clock.advance(10_000);
  for (const digits of ['01', '02', '04', '05', '06', '09', '08'])
    assert.equal(await carrier.transfer('a', `+120255501${digits}`), false, digits);
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: '2026-03-02T09:00:04.000Z' });
  assert.equal(await carrier.transfer('a', '+12025550108'), true);
  assert.equal(await carrier.transfer('a', '+12025550108'), false);
  assert.equal(await carrier.transfer('unknown', '+12025550110'), false);
  await clock.run();
  assert.deepEqual(published().slice(3), ['10 a ended hung_up server Transferred to +12025550108.']);
});

test('an incoming call is answered, rejected, or given up by the caller', async () => {
  const { published, clock, carrier } = openCarrier();
  const call = { from: '+15550001', to: '+15550002' };
  assert.equal(carrier.simulateIncoming({ ...call, says: ['Hi'], talksSeconds: 2 }), 'in-1');
  carrier.simulateIncoming(call);
  carrier.simulateIncoming(call);
  carrier.simulateIncoming({ ...call, staysOnLine: true });
  await clock.advance(1000);
  await carrier.answer('in-1');
  await carrier.answer('in-1');
  await carrier.hangUp('in-2');
  await carrier.answer('in-2');
  await carrier.answer('in-4');
  await carrier.answer('unknown');
  await clock.run();
  assert.deepEqual(published(), [
    ...[1, 2, 3, 4].map((n) => `0 in-${n} incoming +15550001 +15550002`),
    '1 in-1 answered human',
    '1 in-2 ended cancelled server',
    '1 in-4 answered human',
    '2 in-1 transcript Hi',
    '4 in-1 ended hung_up contact',
    '30 in-3 ended no_answer contact',
  ]);
  assert.deepEqual(await carrier.lookup('in-4'), { state: 'live', answeredAt: '2026-03-02T09:00:01.000Z' });
  await carrier.hangUp('in-4');
  await carrier.answer('in-3');
  assert.equal(published().at(-1), '30 in-4 ended hung_up server');
});

test('close cancels every timer; no event, line or call follows', async () => {
  const ledger = memoryLedger();
  const { dial, published, clock, carrier } = openCarrier({ ledger });
  await dial('a', '+12025550110');
  carrier.simulateIncoming({ from: '+1', to: '+2' });
  await clock.advance(4500);
  const before = published();
  carrier.close();
  assert.equal(clock.waiting(), 0);
  await carrier.hangUp('a');
  carrier.say('a', 'Hello?');
  await assert.rejects(dial('b', '+12025550110'), CarrierTimeout);
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' });
  await clock.run();
  assert.deepEqual(published(), before);
  assert.deepEqual(
    ledger.lines().map(({ type }) => type),
    ['dialed', 'incoming', 'answered'],
  );
});

async function ledgerPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-ledger-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'ledger');
}

test('with a ledger, lookup knows how every attempt ended, including those that were live at a crash', async (t) => {
  const path = await ledgerPath(t);
  const first = openCarrier({ ledger: fileLedger(path) });
  const { clock } = first;
  await first.dial('ended', '+12025550101');
  await clock.advance(2000);
  await first.dial('connected', '+12025550100');
  await first.dial('short', '+12025550110');
  await first.dial('machine', '+12025550103', 4);
  first.carrier.simulateIncoming({ from: '+1', to: '+2' });
  await clock.advance(6000);
  await first.dial('ringing', '+12025550110');
  await first.dial('busy', '+12025550107');
  await first.dial('slow', '+12025550102', 60);
  await first.dial('refused', '+12025550105');
  await first.dial('lost', '+12025550106').catch(() => {});
  first.carrier.close();

  await clock.advance(30_000);
  const second = openCarrier({ ledger: fileLedger(path) }, clock);
  const statusLine = async (attemptId: string, { carrier } = second) => {
    const { at, cause, answeredAt, answeredBy, state } = {
      ...{ at: '', cause: '', answeredAt: '', answeredBy: '' },
      ...(await carrier.lookup(attemptId)),
    };
    return [state, cause, at, answeredAt, answeredBy].map((fact) => fact?.slice(-13) ?? null).join(' ');
  };
  const expected = {
    ended: 'ended busy 09:00:01.000Z  ',
    connected: 'ended hung_up 09:00:38.000Z 09:00:06.000Z human',
    short: 'ended hung_up 09:00:27.000Z 09:00:06.000Z human',
    machine: 'ended no_answer 09:00:06.000Z  ',
    'in-1': 'ended no_answer 09:00:32.000Z  ',
    ringing: 'ended hung_up 09:00:33.000Z 09:00:12.000Z human',
    busy: 'ended busy 09:00:09.000Z  ',
    slow: 'ended cancelled 09:00:38.000Z  ',
    refused: 'not_dialed    ',
    lost: 'not_dialed    ',
    unknown: 'not_dialed    ',
  };
  for (const [attemptId, outcome] of Object.entries(expected))
    assert.equal(await statusLine(attemptId), outcome, attemptId);

  await second.dial('connected', '+12025550100');
  await second.dial('again', '+12025550107');
  await clock.advance(5000);
  assert.deepEqual(second.published(), ['38 again ringing', '42 again answered human', '43 again transcript Hello?']);
  second.carrier.close();

  const third = openCarrier({ ledger: fileLedger(path) }, clock);
  for (const [attemptId, outcome] of Object.entries(expected))
    assert.equal(await statusLine(attemptId, third), outcome, `${attemptId}, after a second restart`);
  assert.equal(await statusLine('again', third), 'ended hung_up 09:00:43.000Z 09:00:42.000Z human');
});

test('dials and ends are in the ledger before their events', async () => {
  const ledger = memoryLedger();
  const { dial, clock, carrier } = openCarrier({ ledger });
  const order: string[] = [];
  carrier.listen(({ type, attemptId }) => order.push(`${type} after ${ledger.find(attemptId).at(-1)?.type}`));
  await dial('a', '+12025550110');
  await clock.run();
  assert.deepEqual(order, [
    'ringing after dialed',
    'answered after answered',
    'transcript after answered',
    'ended after ended',
  ]);
});

test('twenty thousand simultaneous calls run in order, and each ends once', async () => {
  const { dial, events, clock } = openCarrier({ ledger: memoryLedger() });
  for (let n = 0; n < 20_000; n += 1) await dial(`a${n}`, `+1202${n}${n % 2 ? '10' : '02'}`);
  await clock.run();
  const ended = new Set<string>();
  for (const { type, attemptId } of events) {
    assert.ok(!ended.has(attemptId));
    if (type === 'ended') ended.add(attemptId);
  }
  assert.equal(ended.size, 20_000);
});
