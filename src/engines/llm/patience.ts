/** How long a model may be silent. The clock runs only while it is waited for, not while somebody reads slowly. */
import { ModelFailure } from '../../runtime/ports.ts';

export async function* patiently<T>(source: AsyncIterable<T>, timeoutMs: number, model: string): AsyncGenerator<T> {
  const parts = source[Symbol.asyncIterator]();
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      const silence = new Promise<never>((_, reject) => {
        const said = `${model} was silent for ${timeoutMs / 1000} seconds.`;
        timer = setTimeout(() => reject(new ModelFailure('timeout', said)), timeoutMs);
      });
      const next = await Promise.race([parts.next(), silence]);
      clearTimeout(timer);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    clearTimeout(timer);
    // Not waited for: what is silent may stay so.
    parts.return?.().catch(() => {});
  }
}
