import type { ClaimedDeadline } from "../../core/ports/store/deadlines.ts";
import type { Partition } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";

export interface OpenedStore {
  readonly store: Store;
  /** Another worker on the same data, where the store can have one. */
  readonly second?: Store;
  /** Moves the store's time; nothing else does within a test but the real seconds that pass. */
  readonly clock: { advance(ms: number): void };
  close(): Promise<void>;
}

/** Opens an empty store. */
export type OpenStore = () => Promise<OpenedStore>;

/** An empty store for each test of the surrounding suite, closed after it. */
export function freshStore(open: OpenStore): () => OpenedStore {
  let opened: OpenedStore | undefined;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(async () => {
    await opened?.close();
    opened = undefined;
  });
  return () => {
    if (opened === undefined) throw new Error("the store is open within a test only");
    return opened;
  };
}

/** Claims until nothing is due any more. */
export async function claimAll(
  store: Store,
  options: { partition?: Partition; leaseMs?: number } = {},
): Promise<ClaimedDeadline[]> {
  const all: ClaimedDeadline[] = [];
  for (;;) {
    const claimed = await store.deadlines.claim(50, options.leaseMs ?? 60_000, options.partition);
    if (claimed.length === 0) return all;
    all.push(...claimed);
  }
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
