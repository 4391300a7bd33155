/**
 * What a file may import, in two tables: by file name, and by subject. A change of a table needs its reason in
 * docs/decisions/.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

/** By file name: packages and built-in modules that a kind of file may import. Every other file is pure. */
const KINDS: { kind: string; files: RegExp; outside: RegExp; isPure?: true }[] = [
  { kind: 'store', files: /(^|\/)([a-z-]+-)?store\.ts$/, outside: /^kysely$/ },
  { kind: 'service', files: /(^|\/)([a-z-]+-)?service\.ts$/, outside: /^(jose|node:.*)$/ },
  { kind: 'database', files: /^db\//, outside: /^(kysely|pg|node:.*)$/ },
  {
    kind: 'provider',
    files: /^providers\//,
    outside: /^(@ai-sdk\/.*|@modelcontextprotocol\/client|node:.*)$/,
  },
  { kind: 'transport', files: /\/transports\//, outside: /^node:.*$/ },
  { kind: 'http', files: /^http\//, outside: /^(@fastify\/cors|fastify|prom-client|node:.*)$/, isPure: true },
  { kind: 'routes', files: /^dialects\//, outside: /^(fastify|rfc6902)$/, isPure: true },
  { kind: 'start', files: /^(main|app)\.ts$|^cli\//, outside: /^(fastify|node:.*)$/ },
];

/** Packages that only compute, so that a pure file may import them. Hashing is computation too. */
const COMPUTES = /^(ajv|ajv-formats|rfc6902|temporal-polyfill|libphonenumber-js|node:crypto)$/;

/** Files outside the kinds above that are not pure, each with its reason. */
const EXCEPTIONS: Record<string, string> = {
  'lib/ids.ts': 'draws random ids',
  'lib/poller.ts': 'holds the one timer that is not handed in',
  'lib/patterns.ts': 'runs regular expressions of users in a node:vm with a time limit',
  'lib/outgoing-http.ts': 'sends every outgoing request, and checks where it leads',
  'lib/addresses.ts': 'parses IP addresses with node:net',
  'knowledge/reading/reader.ts': 'reads documents in a worker thread',
  'knowledge/reading/reader-thread.ts': 'is that worker thread',
  'knowledge/reading/pdf.ts': 'loads the PDF reader in that thread',
  'knowledge/reading/zip.ts': 'inflates with node:zlib',
  'webhooks/sender.ts': 'measures how long an endpoint takes to answer',
  'webhooks/signatures.ts': 'signs with node:crypto and the Standard Webhooks package',
  'http/event-stream.ts': 'sends a heartbeat while a stream is open',
  'http/server.ts': 'gives each request a random id',
  'dialects/agntix/sessions/event-routes.ts': 'sends a heartbeat while a stream is open',
};
const EXCEPTION_PACKAGES = /^(node:.*|unpdf|standardwebhooks)$/;

/** By subject, in order: on value imports, each may import itself and what stands before it. */
const SUBJECTS: string[][] = [
  ['lib', 'config', 'faults'],
  ['db'],
  ['audit'],
  ['workspaces'],
  ['contacts', 'tools', 'phone-numbers', 'avatars'],
  ['agents'],
  ['settings'],
  ['knowledge', 'webhooks'],
  ['conversations'],
  ['voice'],
  ['calling'],
  ['interviews'],
  ['evaluations'],
  ['status'],
  ['context', 'stores', 'services'],
  ['http'],
  ['dialects'],
  ['providers'],
  ['app'],
  ['startup-banner'],
  ['main'],
  ['cli'],
];

const SOURCE = join(import.meta.dirname, '../src');

interface Import {
  from: string;
  to: string;
  /** Only types are imported; they are erased before the code runs. */
  typesOnly: boolean;
}

/** Every import of a file: static, re-exporting, dynamic, and a worker's file. */
const IMPORTS = [
  /(?:^|\n)\s*(?:import|export)\b([^'";]*?)\bfrom\s+'([^']+)'/g,
  /(?:^|\n)\s*import()\s+'([^']+)'/g,
  /(?<!typeof )\bimport()\(\s*'([^']+)'\s*\)/g,
  /new URL()\(\s*'(\.[^']+)',\s*import\.meta\.url/g,
];

const isTypesOnly = (clause: string): boolean => {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /\{([^}]*)\}/.exec(clause)?.[1];
  if (names === undefined || /^\s*\w/.test(clause)) return false;
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));
};

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SOURCE, file), 'utf8');
  return IMPORTS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(([, clause = '', target = '']) => ({
      from: file,
      to: target.startsWith('.')
        ? relative(SOURCE, join(SOURCE, dirname(file), target))
            .split(sep)
            .join('/')
        : target,
      typesOnly: isTypesOnly(clause),
    })),
  );
}

const subjectOf = (file: string): string => file.replace(/\.ts$/, '').split('/')[0]!;
const rankOf = (file: string): number => SUBJECTS.findIndex((subjects) => subjects.includes(subjectOf(file)));
const kindOf = (file: string) => KINDS.find(({ files }) => files.test(file));
const isOurs = (target: string): boolean => /\.(ts|json)$/.test(target);
const isPure = (file: string): boolean => (kindOf(file)?.isPure ?? !kindOf(file)) && EXCEPTIONS[file] === undefined;

// Tests beside the code may import what tests need.
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
const imports = files.flatMap(importsOf);
const written = (wrong: Import[]): string[] => wrong.map(({ from, to }) => `${from} imports ${to}`).sort();

test('the imports are found', () => {
  assert.ok(imports.length > 1000);
});

test('packages and built-in modules are imported only by the files that may', () => {
  const allowed = ({ from, to }: Import): boolean =>
    COMPUTES.test(to) ||
    (kindOf(from)?.outside.test(to) ?? false) ||
    (EXCEPTIONS[from] !== undefined && EXCEPTION_PACKAGES.test(to));
  assert.deepEqual(written(imports.filter((one) => !one.typesOnly && !isOurs(one.to) && !allowed(one))), []);
});

test('only stores, and what opens them, import SQL', () => {
  const sql = /^db\/(sql|kysely|tables|sqlite\/.*|postgres\/.*|migrations\/.*)\.ts$/;
  const mayImport = (file: string): boolean =>
    ['store', 'database'].includes(kindOf(file)?.kind ?? '') || /^(stores|cli\/.*|calling\/call-rows)\.ts$/.test(file);
  assert.deepEqual(written(imports.filter((one) => !one.typesOnly && sql.test(one.to) && !mayImport(one.from))), []);
});

test('only services, the composition and the commands import stores', () => {
  const mayImport = (file: string): boolean =>
    ['store', 'service'].includes(kindOf(file)?.kind ?? '') || /^(stores|services)\.ts$|^cli\//.test(file);
  const isStore = (file: string): boolean => kindOf(file)?.kind === 'store';
  assert.deepEqual(written(imports.filter((one) => !one.typesOnly && isStore(one.to) && !mayImport(one.from))), []);
});

test('every subject has a place in the order', () => {
  assert.deepEqual(
    files.filter((file) => rankOf(file) < 0),
    [],
  );
});

test('a subject imports only itself and the subjects before it', () => {
  const isBackward = ({ from, to }: Import): boolean => {
    if (subjectOf(from) === subjectOf(to)) return false;
    return rankOf(to) > rankOf(from) || (rankOf(to) === rankOf(from) && rankOf(to) > 0 && rankOf(to) !== COMPOSITION);
  };
  const COMPOSITION = SUBJECTS.findIndex((subjects) => subjects.includes('services'));
  assert.deepEqual(written(imports.filter((one) => !one.typesOnly && isOurs(one.to) && isBackward(one))), []);
});

test('no dialect imports another', () => {
  const dialectOf = (file: string): string | undefined => /^dialects\/([a-z]+)\//.exec(file)?.[1];
  const strays = imports.filter(({ from, to }) => {
    const [own, other] = [dialectOf(from), dialectOf(to)];
    return own !== undefined && other !== undefined && own !== other;
  });
  assert.deepEqual(written(strays), []);
});

test('only app and the commands import providers, and only main and the commands import the app', () => {
  const composes = (file: string): boolean => /^(app|main)\.ts$|^cli\//.test(file);
  const guarded = (file: string): boolean => subjectOf(file) === 'providers' || file === 'app.ts';
  assert.deepEqual(
    written(imports.filter(({ from, to }) => guarded(to) && subjectOf(from) !== subjectOf(to) && !composes(from))),
    [],
  );
});

const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|\bprocess\.|\bset(?:Timeout|Interval|Immediate)\(|\bperformance\.|\bfetch\(/;
const isImpure = (file: string): boolean => IMPURE.test(readFileSync(join(SOURCE, file), 'utf8'));

test('pure files read no clock, draw no random numbers, keep no timers and touch no process', () => {
  assert.deepEqual(files.filter(isPure).filter(isImpure), []);
});

test('every exception is needed', () => {
  const isNeeded = (file: string): boolean =>
    isImpure(file) ||
    imports.some(({ from, to, typesOnly }) => from === file && !typesOnly && !isOurs(to) && !COMPUTES.test(to));
  assert.deepEqual(
    Object.keys(EXCEPTIONS).filter((file) => !files.includes(file) || !isNeeded(file)),
    [],
  );
});
