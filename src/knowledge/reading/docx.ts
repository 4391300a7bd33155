/** The text of a Word document: its paragraphs, headings, lists and tables. For the reading thread. */
import { Unreadable } from '../knowledge.ts';
import { entities } from './text.ts';
import { zipEntry } from './zip.ts';

const MAX_XML_BYTES = 64 * 1024 * 1024;

export function docxText(source: Uint8Array): string {
  const xml = zipEntry(Buffer.from(source), 'word/document.xml', MAX_XML_BYTES);
  if (!xml) throw new Unreadable('It is damaged, or no Word document.');
  return textOf(xml.toString('utf8'));
}

/** Of all the elements only those that make text or end a line are looked at. */
const MARKS = /<(\/?)w:(p|t|tab|br|cr|tc|tr|pStyle|numPr|delText|instrText)((?:\s[^<>]*?)?)(\/?)>|([^<]+)|<[^>]*>/g;

export function textOf(xml: string): string {
  let out = '';
  let paragraph = '';
  let prefix = '';
  let heard = false;
  const cells: string[] = [];
  let depth = 0;
  for (const [, slash, name, attributes = '', , text] of xml.matchAll(MARKS)) {
    const closing = slash === '/';
    if (text !== undefined && heard) paragraph += entities(text);
    if (name === 't') heard = !closing;
    if (name === 'tab') paragraph += ' ';
    if (name === 'br' || name === 'cr') paragraph += '\n';
    if (name === 'pStyle') prefix = headingOf(attributes) || prefix;
    if (name === 'numPr' && !closing && prefix === '') prefix = '- ';
    if (name === 'tr') {
      depth += closing ? -1 : 1;
      if (closing && depth === 0) out += `${cells.splice(0).join(' | ')}\n\n`;
    }
    if (name === 'p' && closing) {
      const line = paragraph.trim();
      if (line !== '' && depth > 0) cells.push(line);
      if (line !== '' && depth === 0) out += `${prefix}${line}\n\n`;
      paragraph = '';
      prefix = '';
    }
  }
  return out + paragraph.trim();
}

function headingOf(attributes: string): string {
  if (/w:val="Title"/i.test(attributes)) return '# ';
  const level = /w:val="(?:heading|berschrift|titre|titolo|ttulo|kop)\s*([1-6])"/i.exec(attributes)?.[1];
  return level ? `${'#'.repeat(Number(level))} ` : '';
}
