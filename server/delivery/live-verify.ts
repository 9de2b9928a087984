/**
 * After the store was away it may be without entries that were delivered here: a replica took over that had not got them, or Redis was
 * killed before its file was written. What comes next would have offsets that were told before, and be taken for it. So each stream is
 * compared with what was delivered, and one that has lost something gets a new epoch, which everybody is told.
 */
import type { Log } from "../../core/ports/log.ts";
import type { StreamEntry, StreamPage, Streams } from "../../core/ports/store/streams.ts";
import type { Followed } from "./live-followed.ts";

/** Streams compared at a time, an entry or two of each. */
const AT_ONCE = 16;

export interface StreamVerification {
  /** The store went away. */
  afterFailover(): void;
  /** Compares what is in doubt. @throws GameError where the store is away: what is left is in doubt still */
  run(): Promise<void>;
}

export function createComparison(
  streams: Streams,
  followed: () => Iterable<Followed>,
  log: Log,
): StreamVerification {
  const isOther = (f: Followed, page: StreamPage<unknown>, delivered: StreamEntry<unknown>) => {
    const identityOf = f.stream.identityOf ?? ((entry: unknown) => entry);
    const there = page.entries.find(({ offset }) => offset === delivered.offset);
    // What was trimmed, or delivered by another worker, cannot be compared.
    if (there === undefined || delivered.entry === undefined) return false;
    return JSON.stringify(identityOf(there.entry)) !== JSON.stringify(identityOf(delivered.entry));
  };

  async function compare(f: Followed): Promise<void> {
    const { unverified, epoch } = f;
    if (unverified === undefined || f.closed) return;
    // Notices that were on their way when the store went away were delivered after that.
    const newest = { offset: f.delivered, entry: f.last };
    const isLost = async (delivered: StreamEntry<unknown>) => {
      const page = await streams.read(f.stream.key, { after: delivered.offset - 1, limit: 1 });
      return page.epoch === epoch && (page.offset < newest.offset || isOther(f, page, delivered));
    };
    if ((await isLost(unverified)) || (newest.offset > unverified.offset && (await isLost(newest)))) {
      log.warn({ stream: f.stream.key.name }, "the store has lost entries of a stream: it gets a new epoch");
      await streams.renew?.(f.stream.key, epoch);
    }
    if (f.unverified === unverified) f.unverified = undefined;
  }

  return {
    afterFailover() {
      if (streams.renew === undefined) return;
      for (const f of followed())
        if (f.started && f.delivered > 0) f.unverified ??= { offset: f.delivered, entry: f.last };
    },
    async run() {
      const unverified = [...followed()].filter((f) => f.unverified !== undefined);
      let failed: PromiseRejectedResult | undefined;
      for (let i = 0; i < unverified.length; i += AT_ONCE)
        for (const one of await Promise.allSettled(unverified.slice(i, i + AT_ONCE).map(compare)))
          if (one.status === "rejected") failed = one;
      if (failed) throw failed.reason;
    },
  };
}
