/**
 * Idempotency keys: a write that is sent again gets the first answer again. The key is claimed before the work starts,
 * so that a repetition never works, and the answer is stored before it is sent.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { AlreadyThere } from '../db/engine.ts';
import { Fault } from '../faults.ts';
import type { Caller } from './caller.ts';
import type { StoredAnswer } from './idempotency-store.ts';

const KEPT_MS = 24 * 3_600_000;
/** Longer than any request takes: a request without an answer after this time has ended in a crash. */
const MAX_RUNNING_MS = 60_000;
const SWEEP_MS = 3_600_000;
const MAX_LENGTH = 255;

export interface Attempt {
  /** The stored answer when the request is a repetition; undefined when the work must be done. */
  answer: StoredAnswer | undefined;
  /** Stores the answer, before it is sent. */
  finish(answer: StoredAnswer): Promise<void>;
  /** Frees the key after a failure, so that the request may be repeated. */
  abandon(): Promise<void>;
}

export interface IdempotencyService {
  /**
   * Claims a key for a request. `request` identifies the request: its method, URL and body. Throws
   * `idempotency_mismatch` when another request used the key, `idempotency_running` while the first one runs, and
   * `idempotency_unknown` when the first one ended without an answer.
   */
  begin(caller: Caller, key: string, request: string): Promise<Attempt>;
}

export function idempotencyService({ store, now }: Context): IdempotencyService {
  let sweptAt = 0;
  const sweep = async (): Promise<void> => {
    const time = now().getTime();
    if (time - sweptAt < SWEEP_MS) return;
    sweptAt = time;
    await store.idempotency.releaseBefore(new Date(time - KEPT_MS).toISOString());
  };

  /** The answer that a claimed key has; undefined when the key has just expired and can be claimed. */
  const storedAnswer = async (
    workspaceId: string,
    id: string,
    request: string,
    key: string,
  ): Promise<StoredAnswer | undefined> => {
    const stored = await store.idempotency.get(workspaceId, id);
    if (!stored) return undefined;
    const age = now().getTime() - Date.parse(stored.at);
    if (age >= KEPT_MS) {
      await store.idempotency.release(workspaceId, id);
      return undefined;
    }
    if (stored.request !== request) throw new Fault('idempotency_mismatch');
    if (stored.answer) return { ...stored.answer, body: decrypt(stored.answer.body, key) };
    throw new Fault(age < MAX_RUNNING_MS ? 'idempotency_running' : 'idempotency_unknown', { retryAfterSeconds: 1 });
  };

  return {
    async begin(caller, key, request) {
      if (key.length > MAX_LENGTH) {
        const message = `The idempotency key has ${key.length} characters; send at most ${MAX_LENGTH}.`;
        throw new Fault('invalid_query', { message });
      }
      await sweep();
      const { workspaceId } = caller;
      const id = fingerprint(`${caller.dialect} ${caller.limitKey} ${key}`);
      const attempt = (answer?: StoredAnswer): Attempt => ({
        answer,
        finish: (fresh) => store.idempotency.finish(workspaceId, id, { ...fresh, body: encrypt(fresh.body, key) }),
        abandon: () => store.idempotency.release(workspaceId, id),
      });
      const requestFingerprint = fingerprint(request);
      for (;;) {
        try {
          await store.idempotency.claim(workspaceId, id, requestFingerprint, now().toISOString());
          return attempt();
        } catch (error) {
          if (!(error instanceof AlreadyThere)) throw error;
          const answer = await storedAnswer(workspaceId, id, requestFingerprint, key);
          if (answer) return attempt(answer);
        }
      }
    },
  };
}

/*
 * An answer may hold a secret that is shown only once, such as a new key. It is stored encrypted with the idempotency
 * key. The database has only a fingerprint of that key, so that only a client that repeats the request can read it.
 */
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const cipherKey = (key: string): Buffer => createHash('sha256').update(`answer ${key}`).digest();

function encrypt(text: string, key: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, cipherKey(key), iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64');
}

function decrypt(text: string, key: string): string {
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv(CIPHER, cipherKey(key), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');
