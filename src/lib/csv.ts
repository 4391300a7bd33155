/** Reads CSV: RFC 4180, and the variants that spreadsheets write. Rows are parsed one by one, when they are needed. */

export interface CsvRow {
  /** The line on which the row begins; the first line is 1. */
  line: number;
  cells: string[];
  /** The row contains a quote that is never closed, so its last cell is the rest of the text. */
  unclosed: boolean;
}

const SEPARATORS = [',', ';', '\t'];

/** The rows that are not blank. A first line `sep=;` names the separator; otherwise the most frequent one of the first line counts. */
export function* csvRows(text: string): Generator<CsvRow> {
  const csv = text.startsWith('\ufeff') ? text.slice(1) : text;
  const declared = /^sep=([,;\t])(?:\r\n?|\n|$)/i.exec(csv);
  const separator = declared?.[1] ?? separatorOf(csv);
  let at = declared?.[0].length ?? 0;
  let line = declared ? 2 : 1;
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
  /** The index of the character that ends the cell: a separator, the end of a line, or the end of the text. */
  end: number;
  /** Line breaks inside its quotes. */
  lines: number;
  unclosed: boolean;
}

function cellAt(csv: string, start: number, separator: string): Cell {
  const { value, after, unclosed } = quotedAt(csv, start);
  let end = after;
  while (end < csv.length && csv[end] !== separator && csv[end] !== '\n' && csv[end] !== '\r') end += 1;
  const lines = value.match(/\r\n?|\n/g)?.length ?? 0;
  return { value: value + csv.slice(after, end), end, lines, unclosed };
}

/** The quoted text at the start of a cell, empty where there is none. Inside quotes, two quotes stand for one. */
function quotedAt(csv: string, start: number): { value: string; after: number; unclosed: boolean } {
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
  let isQuoted = false;
  for (const character of csv) {
    if (character === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (character === '\n' || character === '\r') break;
    const index = SEPARATORS.indexOf(character);
    if (index >= 0) counts[index]! += 1;
  }
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}
