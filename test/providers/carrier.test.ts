/** The simulated carrier: what a telephone network does, second by second. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CarrierEvent, CarrierTimeout } from '../../src/calling/carrier.ts';
import { ENDINGS, type Play, type Script } from '../../src/providers/carrier/script.ts';
import { createSimulatedCarrier, type SimulatedParts } from '../../src/providers/carrier/simulated.ts';
import { createClock } from '../clock.ts';
import { fileLedger, memoryLedger } from '../ledger.ts';

const START = '2026-03-02T09:00:00.000Z';

function openNetwork(parts: Partial<SimulatedParts> = {}, clock = createClock(START)) {
  let ids = 0;
  const carrier = createSimulatedCarrier({ ...clock, newId: () => `in-${++ids}`, ...parts });
  const events: CarrierEvent[] = [];
  carrier.listen((event) => events.push(event));
  const seconds = (at: string) => (Date.parse(at) - Date.parse(START)) / 1000;
  /** Events as lines: second, attempt, what. */
  const told = () =>
    events.map(({ at, attemptId, ...event }) => {
      const facts = Object.values(event).filter((fact) => fact !== undefined);
      return `${seconds(at)} ${attemptId} ${facts.join(' ')}`;
    });
  const dial = (attemptId: string, to: string, ringSeconds = 30) =>
    carrier.dial({ attemptId, workspaceId: 'w', from: '+12025550199', to, ringSeconds });
  return { carrier, clock, events, told, dial };
}

const plays =
  (...turns: Play[]): Script =>
  ({ nth }) =>
    turns[nth - 1] ?? turns.at(-1)!;

test('the table in the guide is the script by number', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/calls.md'), 'utf8');
  const rows = ENDINGS.map(({ digits, does }) => `| ${digits === null ? 'any other' : `\`…${digits}\``} | ${does} |`);
  assert.ok(guide.includes(`|---|---|\n${rows.join('\n')}\n\n`), `docs/guides/calls.md needs\n${rows.join('\n')}`);
});

test('every number does what the guide says', async () => {
  const twice = ['07', '08'];
  const expected: Record<string, string[]> = {
    '00': ['0 ringing', '4 answered human', '5 heard Hello?'],
    '01': ['1 ended busy carrier'],
    '02': ['0 ringing', '30 ended no_answer carrier'],
    '03': ['0 ringing', '4 answered machine', '64 ended hung_up them'],
    '04': ['1 ended failed carrier The network could not be reached.'],
    '05': [],
    '06': [],
    '07': ['1 ended busy carrier'],
    '08': ['0 ringing', '30 ended no_answer carrier'],
    '09': ['0 ringing', '4 answered human', '5 heard Hello?', '25 ended hung_up them'],
    '10': ['0 ringing', '4 answered human', '5 heard Hello?', '25 ended hung_up them'],
  };
  for (const [digits, lines] of Object.entries(expected)) {
    const { dial, told, clock } = openNetwork();
    const answer = await dial('a', `+120255501${digits}`).catch((error: Error) => error.name);
    assert.deepEqual(
      answer,
      { '05': { accepted: false, detail: 'This number is not served.' }, '06': 'CarrierSilent', '09': 'CarrierSilent' }[
        digits
      ] ?? { accepted: true },
    );
    assert.deepEqual(told(), [], 'nothing is told before the order is answered');
    await clock.run();
    assert.deepEqual(
      told(),
      lines.map((line) => line.replace(' ', ' a ')),
      digits,
    );
    if (!twice.includes(digits)) continue;
    await dial('b', `+120255501${digits}`);
    await clock.advance(5000);
    assert.match(told().at(-1)!, /b heard Hello\?/);
  }
});

test('to dial an attempt twice is to dial it once, while it rings and when it is over', async () => {
  const { dial, told, clock, carrier } = openNetwork();
  assert.deepEqual(await Promise.all([dial('a', '+12025550110'), dial('a', '+12025550110')]), [
    { accepted: true },
    { accepted: true },
  ]);
  await clock.run();
  assert.equal(told().length, 4);
  assert.deepEqual(await dial('a', '+12025550110'), { accepted: true });
  assert.deepEqual(await dial('b', '+12025550105'), { accepted: false, detail: 'This number is not served.' });
  assert.deepEqual(await dial('b', '+12025550110'), { accepted: false, detail: 'This number is not served.' });
  await clock.run();
  assert.equal(told().length, 4);
  assert.deepEqual(await carrier.lookup('b'), { state: 'never' });
});

test('an order that was lost may be sent again; one that rings in silence does not ring twice', async () => {
  const person: Play = { answers: 'human', afterSeconds: 2, talksSeconds: 3 };
  const { dial, told, clock, carrier } = openNetwork({
    script: plays({ answers: 'silence' }, { answers: 'silence', rings: person }),
  });
  await assert.rejects(dial('a', '+1'), CarrierTimeout);
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' });
  await assert.rejects(dial('a', '+1'), CarrierTimeout);
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: null });
  assert.deepEqual(await dial('a', '+1'), { accepted: true });
  await clock.run();
  assert.deepEqual(told(), ['0 a ringing', '2 a answered human', '5 a ended hung_up them']);
});

test('lookup says what it remembers', async () => {
  const { dial, clock, carrier } = openNetwork({ remembers: 1 });
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' });
  await dial('a', '+12025550110');
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: null });
  await clock.advance(4000);
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: '2026-03-02T09:00:04.000Z' });
  await clock.run();
  assert.deepEqual(await carrier.lookup('a'), {
    ...{ state: 'ended', cause: 'hung_up', at: '2026-03-02T09:00:25.000Z' },
    ...{ answeredAt: '2026-03-02T09:00:04.000Z', by: 'human' },
  });
  await dial('b', '+12025550101');
  await clock.run();
  const { state, ...busy } = { answeredAt: '', by: '', cause: '', ...(await carrier.lookup('b')) };
  assert.deepEqual({ state, ...busy, at: '' }, { state: 'ended', cause: 'busy', answeredAt: null, by: null, at: '' });
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' }, 'it is forgotten');
});

test('whoever is slower than the telephone rings does not answer', async () => {
  const { dial, told, clock } = openNetwork({ script: plays({ answers: 'human', afterSeconds: 12 }) });
  await dial('a', '+1', 12);
  await dial('b', '+2', 13);
  await clock.advance(13_000);
  assert.deepEqual(told(), ['0 a ringing', '0 b ringing', '12 a ended no_answer carrier', '12 b answered human']);
});

test('lines are said one by one: a second after our words, or after five seconds of silence', async () => {
  const says = ['Hello?', 'Who is this?', 'Are you there?', 'No, thank you.'];
  const { dial, told, clock, carrier } = openNetwork({
    script: plays({ answers: 'human', afterSeconds: 1, says, talksSeconds: 10 }),
  });
  await dial('a', '+1');
  carrier.say('a', 'nobody hears this');
  await clock.advance(1000);
  carrier.say('a', 'Good day.');
  await clock.advance(3000);
  carrier.say('a', 'It is');
  await clock.advance(500);
  carrier.say('a', 'the bakery.');
  carrier.sendDtmf('a', '1#');
  await clock.run();
  assert.deepEqual(told(), [
    '0 a ringing',
    '1 a answered human',
    '2 a heard Hello?',
    '5.5 a heard Who is this?',
    '10.5 a heard Are you there?',
    '15.5 a heard No, thank you.',
    '25.5 a ended hung_up them',
  ]);
  carrier.say('a', 'too late');
  carrier.sendDtmf('nobody', '1');
  assert.deepEqual(
    carrier.heard('a').map((one) => Object.values(one).join(' ').slice(11)),
    ['09:00:01.000Z Good day.', '09:00:04.000Z It is', '09:00:04.500Z the bakery.', '09:00:04.500Z 1#'],
  );
  assert.deepEqual(carrier.heard('nobody'), []);
});

test('a listener may speak and hang up while it is told', async () => {
  const { dial, clock, carrier, events } = openNetwork({
    script: plays({ answers: 'human', afterSeconds: 1, says: ['One', 'Two', 'Three'] }),
  });
  carrier.listen((event) => {
    events.push(event);
    if (event.type === 'heard' && event.text === 'Two') void carrier.hangUp('a');
    else if (event.type === 'heard') carrier.say('a', 'Yes?');
  });
  await dial('a', '+1');
  await clock.run();
  assert.deepEqual(
    events.map(({ type, at }) => `${type} ${at.slice(17, 19)}`),
    ['ringing 00', 'answered 01', 'heard 02', 'heard 03', 'ended 03'],
  );
});

test('to hang up cancels what rings and ends what is talked; then there is nothing more', async () => {
  const { dial, told, clock, carrier } = openNetwork();
  await dial('a', '+12025550100');
  await clock.advance(2000);
  await carrier.hangUp('a');
  await dial('b', '+12025550100');
  await clock.advance(60_000);
  await carrier.hangUp('b');
  await carrier.hangUp('b');
  await carrier.hangUp('nobody');
  await dial('c', '+12025550101');
  await carrier.hangUp('c');
  await clock.run();
  assert.deepEqual(told(), [
    '0 a ringing',
    '2 a ended cancelled us',
    '2 b ringing',
    '6 b answered human',
    '7 b heard Hello?',
    '62 b ended hung_up us',
    '62 c ended cancelled us',
  ]);
  assert.equal(clock.waiting(), 0);
});

test('a transfer ends our leg where the other number answers; elsewhere the call goes on', async () => {
  const { dial, told, clock, carrier } = openNetwork();
  await dial('a', '+12025550100');
  assert.equal(await carrier.transfer('a', '+12025550110'), false, 'nobody has answered yet');
  await clock.advance(10_000);
  for (const digits of ['01', '02', '04', '05', '06', '09', '08'])
    assert.equal(await carrier.transfer('a', `+120255501${digits}`), false, digits);
  assert.deepEqual(await carrier.lookup('a'), { state: 'live', answeredAt: '2026-03-02T09:00:04.000Z' });
  assert.equal(await carrier.transfer('a', '+12025550108'), true);
  assert.equal(await carrier.transfer('a', '+12025550108'), false);
  assert.equal(await carrier.transfer('nobody', '+12025550110'), false);
  await clock.run();
  assert.deepEqual(told().slice(3), ['10 a ended hung_up us Transferred to +12025550108.']);
});

test('a call that comes in is answered, turned away, or given up', async () => {
  const { told, clock, carrier } = openNetwork();
  const call = { from: '+15550001', to: '+15550002' };
  assert.equal(carrier.incoming({ ...call, says: ['Hi'], talksSeconds: 2 }), 'in-1');
  carrier.incoming(call);
  carrier.incoming(call);
  carrier.incoming({ ...call, staysOnLine: true });
  await clock.advance(1000);
  await carrier.answer('in-1');
  await carrier.answer('in-1');
  await carrier.hangUp('in-2');
  await carrier.answer('in-2');
  await carrier.answer('in-4');
  await carrier.answer('nobody');
  await clock.run();
  assert.deepEqual(told(), [
    ...[1, 2, 3, 4].map((n) => `0 in-${n} incoming +15550001 +15550002`),
    '1 in-1 answered human',
    '1 in-2 ended cancelled us',
    '1 in-4 answered human',
    '2 in-1 heard Hi',
    '4 in-1 ended hung_up them',
    '30 in-3 ended no_answer them',
  ]);
  assert.deepEqual(await carrier.lookup('in-4'), { state: 'live', answeredAt: '2026-03-02T09:00:01.000Z' });
  await carrier.hangUp('in-4');
  await carrier.answer('in-3');
  assert.equal(told().at(-1), '30 in-4 ended hung_up us');
});

test('close calls every timer off, and nothing is told or done any more', async () => {
  const ledger = memoryLedger();
  const { dial, told, clock, carrier } = openNetwork({ ledger });
  await dial('a', '+12025550110');
  carrier.incoming({ from: '+1', to: '+2' });
  await clock.advance(4500);
  const before = told();
  carrier.close();
  assert.equal(clock.waiting(), 0);
  await carrier.hangUp('a');
  carrier.say('a', 'Hello?');
  await assert.rejects(dial('b', '+12025550110'), CarrierTimeout);
  assert.deepEqual(await carrier.lookup('a'), { state: 'unknown' });
  await clock.run();
  assert.deepEqual(told(), before);
  assert.deepEqual(
    ledger.lines().map(({ type }) => type),
    ['dialled', 'came_in', 'answered'],
  );
});

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-ledger-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'ledger');
}

test('with a ledger it knows what became of every attempt, also of those that were live when it died', async (t) => {
  const path = await place(t);
  const first = openNetwork({ ledger: fileLedger(path) });
  const { clock } = first;
  await first.dial('over', '+12025550101');
  await clock.advance(2000);
  await first.dial('talked', '+12025550100');
  await first.dial('short', '+12025550110');
  await first.dial('machine', '+12025550103', 4);
  first.carrier.incoming({ from: '+1', to: '+2' });
  await clock.advance(6000);
  await first.dial('rang', '+12025550110');
  await first.dial('busy', '+12025550107');
  await first.dial('slow', '+12025550102', 60);
  await first.dial('refused', '+12025550105');
  await first.dial('lost', '+12025550106').catch(() => {});
  first.carrier.close();

  await clock.advance(30_000);
  const second = openNetwork({ ledger: fileLedger(path) }, clock);
  const look = async (attemptId: string, { carrier } = second) => {
    const { at, cause, answeredAt, by, state } = {
      ...{ at: '', cause: '', answeredAt: '', by: '' },
      ...(await carrier.lookup(attemptId)),
    };
    return [state, cause, at, answeredAt, by].map((fact) => fact?.slice(-13) ?? null).join(' ');
  };
  const expected = {
    over: 'ended busy 09:00:01.000Z  ',
    talked: 'ended hung_up 09:00:38.000Z 09:00:06.000Z human',
    short: 'ended hung_up 09:00:27.000Z 09:00:06.000Z human',
    machine: 'ended no_answer 09:00:06.000Z  ',
    'in-1': 'ended no_answer 09:00:32.000Z  ',
    rang: 'ended hung_up 09:00:33.000Z 09:00:12.000Z human',
    busy: 'ended busy 09:00:09.000Z  ',
    slow: 'ended cancelled 09:00:38.000Z  ',
    refused: 'never    ',
    lost: 'never    ',
    neverHeardOf: 'never    ',
  };
  for (const [attemptId, outcome] of Object.entries(expected)) assert.equal(await look(attemptId), outcome, attemptId);

  await second.dial('talked', '+12025550100');
  await second.dial('again', '+12025550107');
  await clock.advance(5000);
  assert.deepEqual(second.told(), ['38 again ringing', '42 again answered human', '43 again heard Hello?']);
  second.carrier.close();

  const third = openNetwork({ ledger: fileLedger(path) }, clock);
  for (const [attemptId, outcome] of Object.entries(expected))
    assert.equal(await look(attemptId, third), outcome, `${attemptId}, once more`);
  assert.equal(await look('again', third), 'ended hung_up 09:00:43.000Z 09:00:42.000Z human');
});

test('a dial and an end are in the ledger before anybody is told', async () => {
  const ledger = memoryLedger();
  const { dial, clock, carrier } = openNetwork({ ledger });
  const seen: string[] = [];
  carrier.listen(({ type, attemptId }) => seen.push(`${type} after ${ledger.find(attemptId).at(-1)?.type}`));
  await dial('a', '+12025550110');
  await clock.run();
  assert.deepEqual(seen, [
    'ringing after dialled',
    'answered after answered',
    'heard after answered',
    'ended after ended',
  ]);
});

test('twenty thousand calls at once are played in order, each to one end', async () => {
  const { dial, events, clock } = openNetwork({ ledger: memoryLedger() });
  for (let n = 0; n < 20_000; n += 1) await dial(`a${n}`, `+1202${n}${n % 2 ? '10' : '02'}`);
  await clock.run();
  const ended = new Set<string>();
  for (const { type, attemptId } of events) {
    assert.ok(!ended.has(attemptId));
    if (type === 'ended') ended.add(attemptId);
  }
  assert.equal(ended.size, 20_000);
});
