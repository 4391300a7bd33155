/** Writes docs/field-effects.md from the ledger. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledgerPage } from './ledger.ts';

writeFileSync(join(import.meta.dirname, '../../docs/field-effects.md'), ledgerPage());
