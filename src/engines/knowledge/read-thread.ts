/** The thread that one document is read in. */
import { parentPort, workerData } from 'node:worker_threads';
import { DOCX, PDF, Unreadable } from '../../model/knowledge.ts';
import { docxText } from './docx.ts';
import { pdfText } from './pdf.ts';
import type { Order, Read } from './read.ts';

async function readOrder({ mediaType, source }: Order): Promise<Read> {
  try {
    if (mediaType === PDF) return { text: await pdfText(source) };
    if (mediaType === DOCX) return { text: docxText(source) };
    return { unreadable: 'It is of a kind that is not read.' };
  } catch (error) {
    return { unreadable: error instanceof Unreadable ? error.message : 'It is damaged, or not what it says it is.' };
  }
}

parentPort!.postMessage(await readOrder(workerData as Order));
