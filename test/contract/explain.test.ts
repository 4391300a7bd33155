/** Explanations with a campaign and a contact, on a clock that the test sets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Eligibility } from '../../src/calling/eligibility.ts';
import type { JsonObject } from '../../src/lib/values.ts';
import type { SourcedValue } from '../../src/settings/explain.ts';
import { openTestServer, type Tenant } from '../harness.ts';

/** A Monday; it is 10:00 in London and 5:00 in New York. */
const MONDAY = '2026-03-02T10:00:00.000Z';
let at = new Date(MONDAY);
const parlance = await openTestServer({}, { now: () => at });
const reset = () => {
  at = new Date(MONDAY);
};
const later = (minutes: number): string => {
  at = new Date(at.getTime() + minutes * 60_000);
  return at.toISOString();
};

type Explained = SourcedValue & { shadowed: SourcedValue[]; parts: Record<string, SourcedValue> };
interface Explanation {
  contact: Eligibility;
  settings: Record<string, Explained>;
  profile: { id: string };
}

async function ask(tenant: Tenant, status: number, method: string, path: string, body?: unknown): Promise<JsonObject> {
  const answer = await tenant.ask('native', method, path, body === undefined ? {} : { body });
  assert.equal(answer.status, status, `${method} ${path} answered ${answer.status} ${answer.text}`);
  return answer.body;
}
const made = async (tenant: Tenant, path: string, body: JsonObject) =>
  String((await ask(tenant, 201, 'POST', path, body))['id']);
const explained = async (tenant: Tenant, agent: string, query: string) =>
  (await ask(tenant, 200, 'GET', `/agents/${agent}/explain?${query}`)) as unknown as Explanation;
/** The eligibility of a new contact. */
async function reach(tenant: Tenant, agent: string, contact: JsonObject, more = ''): Promise<Eligibility> {
  const id = await made(tenant, '/contacts', contact);
  return (await explained(tenant, agent, `contact=${id}${more}`)).contact;
}
const keyOf = async ({ id }: Tenant) => {
  const keys = await parlance.app.store.accounts.keys(id);
  return `key:${keys.find(({ dialect }) => dialect === 'native')!.id}`;
};

test('complaint: no one can say why this campaign calls so late (the answer: level, author and time)', async () => {
  reset();
  const tenant = await parlance.workspace();
  const agent = await made(tenant, '/agents', {
    name: 'Ada',
    callSettings: { window: { start: '08:00' }, autoRetry: true },
  });
  const createdAt = later(1);
  const callSettings = { window: { start: '11:00' } };
  const campaign = await made(tenant, '/campaigns', { name: 'Spring', agentId: agent, callSettings });
  const by = await keyOf(tenant);

  const first = await explained(tenant, agent, `campaign=${campaign}`);
  const { start, end } = first.settings['callSettings.window']!.parts as unknown as Record<string, Explained>;
  assert.deepEqual([start!.value, start!.from, start!.by, start!.at], ['11:00', 'campaign', by, createdAt]);
  assert.deepEqual(
    start!.shadowed.map(({ value, from }) => [value, from]),
    [
      ['08:00', 'agent'],
      ['09:00', 'system'],
    ],
  );
  assert.equal('revision' in start!, false, 'a campaign has no revisions');
  assert.deepEqual([end!.value, end!.from], ['17:00', 'system']);
  assert.deepEqual(first.settings['callSettings.window']!.at, createdAt);
  assert.equal(first.settings['callSettings.autoRetry']!.from, 'agent');

  // Changes of other fields and repetitions of the same value do not count.
  const changedAt = later(1);
  await ask(tenant, 200, 'PATCH', `/campaigns/${campaign}`, { callSettings: { autoRetry: false } });
  later(1);
  await ask(tenant, 200, 'PATCH', `/campaigns/${campaign}`, { name: 'Summer', callSettings: { autoRetry: false } });
  const then = await explained(tenant, agent, `campaign=${campaign}`);
  const { shadowed, ...retry } = then.settings['callSettings.autoRetry']!;
  assert.deepEqual(retry, { value: false, from: 'campaign', by, at: changedAt });
  assert.deepEqual([shadowed[0]!.value, shadowed[0]!.from, shadowed[0]!.revision], [true, 'agent', 1]);

  const over = encodeURIComponent(JSON.stringify({ callSettings: { window: { start: '12:00' } } }));
  const above = await explained(tenant, agent, `campaign=${campaign}&override=${over}`);
  const window = above.settings['callSettings.window']! as unknown as { parts: Record<string, Explained> };
  assert.deepEqual(
    window.parts['start']!.shadowed.map(({ from }) => from),
    ['campaign', 'agent', 'system'],
  );
});

test('campaigns of other agents and records of other workspaces are missing', async () => {
  reset();
  const tenant = await parlance.workspace();
  const [agent, other] = [
    await made(tenant, '/agents', { name: 'Ada' }),
    await made(tenant, '/agents', { name: 'Bob' }),
  ];
  const campaign = await made(tenant, '/campaigns', { name: 'Spring', agentId: other });
  const contact = await made(tenant, '/contacts', { phone: '+442071838750' });
  const refused = await ask(tenant, 404, 'GET', `/agents/${agent}/explain?campaign=${campaign}`);
  assert.equal(refused['code'], 'campaign_missing');
  const otherTenant = await parlance.workspace();
  const theirs = await made(otherTenant, '/agents', { name: 'Eve' });
  const hidden = await ask(otherTenant, 404, 'GET', `/agents/${theirs}/explain?contact=${contact}`);
  assert.equal(hidden['code'], 'contact_missing');
});

test('how the time zone and the country of a contact are known', async () => {
  reset();
  const tenant = await parlance.workspace();
  const agent = await made(tenant, '/agents', { name: 'Ada' });
  const given = await reach(tenant, agent, { phone: '+12125550123', timezone: 'Europe/Paris', country: 'FR' });
  assert.deepEqual(given.timezones, { value: ['Europe/Paris'], from: 'given' });
  assert.deepEqual(given.countries, { value: ['FR'], from: 'given' });
  const country = await reach(tenant, agent, { phone: '+12125550124', country: 'DE' });
  assert.deepEqual([country.timezones.from, country.countries.value], ['country', ['DE']]);
  assert.ok(country.timezones.value.includes('Europe/Berlin'));
  const number = await reach(tenant, agent, { phone: '+442071838750' });
  assert.deepEqual(number.timezones, { value: ['Europe/London'], from: 'number' });
  assert.deepEqual(number.countries, { value: ['GB'], from: 'number' });
  const nowhere = await reach(tenant, agent, { firstName: 'Zoe' });
  assert.deepEqual(
    [nowhere.timezones, nowhere.countries],
    [
      { value: [], from: null },
      { value: [], from: null },
    ],
  );
  assert.deepEqual(nowhere.next, { do: 'end', at: null, why: 'The contact has no phone number' });
});

test('when a contact may be called next, and why', async () => {
  reset();
  const tenant = await parlance.workspace();
  const agent = await made(tenant, '/agents', { name: 'Ada' });
  const london = { phone: '+442071838750' };
  const open = await reach(tenant, agent, london);
  assert.deepEqual(open.next, { do: 'dial', at: at.toISOString(), why: 'The first attempt' });
  assert.equal(open.waitsFor, null);
  const early = await reach(tenant, agent, { phone: '+12125550125', timezone: 'America/New_York' });
  assert.equal(early.next.at, '2026-03-02T14:00:00.000Z');
  assert.match(early.next.why, /window \(09:00–17:00\) opens at 2026-03-02T09:00 in America\/New_York/);

  // On Saturday, and with settings from the request.
  const saturday = await reach(tenant, agent, { ...london, phone: '+442071838751' }, '&at=2026-03-07T12:00:00Z');
  assert.deepEqual([saturday.next.do, saturday.next.at], ['wait', '2026-03-09T09:00:00.000Z']);
  const weekends = encodeURIComponent(JSON.stringify({ callSettings: { allowedDays: [5] } }));
  const allowed = await reach(
    tenant,
    agent,
    { phone: '+442071838752' },
    `&at=2026-03-07T12:00:00Z&override=${weekends}`,
  );
  assert.equal(allowed.next.do, 'dial');

  // A campaign delays the call with its hours and its start time.
  const campaign = await made(tenant, '/campaigns', {
    name: 'Spring',
    agentId: agent,
    callSettings: { window: { start: '11:00' } },
    startsAt: '2026-03-04T09:00:00Z',
  });
  const inCampaign = await reach(tenant, agent, { phone: '+442071838753' }, `&campaign=${campaign}`);
  assert.deepEqual([inCampaign.next.at, inCampaign.waitsFor], ['2026-03-04T11:00:00.000Z', 'The campaign is draft']);

  const holidays = [{ date: '2026-03-02', name: 'Town fair', country: 'GB' }];
  await ask(tenant, 200, 'PATCH', `/workspaces/${tenant.id}/settings`, {
    calling: { holidays, consentRequired: true },
  });
  const unasked = await reach(tenant, agent, { phone: '+442071838754' });
  assert.match(unasked.next.why, /has not agreed to be called/);
  const fair = await reach(tenant, agent, { phone: '+442071838755', consent: { calls: true } });
  assert.equal(fair.next.at, '2026-03-03T09:00:00.000Z');
  await ask(tenant, 200, 'PATCH', `/agents/${agent}`, { status: 'paused' });
  const paused = await reach(tenant, agent, { phone: '+442071838756', consent: { calls: true } });
  assert.deepEqual([paused.next.do, paused.waitsFor], ['wait', 'The agent is paused']);
  await tenant.ask('native', 'POST', '/do-not-call', { body: { phones: ['+442071838757'] } });
  const refused = await reach(tenant, agent, { phone: '+442071838757', consent: { calls: true } });
  assert.deepEqual(refused.next, {
    do: 'end',
    at: null,
    why: 'The number is on the do-not-call list; calls need its removal from the list',
  });
});

test('the profile for a contact, and its values', async () => {
  reset();
  const tenant = await parlance.workspace();
  const one = '01890000-0000-7000-8000-0000000000a1';
  const two = '01890000-0000-7000-8000-0000000000b2';
  const profiles = { [one]: { default: true, locale: 'en-GB' }, [two]: { locale: 'fr-FR' } };
  const agent = await made(tenant, '/agents', { name: 'Ada', profiles });
  const french = await made(tenant, '/contacts', { phone: '+442071838750', language: 'fr' });
  const spoken = await explained(tenant, agent, `contact=${french}`);
  assert.deepEqual(spoken.contact.profile, { id: two, why: "Its locale is fr-FR, and the contact's language is fr" });
  assert.equal(spoken.profile.id, two, 'the profile for the contact is explained');
  const named = await explained(tenant, agent, `contact=${french}&profile=${one}`);
  assert.deepEqual([named.profile.id, named.contact.profile!.id], [one, two]);
  const campaign = await made(tenant, '/campaigns', { name: 'Spring', agentId: agent, profileId: one });
  const inCampaign = await explained(tenant, agent, `contact=${french}&campaign=${campaign}`);
  assert.deepEqual(inCampaign.contact.profile, { id: one, why: 'The campaign selects it' });
  const danish = await reach(tenant, agent, { phone: '+442071838751', language: 'da' });
  assert.deepEqual(danish.profile, { id: one, why: 'It is the default, and no active profile has the language da' });
});
