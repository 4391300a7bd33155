/**
 * Idempotency keys: a write that is sent again is answered again, not done again. The key is taken before the work
 * begins, so that whoever is second never works; the answer is kept before it is given.
 */
import { createHash } from 'node:crypto';
import { Fault } from '../faults.ts';
import { AlreadyThere } from '../store/engine.ts';
import type { KeptAnswer } from '../store/idempotency.ts';
import type { Caller } from './caller.ts';
import type { House } from './house.ts';

const KEPT_MS = 24 * 3_600_000;
/** Longer than any request takes: a key that is still taken then was left by a crash. */
const BROKEN_OFF_MS = 60_000;
const SWEEP_MS = 3_600_000;
const MAX_LENGTH = 255;

export interface Attempt {
  /** The answer of the first time, where there was one. */
  answer: KeptAnswer | undefined;
  finish(answer: KeptAnswer): Promise<void>;
  /** The work came to nothing: the key may be used again. */
  abandon(): Promise<void>;
}

export type IdempotencyService = ReturnType<typeof idempotencyService>;

export function idempotencyService({ store, now }: House) {
  let sweptAt = 0;
  const sweep = async (): Promise<void> => {
    const time = now().getTime();
    if (time - sweptAt < SWEEP_MS) return;
    sweptAt = time;
    await store.idempotency.dropBefore(new Date(time - KEPT_MS).toISOString());
  };

  const taken = async (workspaceId: string, key: string, request: string): Promise<KeptAnswer | undefined> => {
    const kept = await store.idempotency.get(workspaceId, key);
    if (!kept) return undefined;
    const age = now().getTime() - Date.parse(kept.at);
    if (age >= KEPT_MS) {
      await store.idempotency.drop(workspaceId, key);
      return undefined;
    }
    if (kept.request !== request) throw new Fault('idempotency_mismatch');
    if (kept.answer) return kept.answer;
    throw new Fault(age < BROKEN_OFF_MS ? 'idempotency_running' : 'idempotency_unknown', { retryAfterSeconds: 1 });
  };

  return {
    /** `request` is all that makes the request what it is: method, address, body. */
    async begin(caller: Caller, given: string, request: string): Promise<Attempt> {
      if (given.length > MAX_LENGTH)
        throw new Fault('invalid_query', { message: `An idempotency key has at most ${MAX_LENGTH} characters.` });
      await sweep();
      const { workspaceId } = caller;
      const key = fingerprint(`${caller.dialect} ${caller.limitKey} ${given}`);
      const attempt = (answer?: KeptAnswer): Attempt => ({
        answer,
        finish: (fresh) => store.idempotency.finish(workspaceId, key, fresh),
        abandon: () => store.idempotency.drop(workspaceId, key),
      });
      const mark = fingerprint(request);
      for (;;) {
        try {
          await store.idempotency.take(workspaceId, key, mark, now().toISOString());
          return attempt();
        } catch (error) {
          if (!(error instanceof AlreadyThere)) throw error;
          const answer = await taken(workspaceId, key, mark);
          if (answer) return attempt(answer);
        }
      }
    },
  };
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');
