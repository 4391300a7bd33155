/** The preview of a campaign, on simulated time. */
import type { FastifyInstance } from 'fastify';
import { CALL_STATUSES } from '../../../calling/call.ts';
import type { PreviewAnswer } from '../../../calling/preview-service.ts';
import { route } from '../../../http/dialect.ts';
import * as s from '../../../lib/schema.ts';
import * as text from '../../../lib/text.ts';
import type { Services } from '../../../services.ts';
import { type ById, idOf } from '../shared.ts';

const closed = { additionalProperties: false };

const PreviewInput = s.object(
  {
    from: s.optional({ ...text.dateTime(), description: 'When it starts; now by default.' }),
    days: s.optional(s.integer({ minimum: 1, maximum: 366, description: 'Days to simulate; 60 by default.' })),
    assume: s.optional(
      s.oneOf(['no_answer', 'completed'], {
        description: 'How every attempt ends; by default without an answer, so that every retry is shown.',
      }),
    ),
    talkSeconds: s.optional(
      s.integer({ minimum: 1, maximum: 7200, description: 'Seconds that a connected call takes; 60 by default.' }),
    ),
    limit: s.optional(s.integer({ minimum: 0, maximum: 10_000, description: 'Calls to list; 1000 by default.' })),
  },
  closed,
);

const PreviewShape = s.object({
  from: text.dateTime(),
  until: text.dateTime(),
  total: s.integer({ description: 'Calls that would be made.' }),
  people: s.integer({ description: 'People who are still to be called.' }),
  notCalled: s.integer({ description: 'Those of them who would not be: the first of them are in `uncalled`.' }),
  firstAt: s.nullable(text.dateTime()),
  lastAt: s.nullable(text.dateTime()),
  concurrent: s.integer({ description: 'Calls that may be under way at the same time.' }),
  peak: s.integer({ description: 'The most that are.' }),
  heat: s.array(s.array(s.integer()), {
    description:
      'How many begin in each hour by the clocks of those who are called: seven days from Monday, 24 hours each.',
  }),
  calls: s.array(
    s.object({
      callId: text.uuid(),
      contactId: s.nullable(text.uuid()),
      phone: s.string(),
      at: text.dateTime(),
      local: s.string({ description: 'What their clock shows.' }),
      timezone: s.string(),
      attempt: s.integer(),
      reason: s.string(),
      why: s.string(),
    }),
  ),
  uncalled: s.array(
    s.object({ callId: text.uuid(), contactId: s.nullable(text.uuid()), phone: s.string(), why: s.string() }),
    { description: `Those who would not be called at all; their calls are ${CALL_STATUSES[0]} now.` },
  ),
});

const DEFAULT_LIMIT = 1000;

function shown(
  { calls, uncalled, callsById: people, heat, peak, concurrent, from, until }: PreviewAnswer,
  limit: number,
) {
  const contactOf = (id: string) => {
    const { contactId = null, phone = '' } = people.get(id) ?? {};
    return { callId: id, contactId, phone };
  };
  const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    from,
    until,
    total: calls.length,
    people: people.size,
    notCalled: uncalled.length,
    firstAt: iso(calls[0]?.at),
    lastAt: iso(calls.at(-1)?.at),
    concurrent,
    peak,
    heat,
    calls: calls.slice(0, limit).map(({ id, at, local, zone, attempt, reason, why }) => ({
      ...contactOf(id),
      at: iso(at),
      local,
      timezone: zone,
      attempt,
      reason,
      why,
    })),
    uncalled: uncalled.slice(0, limit).map(({ id, why }) => ({ ...contactOf(id), why })),
  };
}

export function previewRoutes(app: FastifyInstance, { preview }: Services): void {
  app.post<ById>(
    '/campaigns/:id/preview',
    route({
      tag: 'Campaigns',
      scope: 'campaigns:read',
      summary: 'Preview campaign',
      description:
        'Runs the campaign on virtual time and tells when each of its people would be called, and why then. Nothing rings and nothing is stored.',
      body: PreviewInput,
      answer: PreviewShape,
    }),
    async (request) => {
      const { limit = DEFAULT_LIMIT, ...question } = (request.body ?? {}) as s.Static<typeof PreviewInput>;
      return shown(await preview(request.caller, idOf(request, 'campaign_missing'), question), limit);
    },
  );
}
