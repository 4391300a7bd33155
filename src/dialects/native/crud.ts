/** Create, list, get, update and delete for one kind of record. */
import type { FastifyInstance } from 'fastify';
import type { FaultCode } from '../../faults.ts';
import { asObject } from '../../http/body.ts';
import { route } from '../../http/dialect.ts';
import type { Schema } from '../../lib/schema.ts';
import type { JsonObject } from '../../lib/values.ts';
import type { Caller } from '../../workspaces/caller.ts';
import { withoutEchoes } from './agents/echo.ts';
import { listOf } from './contract.ts';
import { type ById, idOf, page } from './shared.ts';

/** A kind of record: its path, its names, and what its service offers. */
export interface Crud<T> {
  path: string;
  tag: string;
  noun: string;
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
  const { path, tag, noun, missing, shape, format } = kind;
  const { create, remove } = kind.verbs ?? { create: 'Create', remove: 'Delete' };
  const scope = (verb: string) => `${path.slice(1)}:${verb}`;

  app.post(
    path,
    route({
      summary: `${create} ${noun}`,
      tag,
      scope: scope('write'),
      body: kind.input,
      answer: { status: 201, schema: shape },
    }),
    async ({ caller, body }, reply) => reply.code(201).send(format(await kind.create(caller, body))),
  );
  app.get(
    path,
    route({ summary: `List ${noun}s`, tag, scope: scope('read'), query: kind.query, answer: listOf(shape) }),
    async ({ caller, query }) => page(query, (where) => kind.list(caller, query as object, where), format),
  );
  app.get<ById>(
    `${path}/:id`,
    route({ summary: `Get ${noun}`, tag, scope: scope('read'), answer: shape }),
    async (request) => format(await kind.service.get(request.caller, idOf(request, missing))),
  );
  app.patch<ById>(
    `${path}/:id`,
    route({
      summary: `Update ${noun}`,
      tag,
      scope: scope('write'),
      body: kind.patch,
      handlerChecksBody: true,
      answer: shape,
    }),
    async (request) => {
      const body = asObject(request.body);
      const id = idOf(request, missing);
      const known = format(await kind.service.get(request.caller, id));
      return format(await kind.update(request.caller, id, withoutEchoes(body, kind.patch, known)));
    },
  );
  app.delete<ById>(
    `${path}/:id`,
    route({ summary: `${remove} ${noun}`, tag, scope: scope('write'), answer: { status: 204 } }),
    async (request, reply) => {
      await kind.service.remove(request.caller, idOf(request, missing));
      return reply.code(204).send();
    },
  );
}
