/** Contacts, of which Ayra shows the making alone, and in a manner of its own: without an envelope. */
import type { FastifyInstance } from 'fastify';
import type { ContactInput } from '../../../contacts/contact.ts';
import { invalid } from '../../../faults.ts';
import { asObject } from '../../../http/body.ts';
import { route } from '../../../http/dialect.ts';
import { issuesOf } from '../../../lib/check.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { shownId } from '../agents/mapping.ts';

const maybe = <S extends s.Schema>(schema: S) => s.optional(s.nullable(schema));

const CreateContact = s.object({
  name: text.words(255),
  email: maybe(s.string({ format: 'email', maxLength: 254 })),
  phone: maybe(text.phoneNumber()),
  company: maybe(s.string({ maxLength: 255 })),
  tags: maybe(s.array(s.string({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
});
const Contact = s.object({
  id: s.string(),
  name: s.string(),
  email: s.nullable(s.string()),
  created_at: s.string(),
});

export function contactRoutes(app: FastifyInstance, { contacts }: Services): void {
  app.post(
    '/contacts',
    route({
      summary: 'Create contact',
      tag: 'Contacts',
      scope: 'contacts:write',
      body: CreateContact,
      late: true,
      answer: { status: 201, schema: Contact },
    }),
    async ({ caller, body }, reply) => {
      const said = asObject(body);
      const issues = issuesOf(CreateContact, said);
      if (issues.length > 0) throw invalid(issues);
      const { name, email = null, phone = null, company = null, tags } = said as s.Static<typeof CreateContact>;
      const [firstName, ...others] = name.trim().split(/\s+/);
      const fields: ContactInput = {
        ...{ firstName: firstName!, lastName: others.join(' ') || null, email, phone, company },
        ...(tags && { tags }),
      };
      const { id, createdAt } = await contacts.create(caller, fields);
      const shown = [firstName, ...others].join(' ');
      return reply.code(201).send({ id: shownId('contact_', id), name: shown, email, created_at: createdAt });
    },
  );
}
