/**
 * Which room may import which: the one place where it is written down. To change an arrow, change this table and say
 * why in docs/decisions/.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

interface Room {
  /** Rooms of ours, or single files of them. A room may always import itself. */
  rooms: string[];
  /** What it may import from outside; a pure room has no clock, no disk and no network, so nothing of Node's. */
  outside: string[];
}

const ROOMS: Record<string, Room> = {
  // Pure: given the same values, the same answer. Ajv judges shapes; a hash is the same for ever.
  faults: { rooms: [], outside: [] },
  config: { rooms: [], outside: [] },
  model: { rooms: ['faults'], outside: ['ajv', 'ajv-formats', 'node:crypto', 'node:vm'] },
  change: { rooms: ['model', 'faults'], outside: ['rfc6902'] },
  settings: { rooms: ['model', 'faults'], outside: [] },

  // A conversation from first word to last; whatever acts is handed in.
  runtime: { rooms: ['model', 'settings', 'faults'], outside: [] },

  // When to call, whom, and from which number; the services act on it, at a time that they hand in.
  callingRules: { rooms: ['model', 'settings', 'faults'], outside: ['temporal-polyfill', 'libphonenumber-js'] },

  // What a conversation is carried out with: models, tools, knowledge, carriers. Of the outbox only the way out that is
  // guarded, of the dialer only the port of carriers, of the services only what a timer is.
  providers: {
    rooms: ['model', 'runtime', 'faults', 'config', 'outbox/target', 'store', 'dialer/carrier', 'services/loop'],
    outside: [
      'node:*',
      '@ai-sdk/openai',
      '@ai-sdk/openai-compatible',
      '@ai-sdk/anthropic',
      '@ai-sdk/google',
      '@modelcontextprotocol/client',
      'unpdf',
    ],
  },

  store: { rooms: ['model', 'faults', 'config'], outside: ['node:*', 'kysely', 'pg'] },
  services: {
    rooms: ['model', 'change', 'settings', 'runtime', 'dialer', 'store', 'faults', 'config'],
    outside: ['node:*', 'jose'],
  },

  // How news leaves the house: claimed from the store, signed, sent. Of the services only the loop that it runs in.
  outbox: { rooms: ['model', 'store', 'services/loop'], outside: ['node:*', 'standardwebhooks'] },

  // Of `change` only the rows: the door words refusals in the tongue of whoever is asking.
  http: {
    rooms: ['model', 'change/rows', 'services', 'faults', 'config'],
    outside: ['node:*', '@fastify/cors', 'fastify', 'prom-client'],
  },
  // Never the store, and never another dialect: each dialect is a room by itself.
  'dialects/*': { rooms: ['model', 'change', 'services', 'http', 'faults'], outside: ['fastify', 'rfc6902'] },

  dialects: { rooms: ['config', 'dialects/*', 'http'], outside: [] },
  app: {
    rooms: ['config', 'tongues', 'engines', 'http', 'model/webhooks', 'outbox', 'services', 'store'],
    outside: ['fastify'],
  },
  greeting: { rooms: ['services/setup'], outside: [] },
  main: { rooms: ['app', 'config', 'greeting'], outside: ['node:*'] },
  // The commands are small programs around the house: they start it, describe it, compile it ahead, check its journal.
  cli: {
    rooms: [
      'main',
      'app',
      'tongues',
      'config',
      'model/records',
      'services/verifier',
      'store/reading',
      'store/sqlite/engine',
      'store/postgres/engine',
      'http/openapi',
      'http/reference-pages',
      'dialer',
    ],
    outside: ['node:*'],
  },
};

const SOURCE = join(import.meta.dirname, '../src');

interface Import {
  from: string;
  to: string;
}

/** Every import of a file, whichever way it is written: also types, dynamic ones and the worker's file. */
const IMPORTS = [
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'/g,
  /(?:^|\n)\s*import\s+'([^']+)'/g,
  /\bimport\(\s*'([^']+)'\s*\)/g,
  /new URL\(\s*'([^']+)',\s*import\.meta\.url/g,
];

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SOURCE, file), 'utf8');
  const named = IMPORTS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, target]) => target!));
  return named.map((target) => ({
    from: file,
    to: target.startsWith('.')
      ? relative(SOURCE, join(SOURCE, dirname(file), target))
          .split(sep)
          .join('/')
      : target,
  }));
}

/** `dialects/kejue/index.ts` is in `dialects/kejue`, `store/sqlite/engine.ts` in `store`, `app.ts` in `app`. */
function roomOf(file: string): string {
  const [first = '', second = ''] = file.replace(/\.ts$/, '').split('/');
  return first === 'dialects' ? `dialects/${second}` : first;
}

function allowed({ from, to }: Import): boolean {
  const home = roomOf(from);
  const room = ROOMS[home.startsWith('dialects/') ? 'dialects/*' : home];
  if (!room) return false;
  const isOurs = to.endsWith('.ts') || to.endsWith('.json');
  if (!isOurs) return room.outside.some((name) => (name === 'node:*' ? to.startsWith('node:') : to === name));
  if (roomOf(to) === home) return true;
  return room.rooms.some((name) => {
    if (name === 'dialects/*') return to.startsWith('dialects/');
    return roomOf(to) === name || to === `${name}.ts`;
  });
}

// Tests beside the code may use what tests use.
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));

test('every import follows an arrow', () => {
  const all = files.flatMap(importsOf);
  assert.ok(all.length > 200, 'the imports are found');
  const astray = all.filter((one) => !allowed(one)).map(({ from, to }) => `${from} imports ${to}`);
  assert.deepEqual(astray, []);
});

test('every room has its row, and every row a room', () => {
  const rooms = new Set(files.map((file) => roomOf(file).replace(/^dialects\/.*/, 'dialects/*')));
  assert.deepEqual([...rooms].sort(), Object.keys(ROOMS).sort());
});

test('only main, the commands and tests import the whole house', () => {
  const users = files.flatMap(importsOf).filter(({ to }) => to === 'app.ts');
  const rooms = new Set(users.map(({ from }) => roomOf(from)));
  assert.deepEqual(
    [...rooms].filter((room) => room !== 'main' && room !== 'cli'),
    [],
  );
});

test('nothing goes round in a circle between rooms', () => {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of files.flatMap(importsOf)) {
    if (!to.endsWith('.ts') || roomOf(from) === roomOf(to)) continue;
    edges.set(roomOf(from), (edges.get(roomOf(from)) ?? new Set()).add(roomOf(to)));
  }
  const reaches = (start: string): Set<string> => {
    const seen = new Set<string>();
    const walk = (room: string) => {
      for (const next of edges.get(room) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        walk(next);
      }
    };
    walk(start);
    return seen;
  };
  assert.deepEqual(
    [...edges.keys()].filter((room) => reaches(room).has(room)),
    [],
  );
});

test('pure rooms look at no clock, throw no dice and know no process', () => {
  const impure =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|\bprocess\.|\bset(?:Timeout|Interval|Immediate)\b|\bperformance\.|\bfetch\(/;
  const pure = files.filter((file) =>
    ['model', 'change', 'settings', 'dialer', 'faults', 'config'].includes(roomOf(file)),
  );
  const found = pure.filter((file) => impure.test(readFileSync(join(SOURCE, file), 'utf8')));
  assert.deepEqual(found, []);
});
