/** Plain text from text formats: Markdown as it is, HTML without tags, CSV as `column: value` lines. Pure. */
import { csvRows } from '../../lib/csv.ts';
import type { TextType } from '../knowledge.ts';

export function plainText(type: TextType, source: string): string {
  if (type === 'text/html') return tidy(htmlText(source));
  if (type === 'text/csv') return tidy(csvText(source));
  return tidy(source);
}

/** Normalises line ends, removes control characters (PostgreSQL refuses NUL), and shortens gaps. */
export const tidy = (text: string): string =>
  text
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')
    .replace(/[^\S\n]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .toWellFormed();

/** Elements without readable content. */
const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'svg', 'head', 'iframe', 'object']);
const BREAKS = new Set(
  [
    'p',
    'div',
    'section',
    'article',
    'ul',
    'ol',
    'table',
    'blockquote',
    'pre',
    'main',
    'header',
    'footer',
    'nav',
  ].concat(['aside', 'dl', 'figure', 'form', 'fieldset', 'details', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']),
);
const LINES = new Set(['br', 'dt', 'dd', 'summary', 'figcaption', 'hr', 'option', 'caption']);

/** One pass from left to right, so that the time is linear in the length of any page, also a hostile one. */
export function htmlText(html: string): string {
  const out: string[] = [];
  const unclosed = new Set<string>();
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) {
      out.push(spaced(html.slice(at)));
      break;
    }
    if (open > at) out.push(spaced(html.slice(at, open)));
    const { name, closing, end } = tagAt(html, open);
    if (name === '') {
      // A comment, a declaration, or a `<` that starts no tag.
      if (end === open + 1) out.push('<');
      at = end;
      continue;
    }
    at = end;
    if (!closing && SKIPPED.has(name) && !unclosed.has(name)) {
      const past = pastElement(html, name, end);
      // An unclosed element keeps the rest of the page, and its end is not searched for again.
      if (past === undefined) unclosed.add(name);
      at = past ?? end;
    }
    out.push(markOf(name, closing));
  }
  return entities(out.join(''))
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n');
}

const spaced = (text: string): string => text.replace(/\s+/g, ' ');

function markOf(name: string, closing: boolean): string {
  const level = /^h([1-6])$/.exec(name)?.[1];
  if (level && !closing) return `\n\n${'#'.repeat(Number(level))} `;
  if (name === 'li') return closing ? '' : '\n- ';
  if (name === 'td' || name === 'th') return closing ? ' | ' : '';
  if (BREAKS.has(name)) return '\n\n';
  if (name === 'tr') return closing ? '' : '\n';
  return LINES.has(name) ? '\n' : '';
}

interface Tag {
  name: string;
  closing: boolean;
  end: number;
}

function tagAt(html: string, open: number): Tag {
  const none = (end: number): Tag => ({ name: '', closing: false, end });
  if (html.startsWith('<!--', open)) return none(after(html, '-->', open + 4));
  if (html[open + 1] === '!' || html[open + 1] === '?') return none(after(html, '>', open));
  const match = /\/?[A-Za-z][A-Za-z0-9:-]{0,63}/y;
  match.lastIndex = open + 1;
  const found = match.exec(html)?.[0];
  if (!found) return none(open + 1);
  return {
    name: found.replace('/', '').toLowerCase(),
    closing: found.startsWith('/'),
    end: pastTag(html, open + 1 + found.length),
  };
}

/** The position after the tag: it ends at the first `>` outside quotation marks. */
function pastTag(html: string, from: number): number {
  let quote = '';
  for (let i = from; i < html.length; i += 1) {
    const character = html[i]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return i + 1;
  }
  return html.length;
}

function pastElement(html: string, name: string, from: number): number | undefined {
  const closing = new RegExp(`</${name}[\\s>]`, 'gi');
  closing.lastIndex = from;
  const found = closing.exec(html);
  return found ? after(html, '>', found.index) : undefined;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', ndash: '–', mdash: '—', hellip: '…', bull: '•' },
  ...{ lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', laquo: '«', raquo: '»', euro: '€', pound: '£', copy: '©' },
  ...{ auml: 'ä', ouml: 'ö', uuml: 'ü', Auml: 'Ä', Ouml: 'Ö', Uuml: 'Ü', szlig: 'ß', eacute: 'é', egrave: 'è' },
  ...{ agrave: 'à', ccedil: 'ç', ntilde: 'ñ', oacute: 'ó', aacute: 'á', iacute: 'í', deg: '°', times: '×', reg: '®' },
};

export const entities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));/g, (reference, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? NAMED[name]! : reference;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const printable = code > 31 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return printable ? String.fromCodePoint(code) : ' ';
  });

/** A paragraph for each row, a line for each value with its column name, so that a chunk is clear without the header. */
export function csvText(csv: string): string {
  const [header = [], ...rows] = csvRows(csv).map(({ cells }) => cells);
  if (rows.length === 0) return header.join(', ');
  const lines = rows.map((row) =>
    row
      .map((value, i) => [header[i]?.trim() || `column ${i + 1}`, value.trim()] as const)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
  );
  return lines.filter((line) => line !== '').join('\n\n');
}
