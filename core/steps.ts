/** Long work on the event loop, in steps: after some milliseconds of it the loop has its turn, and clients are served. */

/** Work that yields wherever it may rest. */
export type Steps<T> = Generator<void, T, void>;

/** So many rounds of a tight loop are one step: far below a millisecond. */
export const STEP = 4_096;
/** How long work goes on before others have a turn, in milliseconds. */
const TURN_MS = 8;

/** All of it at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}

/**
 * In turns of the event loop, which last little longer than `TURN_MS`.
 * @param between is awaited after each turn; what it throws ends the work
 */
export async function inTurns<T>(steps: Steps<T>, between?: () => Promise<void> | undefined): Promise<T> {
  for (;;) {
    const until = performance.now() + TURN_MS;
    do {
      const next = steps.next();
      if (next.done) return next.value;
    } while (performance.now() < until);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await between?.();
  }
}

/** Whether each two neighbours are in order. */
export function* isSortedInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<boolean> {
  for (let at = 1; at < items.length; at++) {
    if (at % STEP === 0) yield;
    if (compare(items[at - 1] as T, items[at] as T) > 0) return false;
  }
  return true;
}

/** Two sorted lists as one; of equals, those of the first come first. */
export function* mergedInSteps<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): Steps<readonly T[]> {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const out: T[] = [];
  let other = 0;
  for (const item of a) {
    for (; other < b.length && compare(b[other] as T, item) < 0; other++) out.push(b[other] as T);
    out.push(item);
    if (out.length % STEP === 0) yield;
  }
  for (; other < b.length; other++) out.push(b[other] as T);
  return out;
}

/** A sorted copy; what is sorted already costs one look. Stable. */
export function* sortedInSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Steps<readonly T[]> {
  if (yield* isSortedInSteps(items, compare)) return items;
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += STEP) {
    runs.push(items.slice(at, at + STEP).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const next: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      next.push(yield* mergedInSteps(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = next;
  }
  return runs[0] ?? [];
}

/** Sorts numbers in their place. */
export function* sortNumbersInSteps(values: Float64Array): Steps<void> {
  const { length } = values;
  const RUN = 4 * STEP;
  for (let at = 0; at < length; at += RUN) {
    values.subarray(at, at + RUN).sort();
    yield;
  }
  let from = values;
  let to = length > RUN ? new Float64Array(length) : values;
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(start + 2 * width, length);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const takesLeft =
          right >= end || (left < middle && (from[left] as number) <= (from[right] as number));
        to[at] = from[takesLeft ? left++ : right++] as number;
        if (at % STEP === 0) yield;
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
}
