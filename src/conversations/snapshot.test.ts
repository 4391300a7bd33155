import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Agent, type AgentDocument, newDocument } from '../agents/agent.ts';
import { newProfile, type Profile } from '../agents/profile.ts';
import { type SnapshotInput, takeSnapshot } from './snapshot.ts';

const AT = '2026-05-01T21:30:05.000Z';

const profile = (id: string, facts: Partial<Profile> = {}): Profile => ({ ...newProfile(id, AT, false), ...facts });

function agent(id: string, facts: Partial<AgentDocument> = {}): Agent {
  const document = { ...newDocument(`Agent ${id}`), ...facts };
  const stamps = { createdAt: AT, updatedAt: AT };
  return { workspaceId: 'w', id, number: 1, ownerId: null, revision: 3, ...stamps, document };
}

const snapshotOf = (first: Agent, input: Partial<SnapshotInput> = {}) =>
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
    ...input,
  });

const template = 'I am {{agent_name}} of {{company_name}}, for {{contact.full_name}} ({{contact.plan}}), {{unknown}}';

test('placeholders are filled in every text for the model or the contact, and nowhere else', () => {
  const first = agent('a', {
    role: template,
    context: template,
    specialInstructions: template,
    description: template,
    profiles: {
      p: profile('p', {
        default: true,
        name: 'Ana',
        instructions: template,
        greeting: { text: template, speaker: 'agent', interruptible: true },
      }),
    },
  });
  const contact = { id: null, fields: { firstName: 'Zoë', lastName: 'Bell', metadata: { plan: 'Gold' } } };
  const filled = 'I am Ana of Acme, for Zoë Bell (Gold), {{unknown}}';
  const { personas, overrides } = snapshotOf(first, {
    contact,
    overrides: { instructions: template, greeting: template },
  });
  const { document, profile: chosen } = personas['a']!;
  assert.deepEqual(
    [document.role, document.context, document.specialInstructions, chosen?.instructions, chosen?.greeting.text],
    [filled, filled, filled, filled, filled],
  );
  assert.deepEqual(overrides, { instructions: filled, greeting: filled });
  assert.equal(document.description, template);
  const empty = snapshotOf(first, { contact, templates: { unresolved: 'empty' } });
  assert.equal(empty.personas['a']?.document.role, 'I am Ana of Acme, for Zoë Bell (Gold), ');
});

test('a placeholder inside a value is not filled', () => {
  const first = agent('a', { role: '{{note}}' });
  const { personas } = snapshotOf(first, { variables: { note: '{{company_name}}' } });
  assert.equal(personas['a']?.document.role, '{{company_name}}');
});

test('a client cannot override the system variables', () => {
  const first = agent('a');
  const contact = { id: 'k', fields: { phone: '+12025550143' } };
  const { variables } = snapshotOf(first, { contact, variables: { 'system.year': '1999', plan: 7 } });
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

test('the profile that fits the locale best is chosen, among the active ones', () => {
  const profiles = {
    en: profile('en', { default: true, locale: 'en-US' }),
    uk: profile('uk', { locale: 'en-GB' }),
    de: profile('de', { locale: 'de-DE' }),
    fr: profile('fr', { locale: 'fr-FR', active: false }),
  };
  const first = agent('a', { profiles });
  const chosenFor = (input: Partial<SnapshotInput>, of = first) => {
    const { personas, locale } = snapshotOf(of, input);
    return [personas['a']?.profile?.id, locale];
  };
  const language = (code: string) => ({ contact: { id: null, fields: { language: code } } });
  assert.deepEqual(chosenFor({}), ['en', 'en-US']);
  assert.deepEqual(chosenFor({ locale: 'en' }), ['en', 'en-US'], 'of two that fit, the default wins');
  assert.deepEqual(chosenFor({ locale: 'EN-gb' }), ['uk', 'en-GB']);
  assert.deepEqual(chosenFor({ locale: 'de-AT' }), ['de', 'de-DE']);
  assert.deepEqual(chosenFor(language('de')), ['de', 'de-DE']);
  assert.deepEqual(chosenFor(language('it')), ['en', 'en-US'], 'the language of the contact is only a guess');
  assert.deepEqual(chosenFor({ locale: 'it' }), ['en', 'it'], 'a requested locale is used even without a profile');
  assert.deepEqual(chosenFor({ locale: 'fr' }), ['en', 'fr']);
  assert.deepEqual(chosenFor({ profileIds: new Map([['a', 'uk']]), locale: 'de' }), ['uk', 'de']);
  const off = agent('a', { profiles: { ...profiles, en: { ...profiles.en, active: false } } });
  assert.deepEqual(chosenFor({}, off), ['uk', 'en-GB']);
  assert.deepEqual(chosenFor({}, agent('a')), [undefined, 'en']);
});

test('settings are resolved with the layer that each came from', () => {
  const first = agent('a', { callSettings: { window: { end: '20:00' }, autoRetry: true } });
  const { settings } = snapshotOf(first, {
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

test('taking a snapshot does not change the agent', () => {
  const first = agent('a', {
    role: template,
    profiles: { p: profile('p', { default: true, instructions: template }) },
  });
  const before = structuredClone(first);
  snapshotOf(first, { variables: { unknown: 'known' } });
  assert.deepEqual(first, before);
});
