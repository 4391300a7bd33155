/** Computes and formats the figures of the report. */

/** One run: operations per second, and the latency in milliseconds. */
export interface Run {
  rate: number;
  p50: number;
  p99: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const medians = (runs: readonly Run[]): Run => ({
  rate: median(runs.map((run) => run.rate)),
  p50: median(runs.map((run) => run.p50)),
  p99: median(runs.map((run) => run.p99)),
});

export function runOf(latencies: readonly number[], elapsedMs: number): Run {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { rate: (sorted.length / elapsedMs) * 1000, p50: at(0.5), p99: at(0.99) };
}

/** The rate that is possible when each update passes both, one after the other. */
export const bothLimits = (echo: number, store: number): number => 1 / (1 / echo + 1 / store);

/** Aligns columns: the first to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const tenths = (value: number): string => value.toFixed(1);
export const hundredths = (value: number): string => value.toFixed(2);
