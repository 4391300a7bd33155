/** Knowledge: a corpus holds documents, and a document is split into chunks, which agents search. */
import type { Issue } from '../faults.ts';
import * as s from '../lib/schema.ts';
import * as text from '../lib/text.ts';

export interface Corpus {
  workspaceId: string;
  id: string;
  name: string;
  description: string | null;
  createdAt: string;
  updatedAt: string;
}

export const CorpusInput = s.object(
  { name: text.nonBlank(255), description: s.optional(s.nullable(s.string({ maxLength: 10_000 }))) },
  { additionalProperties: false },
);
export type CorpusInput = s.Static<typeof CorpusInput>;
export const CorpusPatch = s.partial(CorpusInput, { additionalProperties: false });
export type CorpusPatch = s.Static<typeof CorpusPatch>;

export const DOCUMENT_STATES = ['processing', 'ready', 'failed'] as const;

export interface CorpusDocument {
  workspaceId: string;
  id: string;
  corpusId: string;
  /** Unique in the corpus: another upload with this title replaces the document. */
  title: string;
  mediaType: string;
  /** The size of the uploaded file. */
  bytes: number;
  state: (typeof DOCUMENT_STATES)[number];
  /** Why the file could not be read: a sentence for the client. */
  error: string | null;
  /** The number of chunks that searches find. The old ones stay while a new upload is read, or if that fails. */
  chunks: number;
  /** Counts the uploads under this title. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A document whose file is still to be read. */
export interface PendingDocument extends CorpusDocument {
  source: Uint8Array;
  attempts: number;
}

export interface Chunk {
  text: string;
  /** The normalised words that find it, separated by spaces. */
  words: string;
}

/** A chunk with its document and its position in it, counted from 0. */
export interface FoundChunk extends Chunk {
  documentId: string;
  title: string;
  position: number;
}

export interface Hit {
  documentId: string;
  title: string;
  position: number;
  text: string;
  score: number;
}

export const TEXT_TYPES = ['text/plain', 'text/markdown', 'text/html', 'text/csv'] as const;
export type TextType = (typeof TEXT_TYPES)[number];
export const PDF = 'application/pdf';
export const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
export const MEDIA_TYPES = [...TEXT_TYPES, PDF, DOCX] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

export const MAX_BYTES = 20 * 1024 * 1024;
/** The longest text of one document. */
export const MAX_CHARACTERS = 8_000_000;
export const MAX_TITLE_CHARACTERS = 500;

/** Other names of the same types. */
const ALIASES: Readonly<Record<string, MediaType>> = {
  'text/x-markdown': 'text/markdown',
  'application/xhtml+xml': 'text/html',
  'application/csv': 'text/csv',
  'application/x-pdf': PDF,
};
const BY_EXTENSION: Readonly<Record<string, MediaType>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  markdown: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  csv: 'text/csv',
  pdf: PDF,
  docx: DOCX,
};

/** The media type of a document: by the content type sent, else by the extension of its title. */
export function mediaTypeOf(named: string | undefined, title: string): MediaType | undefined {
  const type = named?.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = MEDIA_TYPES.find((one) => one === type) ?? ALIASES[type];
  const byExtension = BY_EXTENSION[/\.(\w+)$/.exec(title)?.[1]?.toLowerCase() ?? ''];
  // Many clients send these for any file, so the extension tells more.
  if (type === '' || type === 'application/octet-stream' || type === 'text/plain') return byExtension ?? known;
  return known;
}

export const isText = (type: string): type is TextType => TEXT_TYPES.some((one) => one === type);

export function titleIssue(title: string | undefined): Issue | undefined {
  if (title === undefined || title.trim() === '') return { path: 'title', message: 'is required', rule: 'required' };
  if (title.length <= MAX_TITLE_CHARACTERS) return undefined;
  return { path: 'title', message: `must be at most ${MAX_TITLE_CHARACTERS} characters`, rule: 'maxLength' };
}

/** A document that cannot be read. The message is a sentence for the client that uploaded it. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

export interface DocumentFile {
  title: string;
  mediaType: MediaType;
  source: Uint8Array;
}

/** Reads documents, splits them into chunks, and searches them. */
export interface Library {
  /** The chunks of a document; throws Unreadable. Large files, PDF and Word are read in a worker thread. */
  read(file: DocumentFile): Promise<Chunk[]>;
  /** The chunks that fit the question best, best first. */
  search(workspaceId: string, corpusIds: readonly string[], question: string, limit: number): Promise<Hit[]>;
  /** Absent where no embedding model is configured. */
  embedder?: Embedder;
}

export interface Embedder {
  model: string;
  /** One vector for each text, in the same order. */
  embed(texts: readonly string[]): Promise<number[][]>;
}

/** A vector as both engines store it: 32-bit floats in base64. */
export const packVector = (vector: readonly number[]): string =>
  Buffer.from(new Float32Array(vector).buffer).toString('base64');
export function unpackVector(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
