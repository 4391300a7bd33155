/** Documents of every type are read, and hostile ones fail with a sentence. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DOCX, MAX_CHARACTERS, type MediaType, PDF } from '../../src/knowledge/knowledge.ts';
import { createReader } from '../../src/knowledge/reading/reader.ts';
import { docxOf, paragraph, pdfOf, zipOf } from './files.ts';

const bytesOf = (source: string | Uint8Array) => (typeof source === 'string' ? Buffer.from(source) : source);
const read = createReader();
const textOf = async (mediaType: MediaType, source: string | Uint8Array) =>
  (await read({ title: 'File', mediaType, source: bytesOf(source) })).map(({ text }) => text).join('');
const fails = (mediaType: MediaType, source: string | Uint8Array, message: RegExp, reader = read) =>
  assert.rejects(reader({ title: 'File', mediaType, source: bytesOf(source) }), { name: 'Unreadable', message });
describe('text', () => {
  test('is kept, with normalised line ends', async () => {
    assert.equal(
      await textOf('text/markdown', '\ufeff# Title\r\n\r\n\r\n\r\nText  \r\nmore\u0000\n'),
      '# Title\n\nText\nmore',
    );
  });
  test('may be in UTF-16 or Windows-1252', async () => {
    assert.equal(await textOf('text/plain', Buffer.from([0x63, 0x61, 0x66, 0xe9])), 'café');
    const wide = Buffer.from('\ufeffcafé', 'utf16le');
    assert.equal(await textOf('text/plain', wide), 'café');
  });
  test('that is empty is refused', () => fails('text/plain', ' \n\u0000 ', /no text/));
  test('above the limit is refused', () =>
    fails('text/plain', 'a '.repeat(MAX_CHARACTERS / 2 + 1), /more than 8 million/));
});

describe('HTML', () => {
  test('loses its tags and keeps its headings, lists and tables', async () => {
    const html = `<!DOCTYPE html><html><head><title>No</title><style>p{}</style></head><body>
      <script>if (a < b) alert("</p>")</script><!-- <p>hidden</p> -->
      <h1 class="a>b">Caf&eacute; &amp; Bar</h1><p>Open <b>from</b>
      nine&nbsp;to&#32;five&#x2e;</p><ul><li>Tea<li>Coffee</ul>
      <table><tr><th>Drink</th><th>Price</th></tr><tr><td>Tea</td><td>2 &euro;</td></tr></table>
      <p>1 < 2 &unknown; &#0; &#xd800;</p></body></html>`;
    const text = await textOf('text/html', html);
    assert.equal(
      text,
      '# Café & Bar\n\nOpen from nine to five.\n\n- Tea\n- Coffee\n\nDrink | Price |\nTea | 2 € |\n\n1 < 2 &unknown;',
    );
  });
  for (const [what, html] of [
    ['tags that never end', '<a '.repeat(300_000)],
    ['signs that start no tag', '<'.repeat(1_000_000)],
    ['scripts that never end', '<script>x'.repeat(20_000)],
    ['quotations that never end', '<a b="'.repeat(150_000)],
    ['comments that never end', '<!--'.repeat(250_000)],
    ['endless nesting', '<div>'.repeat(200_000)],
  ] as const)
    test(`is read in time, also with ${what}`, async () => {
      // A reader that takes quadratic time does not end within the time limit of the runner.
      assert.match(await textOf('text/html', `Hello ${html}`), /^Hello/);
    });
});

describe('CSV', () => {
  test('becomes one paragraph a row, each value with its column', async () => {
    const csv = 'Name,Price,Note\r\nTea,2,"hot, ""very"""\r\nCake,4,\r\n,,\r\n"Two\nlines",1,x,extra\n';
    assert.equal(
      await textOf('text/csv', csv),
      'Name: Tea\nPrice: 2\nNote: hot, "very"\n\nName: Cake\nPrice: 4\n\nName: Two\nlines\nPrice: 1\nNote: x\ncolumn 4: extra',
    );
  });
  test('may have other separators, or only a header', async () => {
    assert.equal(await textOf('text/csv', 'a;b\n1;2,5'), 'a: 1\nb: 2,5');
    assert.equal(await textOf('text/csv', 'a\tb\n1\t2'), 'a: 1\nb: 2');
    assert.equal(await textOf('text/csv', 'only,this'), 'only, this');
  });
});

describe('PDF', () => {
  test('is read page by page', async () => {
    assert.equal(await textOf(PDF, pdfOf('The first page', 'The second page')), 'The first page\n\nThe second page');
  });
  test('without text is refused, because images are not read', () => fails(PDF, pdfOf(''), /no text/));
  test('of another type is refused', () => fails(PDF, 'Hello', /damaged or is not a PDF/));
  test('that is cut off is refused', () => fails(PDF, pdfOf('Hello').subarray(0, 200), /damaged|no text/));
  test('that takes too long is refused', () => fails(PDF, pdfOf('Hello'), /too long/, createReader(1)));
  test('that refers to itself is refused', async () => {
    const round = pdfOf('Hello').toString('latin1').replace('/Kids [4 0 R]', '/Kids [2 0 R]');
    await fails(PDF, Buffer.from(round, 'latin1'), /./);
  });
});

describe('Word', () => {
  test('keeps paragraphs, headings, lists and tables', async () => {
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`;
    const item = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr><w:r><w:t>Tea</w:t></w:r></w:p>';
    const body = [
      paragraph('Menu', 'Heading1'),
      paragraph('Open &amp; warm'),
      '<w:p><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:br/></w:r><w:del><w:delText>gone</w:delText></w:del></w:p>',
      item,
      `<w:tbl><w:tr>${cell('Tea')}${cell('2 €')}</w:tr></w:tbl>`,
    ].join('');
    assert.equal(await textOf(DOCX, docxOf(body)), '# Menu\n\nOpen & warm\n\nOne two\n\n- Tea\n\nTea | 2 €');
  });
  test('that unpacks to too much is refused, whatever size it declares', async () => {
    const bomb = Buffer.alloc(80 * 1024 * 1024, 'x');
    await fails(DOCX, zipOf({ 'word/document.xml': bomb }), /unpacks to more than 64 MB/);
    await fails(DOCX, zipOf({ 'word/document.xml': bomb }, { unpacked: 10 }), /unpacks to more than 64 MB/);
  });
  test('of another type, or damaged, is refused', async () => {
    await fails(DOCX, 'Hello', /damaged/);
    await fails(DOCX, zipOf({ 'other.xml': '<a/>' }), /not a Word document/);
    const file = docxOf(paragraph('Hello'));
    await fails(DOCX, file.subarray(0, file.length - 30), /damaged/);
    const damaged = Buffer.from(file);
    damaged.writeUInt32LE(0xfffffff0, damaged.length - 6);
    await fails(DOCX, damaged, /damaged/);
  });
  test('with unclosed elements is read in time', async () => {
    // A reader that takes quadratic time does not end within the time limit of the runner.
    await textOf(DOCX, docxOf(paragraph('Hello') + '<w:p '.repeat(50_000))).catch(() => {});
  });
});
