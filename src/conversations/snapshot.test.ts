import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Agent, type AgentDocument, newDocument } from '../agents/agent.ts';
import { newProfile, type Profile } from '../agents/profile.ts';
import { type SnapshotGiven, takeSnapshot } from './snapshot.ts';

const AT = '2026-05-01T21:30:05.000Z';

const profile = (id: string, facts: Partial<Profile> = {}): Profile => ({ ...newProfile(id, AT, false), ...facts });

function agent(id: string, facts: Partial<AgentDocument> = {}): Agent {
  const document = { ...newDocument(`Agent ${id}`), ...facts };
  const stamps = { createdAt: AT, updatedAt: AT };
  return { workspaceId: 'w', id, number: 1, ownerId: null, revision: 3, ...stamps, document };
}

const taken = (first: Agent, given: Partial<SnapshotGiven> = {}) =>
  takeSnapshot({
    conversationId: 'c-1',
    at: AT,
    channel: 'chat',
    first,
    others: new Map(),
    profileIds: new Map(),
    tools: [],
    listed: new Map(),
    notes: [],
    contact: null,
    memory: {},
    layers: [],
    variables: {},
    company: 'Acme',
    overrides: {},
    label: null,
    templates: { unresolved: 'literal' },
    ...given,
  });

const words = 'I am {{agent_name}} of {{company_name}}, for {{contact.full_name}} ({{contact.plan}}), {{nobody}}';

test('placeholders are filled in every text that a model or a person is told, and nowhere else', () => {
  const first = agent('a', {
    role: words,
    context: words,
    specialInstructions: words,
    description: words,
    profiles: {
      p: profile('p', {
        default: true,
        name: 'Ana',
        instructions: words,
        greeting: { text: words, speaker: 'agent', interruptible: true },
      }),
    },
  });
  const contact = { id: null, fields: { firstName: 'Zoë', lastName: 'Bell', metadata: { plan: 'Gold' } } };
  const said = 'I am Ana of Acme, for Zoë Bell (Gold), {{nobody}}';
  const { personas, overrides } = taken(first, { contact, overrides: { instructions: words, greeting: words } });
  const { document, profile: chosen } = personas['a']!;
  assert.deepEqual(
    [document.role, document.context, document.specialInstructions, chosen?.instructions, chosen?.greeting.text],
    [said, said, said, said, said],
  );
  assert.deepEqual(overrides, { instructions: said, greeting: said });
  assert.equal(document.description, words);
  const empty = taken(first, { contact, templates: { unresolved: 'empty' } });
  assert.equal(empty.personas['a']?.document.role, 'I am Ana of Acme, for Zoë Bell (Gold), ');
});

test('values are data: what looks like a placeholder in them stays as it is', () => {
  const first = agent('a', { role: '{{note}}' });
  const { personas } = taken(first, { variables: { note: '{{company_name}}' } });
  assert.equal(personas['a']?.document.role, '{{company_name}}');
});

test('the system has its own names, which nobody can take', () => {
  const first = agent('a');
  const contact = { id: 'k', fields: { phone: '+12025550143' } };
  const { variables } = taken(first, { contact, variables: { 'system.year': '1999', plan: 7 } });
  assert.deepEqual(Object.fromEntries(Object.entries(variables).filter(([name]) => name.startsWith('system.'))), {
    'system.year': '2026',
    'system.date': '2026-05-01',
    'system.time': '21:30:05',
    'system.now': AT,
    'system.dubai.now': '2026-05-02T01:30:05.000+04:00',
    'system.platform': 'chat',
    'system.medium': 'web',
    'system.direction': 'inbound',
    'system.incoming.phonenumber': '',
    'system.outgoing.phonenumber': '',
    'system.roomname': '',
    'system.customer.phonenumber': '+12025550143',
    'system.sessionId': 'c-1',
  });
  assert.equal(variables['plan'], 7);
});

test('of several profiles the one speaks that fits best; one that is switched off never does', () => {
  const profiles = {
    en: profile('en', { default: true, locale: 'en-US' }),
    uk: profile('uk', { locale: 'en-GB' }),
    de: profile('de', { locale: 'de-DE' }),
    fr: profile('fr', { locale: 'fr-FR', active: false }),
  };
  const first = agent('a', { profiles });
  const speaks = (given: Partial<SnapshotGiven>, of = first) => {
    const { personas, locale } = taken(of, given);
    return [personas['a']?.profile?.id, locale];
  };
  const language = (code: string) => ({ contact: { id: null, fields: { language: code } } });
  assert.deepEqual(speaks({}), ['en', 'en-US']);
  assert.deepEqual(speaks({ locale: 'en' }), ['en', 'en-US'], 'of two that fit, the default');
  assert.deepEqual(speaks({ locale: 'EN-gb' }), ['uk', 'en-GB']);
  assert.deepEqual(speaks({ locale: 'de-AT' }), ['de', 'de-DE']);
  assert.deepEqual(speaks(language('de')), ['de', 'de-DE']);
  assert.deepEqual(speaks(language('it')), ['en', 'en-US'], 'the contact is a guess');
  assert.deepEqual(speaks({ locale: 'it' }), ['en', 'it'], 'a wish is a wish');
  assert.deepEqual(speaks({ locale: 'fr' }), ['en', 'fr']);
  assert.deepEqual(speaks({ profileIds: new Map([['a', 'uk']]), locale: 'de' }), ['uk', 'de']);
  const off = agent('a', { profiles: { ...profiles, en: { ...profiles.en, active: false } } });
  assert.deepEqual(speaks({}, off), ['uk', 'en-GB']);
  assert.deepEqual(speaks({}, agent('a')), [undefined, 'en']);
});

test('settings are resolved with the level that each came from', () => {
  const first = agent('a', { callSettings: { window: { end: '20:00' }, autoRetry: true } });
  const { settings } = taken(first, {
    layers: [
      { level: 'workspace', document: { callSettings: { window: { start: '08:00', end: '19:00' } } } },
      { level: 'override', document: { callSettings: { autoRetry: false } } },
    ],
  });
  assert.deepEqual(settings['callSettings.window.start'], { value: '08:00', from: 'workspace' });
  assert.deepEqual(settings['callSettings.window.end'], { value: '20:00', from: 'agent' });
  assert.deepEqual(settings['callSettings.autoRetry'], { value: false, from: 'override' });
  assert.deepEqual(settings['callSettings.scoringCriteria'], { value: '', from: 'system' });
});

test('nothing of what it was made from is changed by it', () => {
  const first = agent('a', { role: words, profiles: { p: profile('p', { default: true, instructions: words }) } });
  const before = structuredClone(first);
  taken(first, { variables: { nobody: 'somebody' } });
  assert.deepEqual(first, before);
});
