/** Revisions and comparisons in the native API. */
import { editedPaths } from '../../../agents/change/origins.ts';
import type { HistoryService, Revision } from '../../../agents/history-service.ts';
import { Fault } from '../../../faults.ts';
import { decodeCursor, invalidCursor } from '../paging.ts';
import { jsonPointer } from '../shared.ts';

/** The databases store the number of a revision in 32 bits. */
const FIRST_IMPOSSIBLE_NUMBER = 2 ** 31;

/** @throws Fault `revision_missing` where the path has no number that a revision can have */
export function parseNumber({ number: text }: { number: string }): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : FIRST_IMPOSSIBLE_NUMBER;
  if (number >= FIRST_IMPOSSIBLE_NUMBER) throw new Fault('revision_missing', { id: text });
  return number;
}

export function parseCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const below = Number(decodeCursor(cursor));
  if (!Number.isInteger(below) || below <= 0 || below >= FIRST_IMPOSSIBLE_NUMBER) throw invalidCursor();
  return below;
}

export const formatRevision = <R extends Revision>({ number, at, by, via, edits, ...rest }: R) => ({
  ...{ number, at, by, via },
  changed: editedPaths(edits),
  edits,
  ...rest,
});

export const formatDiff = ({ from, to, differences, patch }: Awaited<ReturnType<HistoryService['diff']>>) => ({
  from,
  to,
  changes: differences.map(({ segments, before = null, after = null }) => ({
    path: segments.join('.'),
    pointer: jsonPointer(segments),
    before,
    after,
  })),
  patch,
});
