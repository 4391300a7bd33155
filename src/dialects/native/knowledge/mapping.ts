/** Corpora, documents and search hits in the native API. */
import { asObject, UploadedFile } from '../../../http/body.ts';
import { type Corpus, type CorpusDocument, type Hit, mediaTypeOf } from '../../../knowledge/knowledge.ts';
import type { Upload } from '../../../knowledge/service.ts';
import { parseBody } from '../shared.ts';
import { DocumentInput, type UploadQuery } from './contract.ts';

/** The body is the file itself, or JSON with the text. */
export function parseUpload(body: unknown, query: unknown): Upload {
  if (body instanceof UploadedFile) {
    const { title } = query as UploadQuery;
    return { title, mediaType: body.mediaType, source: body.bytes };
  }
  const { title, text, mediaType } = parseBody(DocumentInput, asObject(body));
  // Text in JSON is text, even if the title has another extension.
  const byTitle = mediaTypeOf(undefined, title);
  const type = mediaType ?? (byTitle?.startsWith('text/') ? byTitle : 'text/plain');
  return { title, mediaType: type, source: Buffer.from(text.toWellFormed(), 'utf8') };
}

export const formatCorpus = ({ id, name, description, createdAt, updatedAt }: Corpus) => ({
  ...{ id, name, description, createdAt, updatedAt },
});

export function formatDocument(document: CorpusDocument) {
  const { id, corpusId, title, mediaType, bytes, state, error, chunks, createdAt, updatedAt } = document;
  return { id, corpusId, title, mediaType, bytes, state, error, chunks, createdAt, updatedAt };
}

/** 202: the server still reads the document. 200: it replaced the document with that title. 201: it is new. */
export function uploadStatus({ document, replaced }: { document: CorpusDocument; replaced: boolean }): number {
  if (document.state === 'processing') return 202;
  return replaced ? 200 : 201;
}

export const formatHit = ({ documentId, title, position, text, score }: Hit) => ({
  ...{ documentId, title, chunk: position, text, score },
});
