/**
 * The named channels that each user joined, as a list of their own. A channel's partition decides who is a member; the lists
 * follow by an outbox that compares, and with a channel that is deleted all that was kept of its members goes.
 */

import { takeLastPlace } from "../../../core/consistency/last-place.ts";
import { reconcile } from "../../../core/consistency/reconcile.ts";
import { update } from "../../../core/consistency/transact.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { UserId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { type DeadlineChange, schedule } from "../../../core/ports/store/deadlines.ts";
import { type DocumentWrite, indexRemove, remove } from "../../../core/ports/store/documents.ts";
import type { DocumentKey, IndexKey } from "../../../core/ports/store/keys.ts";
import { sanctionedIn, sanctionsOf, slowOf } from "../membership/sanctions-cache.ts";
import type { Channel } from "../model/channels.ts";
import { channelOfName, deadlines, keys, type NamedChannel, partitionOf } from "./stored.ts";

/** Named channels that one user can be in. */
const MAX_JOINED = 50;
/** When an entry that was made before the channel knew of it is looked at. */
const UNDER_WAY_MS = 60_000;
/** Members of a deleted channel that are dealt with in one step. */
const STEP = 100;

export function createOwnChannels({ store, timers }: Pick<Services, "store" | "timers">) {
  const { documents, indexes } = store;

  async function list(user: UserId, name: string, max: number): Promise<boolean> {
    const { committed } = await update<readonly string[], void>(documents, keys.joined(user), (current) => {
      const names = current?.state ?? [];
      if (names.includes(name)) return { state: undefined, result: undefined };
      if (names.length >= max)
        throw new GameError("conflict", { message: `nobody is in more than ${max} channels` });
      const look = schedule(deadlines.joined, name, store.now() + UNDER_WAY_MS, { name, user });
      return { state: [...names, name], result: undefined, with: { deadlines: [look] } };
    });
    return committed !== undefined;
  }

  async function delistName(user: UserId, name: string): Promise<boolean> {
    const { committed } = await update<readonly string[], void>(documents, keys.joined(user), (current) => {
      if (!current?.state.includes(name)) return { state: undefined, result: undefined };
      const left = current.state.filter((each) => each !== name);
      return { state: left.length === 0 ? null : left, result: undefined };
    });
    return committed !== undefined;
  }

  /** Brings a user's list to whether they are in the channel of this name. */
  async function compare(name: string, user: UserId): Promise<void> {
    await reconcile({
      look: () =>
        Promise.all([documents.load(keys.channel(name)), documents.load(keys.membership(name, user))]),
      nameOf: ([channel, membership]) => `${channel?.version} ${membership?.version}`,
      mend([channel, membership]) {
        const isIn =
          membership?.state.state === "member" && membership.state.instance === channel?.state.instance;
        return isIn ? list(user, name, Number.POSITIVE_INFINITY) : delistName(user, name);
      },
    });
  }

  /** Whether an entry of the user's list is of no channel that they are in: of a join that is under way, or of none. */
  async function hasUnjoined(user: UserId): Promise<boolean> {
    const names = (await documents.load(keys.joined(user)))?.state ?? [];
    const memberships = await documents.loadMany(names.map((name) => keys.membership(name, user)));
    return memberships.some((found) => found?.state.state !== "member");
  }

  /** What the deleted channel had of those in one of its lists: their own lists first, so that a death in between repeats it. */
  async function empty(name: string, instance: string, key: IndexKey<null>): Promise<void> {
    for (;;) {
      const { members } = await indexes.page(key, { limit: STEP });
      if (members.length === 0) return;
      const users = members.map(({ member }) => member as UserId);
      await Promise.all(users.map((user) => compare(name, user)));
      const memberships = await documents.loadMany(users.map((user) => keys.membership(name, user)));
      const gone = users.flatMap((user, at): DocumentWrite[] => {
        const found = memberships[at];
        return found?.state.instance === instance ? [remove(keys.membership(name, user), found.version)] : [];
      });
      // Lost to a newer channel of this name, which somebody joined meanwhile: looked at again.
      const index = users.map((user) => indexRemove(key, user));
      await documents.commit({ partition: partitionOf(name), documents: gone, index });
    }
  }

  /** Sanctions of users in a deleted channel. */
  async function pardon(channel: Channel): Promise<void> {
    const key = sanctionedIn(channel);
    for (;;) {
      const { members } = await indexes.page(key, { limit: STEP });
      const users = members.map(({ member }) => member as UserId);
      const sanctions = users.map((user) => sanctionsOf(channel, user));
      const wanted: readonly DocumentKey<unknown>[] = [slowOf(channel), ...sanctions];
      const found = await documents.loadMany(wanted);
      const gone = wanted.flatMap((each, at): DocumentWrite[] => {
        const version = found[at]?.version;
        return version === undefined ? [] : [remove(each, version)];
      });
      if (users.length === 0 && gone.length === 0) return;
      const index = users.map((user) => indexRemove(key, user));
      await documents.commit({ partition: key.partition, documents: gone, index });
    }
  }

  timers.on(deadlines.joined, ({ payload: { name, user } }) => compare(name, user));
  timers.on(deadlines.emptied, async ({ payload: { name, channel } }) => {
    const { instance } = channel;
    await empty(name, instance, keys.members(name, instance));
    await empty(name, instance, keys.invited(name, instance));
    await pardon(channelOfName(name, channel));
  });

  return {
    /**
     * Writes down that the user is about to join, before the channel knows. Where it does not come to that, `compare` takes it back.
     * @throws GameError `conflict` if the user is in too many, joins that are under way among them
     */
    note: (user: UserId, name: string) =>
      takeLastPlace(
        () => list(user, name, MAX_JOINED),
        () => hasUnjoined(user),
      ),

    compare,

    /** Goes into the change by which a user joins or leaves a channel. */
    later: (name: string, user: UserId): DeadlineChange =>
      schedule(deadlines.joined, user, store.now(), { name, user }),

    /** Goes into the change that deletes a channel. */
    emptied: (name: string, channel: NamedChannel): DeadlineChange =>
      schedule(deadlines.emptied, channel.instance, store.now(), { name, channel }),
  };
}

export type OwnChannels = ReturnType<typeof createOwnChannels>;
