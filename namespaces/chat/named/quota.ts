/** How many named channels there may be, and how many invitations into one may be open. */
import { createGlobalQuota } from "../../../core/consistency/global-quota.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { type Change, indexPutWithin, indexRemove } from "../../../core/ports/store/documents.ts";
import { keys, type NamedChannel, partitionOf } from "./stored.ts";

/** Open invitations into one channel. */
const MAX_INVITED = 1_000;
/** An invitation that is not used for this long is over. */
export const INVITED_MS = 30 * 24 * 3_600_000;

export function createChannelPlaces(services: Services) {
  const { documents, indexes } = services.store;
  const { channels, channelsPerUser } = services.settings.limits;
  const quota = createGlobalQuota(services, {
    kind: "channels",
    max: channels,
    maxPerOwner: channelsPerUser,
    async exists(place) {
      const [name = "", instance] = place.split(" ");
      return (await documents.load(keys.channel(name)))?.state.instance === instance;
    },
  });
  const placeOf = (name: string, { instance }: NamedChannel) => `${name} ${instance}`;

  return {
    /**
     * Makes a channel in a place of its own.
     * @throws GameError `server_full`; `conflict` if its creator has reached the limit
     */
    async filled(name: string, channel: NamedChannel, make: () => Promise<unknown>): Promise<void> {
      await quota.take(placeOf(name, channel), channel.by);
      try {
        await make();
      } catch (err) {
        // Perhaps it was made all the same: then the place is looked at later.
        if (!(err instanceof GameError && err.code === "unavailable"))
          await quota.give(placeOf(name, channel), channel.by);
        throw err;
      }
    },

    /** The channel is gone. */
    give: (name: string, channel: NamedChannel) => quota.give(placeOf(name, channel), channel.by),

    /** The index changes of an invitation. @throws GameError `conflict` where too many are invited */
    async invited(name: string, instance: string, user: UserId): Promise<NonNullable<Change["index"]>> {
      const key = keys.invited(name, instance);
      const now = services.store.now();
      if ((await indexes.size(key)) >= MAX_INVITED) {
        const { members } = await indexes.page(key, { limit: MAX_INVITED });
        const over = members.filter(({ score }) => score <= now - INVITED_MS);
        if (over.length === 0)
          throw new GameError("conflict", { message: "too many have been invited and have not come yet" });
        const index = over.map(({ member }) => indexRemove(key, member));
        await documents.commit({ partition: partitionOf(name), index });
      }
      return [indexPutWithin(key, user, now, null, MAX_INVITED)];
    },
  };
}

export type ChannelPlaces = ReturnType<typeof createChannelPlaces>;
