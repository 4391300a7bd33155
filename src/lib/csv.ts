/** Tables as text: RFC 4180, and what spreadsheets make of it. Pure; rows are read one by one as they are asked for. */

export interface CsvRow {
  /** Where it begins, counted from 1 as an editor does. */
  line: number;
  cells: string[];
  /** A quotation is opened in it and never closed, so that it holds all the rest of the text. */
  unclosed: boolean;
}

const SEPARATORS = [',', ';', '\t'];

/** Rows that are not blank. The separator is the one that the first line names, else the one it has most of. */
export function* csvRows(text: string): Generator<CsvRow> {
  const csv = text.startsWith('\ufeff') ? text.slice(1) : text;
  const named = /^sep=([,;\t])(?:\r\n?|\n|$)/i.exec(csv);
  const separator = named?.[1] ?? separatorOf(csv);
  let at = named?.[0].length ?? 0;
  let line = named ? 2 : 1;
  while (at < csv.length) {
    const { next, lines, ...row } = rowAt(csv, at, separator);
    if (row.cells.some((value) => value.trim() !== '')) yield { line, ...row };
    at = next;
    line += lines;
  }
}

interface Row extends Omit<CsvRow, 'line'> {
  next: number;
  lines: number;
}

function rowAt(csv: string, start: number, separator: string): Row {
  const row: Row = { cells: [], unclosed: false, next: start, lines: 1 };
  for (;;) {
    const cell = cellAt(csv, row.next, separator);
    row.cells.push(cell.value);
    row.lines += cell.lines;
    row.unclosed ||= cell.unclosed;
    row.next = cell.end + (csv.startsWith('\r\n', cell.end) ? 2 : 1);
    if (csv[cell.end] !== separator) return row;
  }
}

interface Cell {
  value: string;
  /** Where the sign stands that ends it: a separator, the end of a line, or nothing more. */
  end: number;
  /** Ends of lines within its quotation. */
  lines: number;
  unclosed: boolean;
}

function cellAt(csv: string, start: number, separator: string): Cell {
  const { value, after, unclosed } = quotationAt(csv, start);
  let end = after;
  while (end < csv.length && csv[end] !== separator && csv[end] !== '\n' && csv[end] !== '\r') end += 1;
  const lines = value.match(/\r\n?|\n/g)?.length ?? 0;
  return { value: value + csv.slice(after, end), end, lines, unclosed };
}

/** What a cell begins with, if it begins with a quotation: within it two quotation marks are one. */
function quotationAt(csv: string, start: number): { value: string; after: number; unclosed: boolean } {
  if (csv[start] !== '"') return { value: '', after: start, unclosed: false };
  const parts: string[] = [];
  let from = start + 1;
  for (;;) {
    const close = csv.indexOf('"', from);
    if (close < 0) return { value: [...parts, csv.slice(from)].join('"'), after: csv.length, unclosed: true };
    parts.push(csv.slice(from, close));
    if (csv[close + 1] !== '"') return { value: parts.join('"'), after: close + 1, unclosed: false };
    from = close + 2;
  }
}

function separatorOf(csv: string): string {
  const counts = SEPARATORS.map(() => 0);
  let quoted = false;
  for (const sign of csv) {
    if (sign === '"') quoted = !quoted;
    if (quoted) continue;
    if (sign === '\n' || sign === '\r') break;
    const which = SEPARATORS.indexOf(sign);
    if (which >= 0) counts[which]! += 1;
  }
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}
