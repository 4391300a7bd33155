/** The port of the database engines, and the table of the facts in which they differ. */
import type { Dialect } from 'kysely';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type ResultRow = Record<string, unknown>;

export interface WriteJob {
  /** Run in this order in one transaction. */
  statements: readonly Statement[];
  /** This many of the first statements must each change a row. If one does not, nothing is written: the answer is null. */
  guards?: number;
  /** Runs every statement, rolls back, and answers as if it had committed. */
  rollBack?: boolean;
}

/** The guarded write of a head, its revision and its audit entry: the write that has to be fast. */
export interface Revise {
  workspaceId: string;
  id: string;
  /** The revision that was read. The write happens only if it is still the head. */
  from: number;
  /** Whether any column besides `document` and `updated_at` differs from the head's. */
  columnsChanged: boolean;
  columns: {
    name: string;
    folded_name: string;
    status: string;
    visibility: string;
    language: string | null;
    voice_platform: string | null;
    interview_type: string | null;
    interview_focus: string | null;
    document: string;
    updated_at: string;
    deleted_at: string | null;
  };
  revision: { at: string; by: string; via: string; edits: string };
  /** The rest of the audit entry; its author and time are those of the revision. */
  auditLog: { id: string; action: string; detail: string };
  rollBack?: boolean;
}

export interface Engine {
  readonly name: EngineName;
  /** Builds SQL for this engine; never connects. */
  readonly kysely: Dialect;
  read(statement: Statement): Promise<ResultRow[]>;
  /** The rows that each statement returned, or null when a guard failed. The write is durable when this resolves. */
  write(job: WriteJob): Promise<ResultRow[][] | null>;
  /** Answers whether the head was still the revision that was read. The write is durable when this resolves. */
  revise(change: Revise): Promise<boolean>;
  /** Messages between the nodes on the database; null for an engine that serves one node only. */
  readonly notices: Notices | null;
  /** Frees what only writes need. The next write takes it again, which costs about 50 ms. */
  releaseWriter(): void;
  /** Waits for the accepted work, then closes the database. */
  close(): Promise<void>;
}

/** Messages between the nodes on one database. A node that is not listening misses them. */
export interface Notices {
  /** Sends a message of less than 8,000 bytes to every other node that listens to the channel. */
  notify(channel: Channel, message: string): Promise<void>;
  /**
   * Calls `onMessage` with each message of other nodes. Resolves once the node listens, or once it has failed to connect and
   * keeps trying. Messages that are sent while the connection is lost are missed.
   */
  listen(channel: Channel, onMessage: (message: string) => void): Promise<void>;
}
export type Channel = 'conversations' | 'calls';

export type EngineName = 'sqlite' | 'postgres';

/** The facts in which the engines differ, most of them pieces of SQL. Everything else is the same on both. */
export interface EngineFacts {
  /** The type of a column that counts upwards and never repeats a number. */
  counter: string;
  /** How a table with a counter declares its key; in SQLite the counter is the primary key. */
  key: string;
  /** The type of text that sorts by code points, whatever the language of the database. */
  sorted: string;
  /** The end of a query that claims rows and skips those that another transaction is claiming. SQLite has one writer. */
  skipLocked: string;
  /** The end of a query whose rows must still exist when the transaction ends. SQLite has one writer. */
  forShare: string;
  /** The whole seconds that a conversation lasted: as a client set it, else by its times; null while it is open. */
  durationSeconds: string;
  /** A field of a contact. */
  contactField: (name: string) => string;
  /** A query of the tags of a contact as the column `value`. */
  contactTags: string;
  /** The text of a message. */
  messageText: string;
  /** The tags that the analysis of a conversation found, as rows. */
  tagsFound: string;
  /** The statements that create the full-text index of chunks. */
  wordIndex: readonly string[];
}

export const ENGINE_FACTS: Readonly<Record<EngineName, EngineFacts>> = {
  sqlite: {
    counter: 'integer primary key autoincrement',
    key: 'unique',
    sorted: 'text',
    skipLocked: '',
    forShare: '',
    durationSeconds:
      "coalesce(json_extract(extras, '$.durationSeconds'), round((julianday(ended_at) - julianday(started_at)) * 86400))",
    contactField: (name: string) => `json_extract(contacts.fields, '$.${name}')`,
    contactTags: "select value from json_each(contacts.fields, '$.tags')",
    messageText: "json_extract(messages.data, '$.text')",
    tagsFound: "json_each(conversations.analysis, '$.tags.value') as found",
    // A table of its own that triggers keep up to date.
    wordIndex: [
      `create virtual table chunk_words using fts5(
        corpus, words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0 categories 'L* N* M*'")`,
      `create trigger chunks_added after insert on chunks begin
        insert into chunk_words (rowid, corpus, words)
          values (new.number, lower(replace(new.corpus_id, '-', '')), new.words); end`,
      `create trigger chunks_gone after delete on chunks begin
        delete from chunk_words where rowid = old.number; end`,
    ],
  },
  postgres: {
    counter: 'bigint generated by default as identity',
    key: 'primary key',
    sorted: 'text collate "C"',
    skipLocked: 'for update skip locked',
    forShare: 'for share',
    durationSeconds:
      "coalesce((extras::jsonb ->> 'durationSeconds')::numeric, round(extract(epoch from ended_at::timestamptz - started_at::timestamptz)))",
    contactField: (name: string) => `contacts.fields::jsonb ->> '${name}'`,
    contactTags: "select value from jsonb_array_elements_text(contacts.fields::jsonb -> 'tags') as tags (value)",
    messageText: "messages.data::jsonb ->> 'text'",
    tagsFound: `jsonb_array_elements_text(case jsonb_typeof(conversations.analysis::jsonb #> '{tags,value}')
      when 'array' then conversations.analysis::jsonb #> '{tags,value}' else '[]'::jsonb end) as found(value)`,
    // The terms come from our own tokenizer, not from the database's. The corpus is one more term, so that a search
    // does not read the entries of other corpora.
    wordIndex: [
      `alter table chunks add column terms tsvector generated always as
        (array_to_tsvector(string_to_array(words || ' corpus:' || corpus_id, ' '))) stored`,
      // The list of pending entries is small (128 kB), because every search reads it.
      'create index chunks_terms on chunks using gin (terms) with (gin_pending_list_limit = 128)',
    ],
  },
};

/** A unique constraint refused the write. */
export class AlreadyThere extends Error {
  override name = 'AlreadyThere';
}

/** The database could not be reached, read or written. The write may or may not have happened. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}
