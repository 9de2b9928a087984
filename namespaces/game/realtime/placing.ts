/** Where a real-time room begins: on the worker of its players, whose frames then need no way, unless another one has clearly more room. */
import { GameError } from "../../../core/contract/errors.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { keys } from "../rooms/stored.ts";
import type { RealtimeCounts } from "./figures.ts";
import { type createHandovers, LESS_BUSY_BY, MOST_LOADED } from "./handovers.ts";
import type { Links } from "./links.ts";
import type { Partners } from "./partners.ts";
import type { Owner } from "./stepping/owner.ts";
import { runKeys } from "./stored.ts";
import type { FollowedRoom } from "./viewing/followed.ts";

/** How long a room for which there is no place waits until it is tried again. */
const FULL_MS = 500;
/** How long another worker has to begin a room; and how often that is looked at. */
const BEGUN_WITHIN_MS = 2_000;
const STEP_MS = 20;

interface PlacingParts {
  readonly owner: Owner;
  readonly links: Links;
  readonly partners: Partners;
  readonly handovers: ReturnType<typeof createHandovers>;
  readonly counts: RealtimeCounts;
  /** From this load on a worker looks for another one before it begins a room. */
  readonly crowdedFrom: number;
  isClosed(): boolean;
}

export function createPlacing(
  { store, room: own, log }: Pick<Services, "store" | "room" | "log">,
  { owner, links, partners, handovers, counts, crowdedFrom, isClosed }: PlacingParts,
) {
  return {
    /** @throws GameError `server_full` with `retry_after_ms` where no worker has a place for another room */
    async checkPlace(): Promise<void> {
      if (owner.spare > 0 && !own.isFull) return;
      if (store.shared && (await handovers.placesFor(undefined, MOST_LOADED)).length > 0) return;
      counts.limited.rooms++;
      const details = { retry_after_ms: own.retryMs };
      throw new GameError("server_full", { message: "as many real-time rooms run as may", details });
    },

    /** Whether a room that nobody steps may not begin here yet: others are asked first. @param isNew it has not begun anywhere */
    isCrowded: (isNew: boolean): boolean =>
      owner.spare === 0 ||
      (isNew && store.shared && (own.isFull || (crowdedFrom < 1 && own.load >= crowdedFrom))),

    /** Asks another worker to begin the room, and gives it time. @returns whether the room must not begin here now */
    async elsewhere(room: FollowedRoom): Promise<boolean> {
      const isForced = owner.spare === 0;
      const most = isForced || own.isFull ? MOST_LOADED : own.load - LESS_BUSY_BY;
      const [other] = store.shared ? await handovers.placesFor(room.id, most) : [];
      if (other === undefined && !isForced) return false;
      if (other !== undefined) links.begin(other, room.id);
      const end = performance.now() + (isForced ? FULL_MS : BEGUN_WITHIN_MS);
      // The first packet of the other worker names the owner.
      while (room.owner === undefined && performance.now() < end && !isClosed())
        await new Promise<void>((resolve) => setTimeout(resolve, STEP_MS).unref());
      return isForced || isClosed() || room.owner !== undefined;
    },

    /** Steps a room that nobody does, because another worker has no place for it. */
    async begin(from: string, id: RoomId): Promise<void> {
      try {
        const [found, room] = await Promise.all([
          store.documents.load(runKeys.run(id)),
          store.documents.load(keys.room(id)),
        ]);
        const isAnothers = found?.state.round === room?.state.play?.round && found?.state.owner !== "";
        if (found !== undefined && isAnothers) return;
        // It hears of the first step then.
        partners.follow(id, from, performance.now());
        await owner.take(id, found);
      } catch (err) {
        log.debug({ err, room: id }, "a real-time room of a full worker could not be taken");
      }
      if (!owner.owns(id)) partners.unfollow(id, from);
    },
  };
}
