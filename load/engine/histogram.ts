/**
 * Times in buckets: 32 to each doubling, so that a percentile is at most 3.2 % too high, and never too low. About a thousand numbers,
 * however many times are counted.
 */

/** Buckets with something in them: index and count. */
type BucketCounts = readonly (readonly [number, number])[];

export interface HistogramData {
  readonly buckets: BucketCounts;
  readonly sumMs: number;
  readonly maxMs: number;
}

const SUB_BITS = 5;
const SUB = 2 ** SUB_BITS;
/** Microseconds; longer ones count as this. About 19 hours. */
const MOST_US = 2 ** 36 - 1;
const BUCKETS = (36 - SUB_BITS + 1) * SUB;

function bucketOf(us: number): number {
  if (us < SUB) return us;
  const octave = Math.floor(Math.log2(us)) - SUB_BITS;
  return (octave + 1) * SUB + (Math.floor(us / 2 ** octave) - SUB);
}

/** The longest time that falls into the bucket, in microseconds. */
function topOf(bucket: number): number {
  if (bucket < SUB) return bucket;
  const octave = Math.floor(bucket / SUB) - 1;
  return ((bucket % SUB) + SUB + 1) * 2 ** octave - 1;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }
  get maxMs(): number {
    return this.#maxMs;
  }
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMs / this.#count;
  }

  add(ms: number): void {
    // A clock that was set makes times below zero: they count as the shortest.
    const safe = Math.max(0, ms) || 0;
    const bucket = bucketOf(Math.min(MOST_US, Math.round(safe * 1_000)));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    this.#sumMs += safe;
    this.#maxMs = Math.max(this.#maxMs, safe);
  }

  merge({ buckets, sumMs, maxMs }: HistogramData): void {
    for (const [bucket, count] of buckets) {
      if (!(bucket >= 0 && bucket < BUCKETS)) continue;
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
      this.#count += count;
    }
    this.#sumMs += sumMs;
    this.#maxMs = Math.max(this.#maxMs, maxMs);
  }

  /** @param share 0.99 for the 99th percentile. @returns milliseconds; 0 where nothing was counted */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(topOf(bucket) / 1_000, this.#maxMs);
    }
    return this.#maxMs;
  }

  /** What is in it, as data. */
  data(): HistogramData {
    const buckets: [number, number][] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) buckets.push([bucket, count]);
    return { buckets, sumMs: this.#sumMs, maxMs: this.#maxMs };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#sumMs = 0;
    this.#maxMs = 0;
  }
}
