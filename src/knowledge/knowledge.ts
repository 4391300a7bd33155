/** Corpora: what agents look things up in. A corpus holds documents, a document is kept as chunks. */
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
  { name: text.words(255), description: s.optional(s.nullable(s.string({ maxLength: 10_000 }))) },
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
  /** One document of a corpus has it: what is uploaded under it again takes the place of what was there. */
  title: string;
  mediaType: string;
  /** The size of what was uploaded. */
  bytes: number;
  state: (typeof DOCUMENT_STATES)[number];
  /** Why it could not be read, for people. */
  error: string | null;
  /** How many chunks are searched. While a new text is being read, and where it cannot be, they are the old one's. */
  chunks: number;
  /** Counts the uploads. */
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A document whose source is still to be read. */
export interface Unread extends CorpusDocument {
  source: Uint8Array;
  attempts: number;
}

export interface Chunk {
  text: string;
  /** The words it is found by, with a space between them. */
  words: string;
}

/** A chunk with where it comes from. */
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
/** Of the text that a document comes to. */
export const MAX_CHARACTERS = 8_000_000;
export const MAX_TITLE_CHARACTERS = 500;

/** Names that are in use for the same things. */
const OTHER_NAMES: Readonly<Record<string, MediaType>> = {
  'text/x-markdown': 'text/markdown',
  'application/xhtml+xml': 'text/html',
  'application/csv': 'text/csv',
  'application/x-pdf': PDF,
};
const BY_ENDING: Readonly<Record<string, MediaType>> = {
  txt: 'text/plain',
  md: 'text/markdown',
  markdown: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  csv: 'text/csv',
  pdf: PDF,
  docx: DOCX,
};

/** What a document is: by the type that was named, else by the ending of its title. */
export function mediaTypeOf(named: string | undefined, title: string): MediaType | undefined {
  const type = named?.split(';')[0]?.trim().toLowerCase() ?? '';
  const known = MEDIA_TYPES.find((one) => one === type) ?? OTHER_NAMES[type];
  const byEnding = BY_ENDING[/\.(\w+)$/.exec(title)?.[1]?.toLowerCase() ?? ''];
  // What many clients send for any file, and for any text.
  if (type === '' || type === 'application/octet-stream' || type === 'text/plain') return byEnding ?? known;
  return known;
}

export const isText = (type: string): type is TextType => TEXT_TYPES.some((one) => one === type);

export function titleIssue(title: string | undefined): Issue | undefined {
  if (title === undefined || title.trim() === '') return { path: 'title', message: 'is required', rule: 'required' };
  if (title.length <= MAX_TITLE_CHARACTERS) return undefined;
  return { path: 'title', message: `must be at most ${MAX_TITLE_CHARACTERS} characters`, rule: 'maxLength' };
}

/** A document that cannot be read, whatever is tried: with a sentence for whoever uploaded it. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

export interface File {
  title: string;
  mediaType: MediaType;
  source: Uint8Array;
}

/** Reads documents, cuts them into chunks, finds them again. Acts through what it was made of. */
export interface Library {
  /** The chunks of a document; throws Unreadable. What takes long or may do harm has a thread of its own. */
  read(file: File): Promise<Chunk[]>;
  /** The best first. */
  search(workspaceId: string, corpusIds: readonly string[], question: string, limit: number): Promise<Hit[]>;
  /** Absent where no embedding model is configured. */
  embedder?: Embedder;
}

export interface Embedder {
  model: string;
  /** A direction for each text, in the same order. */
  embed(texts: readonly string[]): Promise<number[][]>;
}

/** Directions are kept as text on every engine: 32-bit numbers in base64. */
export const packed = (vector: readonly number[]): string =>
  Buffer.from(new Float32Array(vector).buffer).toString('base64');
export function unpacked(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
