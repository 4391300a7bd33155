/** The port that both engines stand behind, and the table of what differs between them. */
import type { Dialect } from 'kysely';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type ResultRow = Record<string, unknown>;

export interface WriteJob {
  /** Done in this order, in one transaction, or not at all. */
  statements: readonly Statement[];
  /** How many of the first statements must each change a row; if one does not, nothing is done: the answer is `null`. */
  guards?: number;
  /** Goes all the way and is then taken back: the answer is the same, and nothing has happened. */
  rollBack?: boolean;
}

/** The version-guarded write of a head and its revision: the one write that has to be fast. */
export interface Revise {
  workspaceId: string;
  id: string;
  /** The revision that was read; the write happens only if it is still the head. */
  from: number;
  /** Whether any column but the document and its time differs from what the head has. */
  moved: boolean;
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
  /** The rest of the journal's row; author and time are the revision's. */
  auditLog: { id: string; action: string; detail: string };
  rollBack?: boolean;
}

export interface Engine {
  readonly name: EngineName;
  /** Builds SQL for this engine; never connects. */
  readonly kysely: Dialect;
  read(statement: Statement): Promise<ResultRow[]>;
  /** The rows each statement returned, or `null` when the guard failed. Durable when it answers. */
  write(job: WriteJob): Promise<ResultRow[][] | null>;
  /** Whether the head was still the one that was read. Durable when it answers. */
  revise(change: Revise): Promise<boolean>;
  /** What nodes say to each other; null where there is never more than one. */
  readonly notices: Notices | null;
  /** Gives back what only a write needs; the next one takes it again, which costs it some 50 ms. */
  rest(): void;
  /** Waits for what was accepted, then lets go. */
  close(): Promise<void>;
}

/** Words between the nodes on one database, about what was written there: whoever does not listen never hears of them. */
export interface Notices {
  /** Says something, in less than 8,000 bytes, to every other node that listens to this channel. */
  tell(channel: Channel, words: string): Promise<void>;
  /**
   * Hears what others say on it from now on. Answers once it listens, or could not reach the database and goes on
   * trying. Who has lost the connection for a while has missed what was said meanwhile.
   */
  listen(channel: Channel, hear: (words: string) => void): Promise<void>;
}
export type Channel = 'conversations' | 'calls';

export type EngineName = 'sqlite' | 'postgres';

/** What differs between the engines, as facts; everything else is the same on both. */
export const ENGINE_FACTS = {
  sqlite: {
    /** The definition of a column that counts by itself and never counts the same twice. */
    counter: 'integer primary key autoincrement',
    /** What the key of a table that has a counter is declared as: here the counter is the primary one. */
    key: 'unique',
    /** Text that sorts by its characters' numbers, whatever the language of the database. */
    sorted: 'text',
    /** How rows are taken that others may be taking at the same moment: with one writer nobody is. */
    skipLocked: '',
    /** How a row is read that must still be there when the transaction ends: with one writer it is. */
    shared: '',
    /** How many whole seconds a conversation lasted: as its tongue was told, else by its times; null for an open one. */
    lasted:
      "coalesce(json_extract(extras, '$.durationSeconds'), round((julianday(ended_at) - julianday(started_at)) * 86400))",
    /** A field of a contact, and the query of its tags as `value`. */
    contactField: (name: string) => `json_extract(contacts.fields, '$.${name}')`,
    contactTags: "select value from json_each(contacts.fields, '$.tags')",
    /** The words of a message. */
    messageText: "json_extract(messages.data, '$.text')",
    /** The tags that were found to fit a conversation, as rows. */
    tagsFound: "json_each(conversations.analysis, '$.tags.value') as found",
    /** What lets the words of chunks be looked up: here a table of its own, which follows every insert and delete. */
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
    shared: 'for share',
    lasted:
      "coalesce((extras::jsonb ->> 'durationSeconds')::numeric, round(extract(epoch from ended_at::timestamptz - started_at::timestamptz)))",
    contactField: (name: string) => `contacts.fields::jsonb ->> '${name}'`,
    contactTags: "select value from jsonb_array_elements_text(contacts.fields::jsonb -> 'tags') as tags (value)",
    messageText: "messages.data::jsonb ->> 'text'",
    tagsFound: `jsonb_array_elements_text(case jsonb_typeof(conversations.analysis::jsonb #> '{tags,value}')
      when 'array' then conversations.analysis::jsonb #> '{tags,value}' else '[]'::jsonb end) as found(value)`,
    // Our own words, not those that the database's parser would cut; the corpus is one more of them, so that no search
    // wades through what belongs to others.
    wordIndex: [
      `alter table chunks add column terms tsvector generated always as
        (array_to_tsvector(string_to_array(words || ' corpus:' || corpus_id, ' '))) stored`,
      // Little may wait to be written, in kilobytes, for every search reads through that.
      'create index chunks_terms on chunks using gin (terms) with (gin_pending_list_limit = 128)',
    ],
  },
} as const satisfies Record<EngineName, unknown>;

/** A unique constraint refused the write. Both engines throw this one. */
export class AlreadyThere extends Error {
  override name = 'AlreadyThere';
}

/** The engine could not be reached or could not write. Nobody may count on anything having been done. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}
