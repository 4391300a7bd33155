/** The text of a Word document: paragraphs, headings, lists and tables. Runs in the reading thread. */
import { Unreadable } from '../knowledge.ts';
import { entities } from './text.ts';
import { zipEntry } from './zip.ts';

const MAX_XML_BYTES = 64 * 1024 * 1024;

export function docxText(source: Uint8Array): string {
  const xml = zipEntry(Buffer.from(source), 'word/document.xml', MAX_XML_BYTES);
  if (!xml) throw new Unreadable('The file is damaged or is not a Word document; export it again as .docx.');
  return textOf(xml.toString('utf8'));
}

/** The elements that hold text or end a line; all others are skipped. */
const MARKS = /<(\/?)w:(p|t|tab|br|cr|tc|tr|pStyle|numPr|delText|instrText)((?:\s[^<>]*?)?)(\/?)>|([^<]+)|<[^>]*>/g;

/** Headings become `#`, list items `-`, and table rows one line with ` | ` between the cells. */
export function textOf(xml: string): string {
  let out = '';
  let paragraph = '';
  let prefix = '';
  let inText = false;
  const cells: string[] = [];
  let depth = 0;
  for (const [, slash, name, attributes = '', , text] of xml.matchAll(MARKS)) {
    const closing = slash === '/';
    if (text !== undefined && inText) paragraph += entities(text);
    if (name === 't') inText = !closing;
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

/** The Markdown prefix of a heading style, also under the style names of localised versions of Word. */
function headingOf(attributes: string): string {
  if (/w:val="Title"/i.test(attributes)) return '# ';
  const level = /w:val="(?:heading|berschrift|titre|titolo|ttulo|kop)\s*([1-6])"/i.exec(attributes)?.[1];
  return level ? `${'#'.repeat(Number(level))} ` : '';
}
