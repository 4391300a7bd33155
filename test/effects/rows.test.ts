/** The ledger and the mapping tables name the same fields: a new row needs a line in fields.tsv, and so a test. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialects } from '../../src/dialects/index.ts';
import { configOf } from '../harness.ts';
import { LEDGER } from './ledger.ts';

/** The ledger writes a field of a nested table as its vendor does: behind the name of the table's own field. */
const PREFIXES: Record<string, string> = { callSettings: 'call_settings.', 'profiles.*': 'voice_configs.' };

/**
 * Writable fields that are not on a vendor's "Update Agent" page but in the rest of its documents, with the suite that
 * shows them. Fields of sound wait for voice.
 */
const ELSEWHERE: Record<string, string> = {
  'agntix.sttModelId': 'waits for voice',
  'agntix.ttsModelId': 'waits for voice',
  'agntix.ttsVoiceId': 'waits for voice',
  'agntix.welcomeAllowInterruptions': 'waits for voice',
  'agntix.knowledgeStoreId': 'test/contract/knowledge.test.ts',
  'agntix.sentimentAnalysis': 'test/conversations/analysis.test.ts',
  'agntix.intentDetection': 'test/conversations/analysis.test.ts',
  'agntix.customIntents': 'test/webhooks/sessions.test.ts',
  'agntix.resolutionAnalysis': 'test/conversations/analysis.test.ts',
  'agntix.resolutionDefinitions': 'test/webhooks/sessions.test.ts',
  'agntix.dataExtractionEnabled': 'test/conversations/analysis.test.ts',
  'agntix.dataExtractionSchema': 'test/conversations/analysis.test.ts',
  'agntix.includeConversationSummary': 'test/conversations/analysis.test.ts',
};

const rowsOf = (dialect: ReturnType<typeof dialects>[number]): string[] =>
  dialect.tables.flatMap(({ rows, base }) =>
    rows
      .filter(({ access }) => access !== 'read')
      .map(({ field }) => {
        const prefix = dialect.name === 'kejue' ? (PREFIXES[base] ?? '') : '';
        return `${dialect.name}.${prefix}${field}`;
      }),
  );

test('every writable row has a line in the ledger', () => {
  const listed = new Set([...LEDGER.map(({ dialect, field }) => `${dialect}.${field}`), ...Object.keys(ELSEWHERE)]);
  const rows = dialects(configOf()).flatMap(rowsOf);
  assert.ok(rows.length > 60, 'the rows are found');
  assert.deepEqual(
    rows.filter((row) => !listed.has(row)),
    [],
  );
});

test('every field that is shown elsewhere still has its row', () => {
  const rows = new Set(dialects(configOf()).flatMap(rowsOf));
  assert.deepEqual(
    Object.keys(ELSEWHERE).filter((row) => !rows.has(row)),
    [],
  );
});
