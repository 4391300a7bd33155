/** Routes of contacts. */
import type { FastifyInstance } from 'fastify';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import type { Services } from '../../../services.ts';
import * as contract from './contract.ts';
import { formatContact, parseContact } from './mapping.ts';

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  app.post(
    '/contacts',
    route({
      tag: 'Contacts',
      scope: 'contacts:write',
      summary: 'Create contact',
      body: contract.CreateContact,
      handlerChecksBody: true,
      answer: { status: 201, schema: contract.Contact },
    }),
    async ({ caller, body }, reply) => {
      const contact = await contacts.create(caller, parseContact(asObject(body)));
      return reply.code(201).send(formatContact(contact));
    },
  );
}
