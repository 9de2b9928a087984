/**
 * How many of a kind there may be in all, on all workers together. Whatever comes to be takes a place first, and gives it up at its
 * end. A place whose owner was never made, or whose end was missed, is found by looking now and then.
 */
import { GameError } from "../contract/errors.ts";
import type { UserId } from "../ids.ts";
import type { Services } from "../ports/services.ts";
import { cancel, deadlineKind, schedule } from "../ports/store/deadlines.ts";
import { indexPut, indexPutWithin, indexRemove } from "../ports/store/documents.ts";
import { indexKey, partitions } from "../ports/store/keys.ts";

/** When a place is looked at first: whoever took it must be there by then. */
const FIRST_LOOK_MS = 60_000;
const LOOK_MS = 3_600_000;

export interface GlobalQuota {
  /**
   * The same id again has the same place.
   * @throws GameError `server_full`; `conflict` where the owner has as many as they may; `unavailable`
   */
  take(id: string, owner?: UserId): Promise<void>;
  /** Takes a place also where there is none left: for what is there already, and without an owner. */
  hold(id: string): Promise<void>;
  /** With the owner that it was taken for. */
  give(id: string, owner?: UserId): Promise<void>;
}

export interface GlobalQuotaOptions {
  /** Names it in the store; unlike any other's. */
  readonly kind: string;
  /** Infinity: any number. */
  readonly max: number;
  /** Of one owner. Left out: any number. */
  readonly maxPerOwner?: number;
  /** Whether what took a place is still there. */
  exists(id: string): Promise<boolean>;
}

/** The places of a kind that are taken. */
export const placesOf = (kind: string) => indexKey<null>(partitions.quota(kind), "places");

export function createGlobalQuota(
  { store, timers }: Pick<Services, "store" | "timers">,
  { kind, max, maxPerOwner = Number.POSITIVE_INFINITY, exists }: GlobalQuotaOptions,
): GlobalQuota {
  const partition = partitions.quota(kind);
  const look = deadlineKind<{ readonly owner?: UserId }>(`census:${kind}`);
  const isCounted = [max, maxPerOwner].some(Number.isFinite);

  /** The lists that a place stands in, and how long each may be. */
  function listsOf(owner: UserId | undefined) {
    const all = { key: placesOf(kind), max };
    if (owner === undefined) return [all];
    return [{ key: indexKey<null>(partition, `of:${owner}`), max: maxPerOwner }, all];
  }

  async function give(id: string, owner?: UserId): Promise<void> {
    const index = listsOf(owner).map(({ key }) => indexRemove(key, id));
    await store.documents.commit({ partition, index, deadlines: [cancel(look, id)] });
  }

  timers.on(look, async ({ id, payload }) => {
    if (!(await exists(id))) return give(id, payload.owner);
    const deadlines = [schedule(look, id, store.now() + LOOK_MS, payload)];
    await store.documents.commit({ partition, deadlines });
  });

  return {
    async take(id, owner) {
      if (!isCounted) return;
      const now = store.now();
      const lists = listsOf(owner);
      const payload = owner === undefined ? {} : { owner };
      const done = await store.documents.commit({
        partition,
        index: lists.map((list) => indexPutWithin(list.key, id, now, null, list.max)),
        deadlines: [schedule(look, id, now + FIRST_LOOK_MS, payload)],
      });
      if (done.outcome !== "full") return;
      if (owner !== undefined && done.name === lists[0]?.key.name)
        throw new GameError("conflict", { message: `you have made as many ${kind} as you may` });
      throw new GameError("server_full", { message: `there are as many ${kind} as there may be` });
    },
    async hold(id) {
      if (!isCounted) return;
      const now = store.now();
      await store.documents.commit({
        partition,
        index: [indexPut(placesOf(kind), id, now, null)],
        deadlines: [schedule(look, id, now + LOOK_MS, {})],
      });
    },
    async give(id, owner) {
      if (isCounted) await give(id, owner);
    },
  };
}
