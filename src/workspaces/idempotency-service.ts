/**
 * Idempotency keys: a write that is sent again is answered again, not done again. The key is taken before the work
 * begins, so that whoever is second never works; the answer is kept before it is given.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { AlreadyThere } from '../db/engine.ts';
import { Fault } from '../faults.ts';
import type { Caller } from './caller.ts';
import type { KeptAnswer } from './idempotency-store.ts';

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

export function idempotencyService({ store, now }: Context) {
  let sweptAt = 0;
  const sweep = async (): Promise<void> => {
    const time = now().getTime();
    if (time - sweptAt < SWEEP_MS) return;
    sweptAt = time;
    await store.idempotency.dropBefore(new Date(time - KEPT_MS).toISOString());
  };

  const taken = async (
    workspaceId: string,
    key: string,
    request: string,
    given: string,
  ): Promise<KeptAnswer | undefined> => {
    const kept = await store.idempotency.get(workspaceId, key);
    if (!kept) return undefined;
    const age = now().getTime() - Date.parse(kept.at);
    if (age >= KEPT_MS) {
      await store.idempotency.drop(workspaceId, key);
      return undefined;
    }
    if (kept.request !== request) throw new Fault('idempotency_mismatch');
    if (kept.answer) return { ...kept.answer, body: opened(kept.answer.body, given) };
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
        finish: (fresh) => store.idempotency.finish(workspaceId, key, { ...fresh, body: closed(fresh.body, given) }),
        abandon: () => store.idempotency.drop(workspaceId, key),
      });
      const mark = fingerprint(request);
      for (;;) {
        try {
          await store.idempotency.take(workspaceId, key, mark, now().toISOString());
          return attempt();
        } catch (error) {
          if (!(error instanceof AlreadyThere)) throw error;
          const answer = await taken(workspaceId, key, mark, given);
          if (answer) return attempt(answer);
        }
      }
    },
  };
}

/*
 * An answer may hold a secret that is shown only once, such as a new key. It is kept closed with the idempotency key
 * itself, of which the database knows no more than a fingerprint: only whoever asks again can open it.
 */
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const cipherKey = (given: string): Buffer => createHash('sha256').update(`answer ${given}`).digest();

function closed(text: string, given: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, cipherKey(given), iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

function opened(text: string, given: string): string {
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv(CIPHER, cipherKey(given), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');
