/** The thread that one document is read in. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Chunk, DOCX, type File, PDF, Unreadable } from '../knowledge.ts';
import { divided, textChunks } from './divide.ts';
import { docxText } from './docx.ts';
import { pdfText } from './pdf.ts';
import type { Read } from './reader.ts';

async function chunksOf(file: File): Promise<Chunk[]> {
  if (file.mediaType === PDF) return divided(file.title, await pdfText(file.source));
  if (file.mediaType === DOCX) return divided(file.title, docxText(file.source));
  return textChunks(file);
}

async function outcomeOf(file: File): Promise<Read> {
  try {
    return { chunks: await chunksOf(file) };
  } catch (error) {
    return { unreadable: error instanceof Unreadable ? error.message : 'It is damaged, or not what it says it is.' };
  }
}

parentPort!.postMessage(await outcomeOf(workerData as File));
