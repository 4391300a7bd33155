/** Create, list, get, update and delete for one kind of record. */
import type { FastifyInstance } from 'fastify';
import type { FaultCode } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import type { Schema } from '../../lib/schema.ts';
import type { JsonObject } from '../../lib/values.ts';
import type { Caller } from '../../workspaces/caller.ts';
import { withoutEchoes } from './echo.ts';
import { type ListQuery, listOf, pageByOffset } from './paging.ts';
import { type ById, idOf, scopedRoutes } from './shared.ts';

/** A kind of record: its path, its schemas, and the methods of its service. */
export interface Crud<T> {
  path: string;
  tag: string;
  noun: string;
  /** Other verbs for the summaries than "Create" and "Delete". */
  verbs?: { create: string; remove: string };
  missing: FaultCode;
  input: Schema;
  patch: Schema;
  shape: Schema;
  query: Schema;
  create(caller: Caller, body: unknown): Promise<T>;
  list(
    caller: Caller,
    query: { search?: string },
    page: { limit: number; offset: number },
  ): Promise<{ items: T[]; total: number }>;
  update(caller: Caller, id: string, patch: JsonObject): Promise<T>;
  /** Reads and deletes one record. */
  service: { get(caller: Caller, id: string): Promise<T>; remove(caller: Caller, id: string): Promise<void> };
  format(item: T): object;
}

interface Stored {
  id: string;
  createdAt: string;
  updatedAt: string;
}
export const stamped = ({ id, createdAt, updatedAt }: Stored, fields: object) => ({
  id,
  ...fields,
  createdAt,
  updatedAt,
});

export function crudRoutes<T>(app: FastifyInstance, kind: Crud<T>): void {
  collectionRoutes(app, kind);
  memberRoutes(app, kind);
}

const scopedTo = <T>({ tag, path }: Crud<T>) => scopedRoutes(tag, path.slice(1));

function collectionRoutes<T>(app: FastifyInstance, kind: Crud<T>): void {
  const { path, noun, shape, format, verbs } = kind;
  const { read, write } = scopedTo(kind);

  app.post(
    path,
    write({
      summary: `${verbs?.create ?? 'Create'} ${noun}`,
      body: kind.input,
      answer: { status: 201, schema: shape },
    }),
    async ({ caller, body }, reply) => reply.code(201).send(format(await kind.create(caller, body))),
  );
  app.get(
    path,
    read({ summary: `List ${noun}s`, query: kind.query, answer: listOf(shape) }),
    async ({ caller, query }) =>
      pageByOffset(query as ListQuery, (page) => kind.list(caller, query as { search?: string }, page), format),
  );
}

function memberRoutes<T>(app: FastifyInstance, kind: Crud<T>): void {
  const { path, noun, missing, shape, format, verbs } = kind;
  const { read, write } = scopedTo(kind);

  app.get<ById>(`${path}/:id`, read({ summary: `Get ${noun}`, answer: shape }), async (request) =>
    format(await kind.service.get(request.caller, idOf(request, missing))),
  );
  app.patch<ById>(
    `${path}/:id`,
    write({ summary: `Update ${noun}`, body: kind.patch, handlerChecksBody: true, answer: shape }),
    async (request) => {
      const body = asObject(request.body);
      const id = idOf(request, missing);
      const current = format(await kind.service.get(request.caller, id));
      return format(await kind.update(request.caller, id, withoutEchoes(body, kind.patch, current)));
    },
  );
  app.delete<ById>(
    `${path}/:id`,
    write({ summary: `${verbs?.remove ?? 'Delete'} ${noun}`, answer: { status: 204 } }),
    async (request, reply) => {
      await kind.service.remove(request.caller, idOf(request, missing));
      return reply.code(204).send();
    },
  );
}
