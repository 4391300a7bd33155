/** Contacts that a client adds to a campaign, as JSON or as a CSV table. */
import type { ImportDraft, ImportResult } from '../../../calling/campaign-service.ts';
import { Fault, invalidAt } from '../../../faults.ts';
import type { UploadedFile } from '../../../http/body.ts';
import { parseBody } from '../shared.ts';
import { type ImportInput, UncheckedImportInput } from './contract.ts';

export const parseImportBody = (body: unknown): ImportDraft =>
  parseImport(parseBody(UncheckedImportInput, body) as ImportInput);

export const parseImport = ({ contactIds, contacts }: ImportInput): ImportDraft => ({
  ...(contactIds && { contactIds: contactIds.map((id) => id.toLowerCase()) }),
  ...(contacts && { people: contacts }),
});

/** @throws Fault `unsupported_media` for another type, `invalid_value` for bytes outside the charset */
export function parseTable({ mediaType, bytes }: UploadedFile): string {
  if (!/^text\/csv\b/i.test(mediaType))
    throw new Fault('unsupported_media', { message: 'Send contacts as application/json or as text/csv.' });
  const charset = /;\s*charset="?([^\s";]+)/i.exec(mediaType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    throw invalidAt('', 'must be text in UTF-8, or in the charset that the content type names', 'charset');
  }
}

/** The service numbers the problems of `contactIds` before those of `contacts`. */
export function formatImport({ added, skipped, problems }: ImportResult, { contactIds = [] }: ImportDraft) {
  const pointerTo = (index: number) =>
    index < contactIds.length ? `/contactIds/${index}` : `/contacts/${index - contactIds.length}`;
  return { added, skipped, problems: problems.map(({ index, message }) => ({ pointer: pointerTo(index), message })) };
}

interface TableProblem {
  line: number;
  message: string;
}

/** `lines` are the lines of the contacts that were read; `unread` are the problems of the others. */
export function formatTableImport(
  { added, skipped, problems }: ImportResult,
  lines: readonly number[],
  unread: readonly TableProblem[],
) {
  const refused = problems.map(({ index, message }) => ({ line: lines[index] ?? 0, message }));
  return { added, skipped, problems: [...unread, ...refused].sort((a, b) => a.line - b.line) };
}
