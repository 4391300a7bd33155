/** The worker thread that reads one document. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Chunk, DOCX, type DocumentFile, PDF, Unreadable } from '../knowledge.ts';
import { chunksOfFile, chunksOfText } from './document-chunks.ts';
import { docxText } from './docx.ts';
import { pdfText } from './pdf.ts';
import type { ReadResult } from './reader.ts';

async function chunksOf(file: DocumentFile): Promise<Chunk[]> {
  if (file.mediaType === PDF) return chunksOfText(file.title, await pdfText(file.source));
  if (file.mediaType === DOCX) return chunksOfText(file.title, docxText(file.source));
  return chunksOfFile(file);
}

async function outcomeOf(file: DocumentFile): Promise<ReadResult> {
  try {
    return { chunks: await chunksOf(file) };
  } catch (error) {
    return {
      unreadable:
        error instanceof Unreadable
          ? error.message
          : 'The file is damaged or is not of the media type sent; export it again.',
    };
  }
}

parentPort!.postMessage(await outcomeOf(workerData as DocumentFile));
