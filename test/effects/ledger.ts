/**
 * Every documented field of the five vendors' APIs: its place in the hub, its effect, when an update takes effect, and
 * whether a test shows it. `fields.tsv` lists them; `docs/field-effects.md` is generated from it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyDialect } from '../../src/workspaces/workspace.ts';

export const NEEDS = ['config', 'chat', 'call', 'voice', 'interview', 'campaign'] as const;
/** The part of the server that is needed to see the effect. `config` means the API alone. */
export type Need = (typeof NEEDS)[number];

export interface Field {
  dialect: KeyDialect;
  field: string;
  hub: string;
  needs: Need;
  /** `shown`: by the test whose name begins with `dialect.field`. */
  state: 'shown' | 'not yet';
  effect: string;
  when: string;
}

/** A running conversation or call keeps the values with which it started. */
const WHEN: Record<Need, string> = {
  config: 'at once',
  chat: 'the next conversation',
  call: 'the next call',
  voice: 'the next conversation',
  interview: 'the next interview',
  campaign: 'the next attempt',
};

export const nameOf = ({ dialect, field: name }: Field): string => `${dialect}.${name}`;

export const LEDGER: readonly Field[] = readFileSync(join(import.meta.dirname, 'fields.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [dialect, field, hub, needs, state, effect] = line.split('\t') as [
      KeyDialect,
      string,
      string,
      Need,
      Field['state'],
      string,
    ];
    return { dialect, field, hub, needs, state, effect, when: WHEN[needs] };
  });

export function ledgerPage(): string {
  const shown = LEDGER.filter(({ state }) => state === 'shown').length;
  const sections = [...new Set(LEDGER.map(({ dialect }) => dialect))].map((dialect) => {
    const rows = LEDGER.filter((one) => one.dialect === dialect).map((one) => {
      const proof = one.state === 'shown' ? `test/effects: \`${nameOf(one)}\`` : `not yet: needs ${one.needs}`;
      return `| \`${one.field}\` | \`${one.hub}\` | ${one.effect.replaceAll('|', '\\|')} | ${one.when} | ${proof} |`;
    });
    return [
      `## ${dialect}`,
      '',
      '| field | in the hub | what it does | takes effect | shown by |',
      '|---|---|---|---|---|',
      ...rows,
    ];
  });
  return `${[
    '# What every field does',
    '',
    "Every documented field of the five vendors' APIs has an effect. The tables show its place in the hub, the effect, when",
    'an update takes effect, and the test that shows it. A running conversation keeps the values with which it started.',
    'This page is generated from `test/effects/fields.tsv` by `node test/effects/write.ts`; a test compares the two.',
    '',
    `${LEDGER.length} fields: ${shown} shown, ${LEDGER.length - shown} not yet.`,
    '',
    ...sections.flatMap((lines) => [...lines, '']),
  ]
    .join('\n')
    .trimEnd()}\n`;
}
