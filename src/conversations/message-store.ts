/** Stores the messages of conversations. */

import type { Engine, ResultRow, Statement } from '../db/engine.ts';
import { readableJson } from '../db/json.ts';
import { inList, prepared, sqlFor } from '../db/sql.ts';
import type { Message } from './conversation.ts';

/** A message with its place in the conversation, counted from 1. */
export interface PlacedMessage extends Message {
  seq: number;
}

export interface MessagePage {
  limit: number;
  /** Start after this place. */
  after?: number;
  offset?: number;
}

/** Messages that one statement inserts; both engines limit the parameters of a statement. */
const MESSAGES_BATCH_SIZE = 500;

/** Statements that insert messages, the first at the place `from`. They are part of a write of the conversation. */
export function messageInserts(
  engine: Engine,
  workspaceId: string,
  conversationId: string,
  messages: readonly Message[],
  from: number,
): Statement[] {
  const db = sqlFor(engine);
  const rows = messages.map((message, i) => ({
    workspace_id: workspaceId,
    conversation_id: conversationId,
    seq: from + i,
    id: message.id,
    role: message.role,
    at: message.at,
    data: readableJson(message),
  }));
  const statements: Statement[] = [];
  for (let i = 0; i < rows.length; i += MESSAGES_BATCH_SIZE) {
    const insert = db.insertInto('messages').values(rows.slice(i, i + MESSAGES_BATCH_SIZE));
    statements.push(insert.compile());
  }
  return statements;
}

export function messageStore(engine: Engine) {
  const db = sqlFor(engine);
  const allMessages = prepared<[string, string]>((slot) =>
    db
      .selectFrom('messages')
      .select(['seq', 'data'])
      .where('workspace_id', '=', slot<string>(0))
      .where('conversation_id', '=', slot<string>(1))
      .orderBy('seq'),
  );

  return {
    /** In order: all messages, or a page of them. */
    async messages(workspaceId: string, id: string, page?: MessagePage): Promise<PlacedMessage[]> {
      if (!page) return (await engine.read(allMessages(workspaceId, id))).map(messageOf);
      let query = db
        .selectFrom('messages')
        .select(['seq', 'data'])
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', id)
        .orderBy('seq')
        .limit(page.limit);
      if (page.after !== undefined) query = query.where('seq', '>', page.after);
      if (page.offset) query = query.offset(page.offset);
      return (await engine.read(query.compile())).map(messageOf);
    },

    /** The messages of contact and agent in several conversations, by conversation id. */
    async dialogues(workspaceId: string, ids: readonly string[]): Promise<Map<string, Message[]>> {
      const query = db
        .selectFrom('messages')
        .select(['conversation_id', 'seq', 'data'])
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', 'in', inList(ids))
        .where('role', 'in', ['user', 'assistant'])
        .orderBy('conversation_id')
        .orderBy('seq');
      const rows = Map.groupBy(await engine.read(query.compile()), (row) => String(row['conversation_id']));
      return new Map([...rows].map(([id, own]) => [id, own.map(messageOf)]));
    },

    async countMessages(workspaceId: string, id: string, roles?: readonly Message['role'][]): Promise<number> {
      let query = db
        .selectFrom('messages')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .where('workspace_id', '=', workspaceId)
        .where('conversation_id', '=', id);
      if (roles) query = query.where('role', 'in', inList(roles));
      const [row] = await engine.read(query.compile());
      return Number(row?.['total'] ?? 0);
    },
  };
}

const messageOf = (row: ResultRow): PlacedMessage => ({
  ...(JSON.parse(String(row['data'])) as Message),
  seq: Number(row['seq']),
});
