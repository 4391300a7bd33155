/** Tables as text: RFC 4180, and what spreadsheets make of it. Pure; rows are read one by one as they are asked for. */

export interface CsvRow {
  /** Where it begins, counted from 1 as an editor does. */
  line: number;
  cells: string[];
  /** A quotation was opened in it and never closed, so that it holds all the rest of the text. */
  unclosed?: true;
}

const SEPARATORS = [',', ';', '\t'] as const;

/** Rows that are not blank. The separator is whichever of the usual ones the first line has most of, or says. */
export function* csvRows(text: string): Generator<CsvRow> {
  const csv = text.startsWith('\ufeff') ? text.slice(1) : text;
  const said = /^sep=([,;\t])(?:\r\n?|\n|$)/i.exec(csv);
  const separator = said?.[1] ?? separatorOf(csv);
  let at = said?.[0].length ?? 0;
  let line = said ? 2 : 1;
  while (at < csv.length) {
    const row: CsvRow = { line, cells: [] };
    let ended = false;
    while (!ended) {
      const cell = cellAt(csv, at, separator);
      row.cells.push(cell.value);
      if (cell.unclosed) row.unclosed = true;
      line += cell.lines;
      at = cell.end + 1;
      ended = csv[cell.end] !== separator;
      if (csv[cell.end] === '\r' && csv[at] === '\n') at += 1;
    }
    line += 1;
    if (row.cells.some((value) => value.trim() !== '')) yield row;
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
  let value = '';
  let at = start;
  let lines = 0;
  if (csv[at] === '"') {
    const parts: string[] = [];
    for (;;) {
      const close = csv.indexOf('"', at + 1);
      parts.push(csv.slice(at + 1, close < 0 ? undefined : close));
      at = close < 0 ? csv.length : close + 1;
      if (close < 0 || csv[at] !== '"') break;
    }
    value = parts.join('"');
    lines = value.match(/\r\n?|\n/g)?.length ?? 0;
    if (csv[at - 1] !== '"' || at === start + 1) return { value, end: csv.length, lines, unclosed: true };
  }
  const rest = at;
  while (at < csv.length && csv[at] !== separator && csv[at] !== '\n' && csv[at] !== '\r') at += 1;
  return { value: value + csv.slice(rest, at), end: at, lines, unclosed: false };
}

function separatorOf(csv: string): string {
  const header = /^(?:"(?:[^"]|"")*"|[^"\r\n]|")*/.exec(csv)?.[0] ?? '';
  const counted = header.replace(/"(?:[^"]|"")*"/g, '');
  const count = (separator: string) => counted.split(separator).length;
  return SEPARATORS.reduce<string>((best, one) => (count(one) > count(best) ? one : best), SEPARATORS[0]);
}
