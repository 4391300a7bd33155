/** The text of a PDF, page by page. Runs in the reading thread. */
import { MAX_CHARACTERS, Unreadable } from '../knowledge.ts';

const MAX_PAGES = 5000;

export async function pdfText(source: Uint8Array): Promise<string> {
  const { getDocumentProxy } = await import('unpdf');
  const document = await getDocumentProxy(new Uint8Array(source), { verbosity: 0, isEvalSupported: false }).catch(
    (error: Error) => {
      const locked = error.name === 'PasswordException';
      throw new Unreadable(
        locked
          ? 'The file is protected by a password; upload it without one.'
          : 'The file is damaged or is not a PDF; export it again.',
      );
    },
  );
  if (document.numPages > MAX_PAGES)
    throw new Unreadable(`The file has more than ${MAX_PAGES} pages; upload it in parts.`);
  const pages: string[] = [];
  let length = 0;
  for (let number = 1; number <= document.numPages && length <= MAX_CHARACTERS; number += 1) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
    page.cleanup();
    pages.push(text);
    length += text.length;
  }
  const text = pages.join('\n\n');
  if (text.trim() === '') throw new Unreadable('The file has no text; text inside images is not read.');
  return text;
}
