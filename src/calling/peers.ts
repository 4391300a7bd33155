/** What nodes ask of each other about calls: each is carried by one of them, and any of them may be asked about it. */
import type { Notices } from '../db/engine.ts';
import { setTimer } from '../lib/poller.ts';

export interface PeersOptions {
  /** Whether this node carries the call. */
  carries(id: string): boolean;
  /** Ends the call, if this node carries it. */
  hangUp(id: string, why: string): void;
  newId: () => string;
  /** Another process answers in its own time, whatever the clock of this house says. */
  patienceMs?: number;
}

type Words = { hangUp: string; why: string } | { who: string; question: string } | { itsMe: string };

const PATIENCE_MS = 1500;

export function createPeers(
  notices: Notices | null,
  { carries, hangUp, newId, patienceMs = PATIENCE_MS }: PeersOptions,
) {
  const asking = new Map<string, () => void>();
  let listening: Promise<void> | undefined;
  const tell = async (words: Words): Promise<void> => notices?.tell('calls', JSON.stringify(words));

  const hear = (told: string): void => {
    const words = JSON.parse(told) as Words;
    if ('hangUp' in words) hangUp(words.hangUp, words.why);
    if ('itsMe' in words) asking.get(words.itsMe)?.();
    // Who is not answered takes it that nobody is there.
    if ('who' in words && carries(words.who)) tell({ itsMe: words.question }).catch(() => undefined);
  };
  const listen = async (): Promise<void> => {
    listening ??= notices?.listen('calls', hear);
    await listening;
  };

  return {
    /** From now on it hears what others ask. */
    listen,

    /** Whether another node carries the call. */
    async carry(id: string): Promise<boolean> {
      if (!notices) return false;
      await listen();
      const question = newId();
      const { promise, resolve } = Promise.withResolvers<boolean>();
      asking.set(question, () => resolve(true));
      const cancel = setTimer(patienceMs, () => resolve(false));
      try {
        await tell({ who: id, question });
        return await promise;
      } finally {
        cancel();
        asking.delete(question);
      }
    },

    /** Asks whoever carries the call to end it. */
    hangUp: (id: string, why: string): Promise<void> => tell({ hangUp: id, why }),
  };
}
