/** The preview of a campaign in the native API. */
import type { PreviewAnswer } from '../../../calling/preview-service.ts';

export function formatPreview(preview: PreviewAnswer, limit: number) {
  const { calls, uncalled, callsById, heat, peak, concurrent, from, until } = preview;
  const contactOf = (id: string) => {
    const { contactId = null, phone = '' } = callsById.get(id) ?? {};
    return { callId: id, contactId, phone };
  };
  const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return {
    from,
    until,
    total: calls.length,
    people: callsById.size,
    notCalled: uncalled.length,
    firstAt: iso(calls[0]?.at),
    lastAt: iso(calls.at(-1)?.at),
    ...{ concurrent, peak, heat },
    calls: calls.slice(0, limit).map(({ id, at, local, zone, attempt, reason, why }) => ({
      ...contactOf(id),
      ...{ at: iso(at), local, timezone: zone, attempt, reason, why },
    })),
    uncalled: uncalled.slice(0, limit).map(({ id, why }) => ({ ...contactOf(id), why })),
  };
}
