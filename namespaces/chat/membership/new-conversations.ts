/** Private channels come to be when somebody names a user: each user has so many new ones a day. */
import { dropOldest } from "../../../core/collections.ts";
import { GameError } from "../../../core/contract/errors.ts";
import type { Services } from "../../../core/ports/services.ts";
import { type Channel, peerOf } from "../model/channels.ts";
import { conversationsOf } from "./conversations.ts";
import type { Member } from "./local-members.ts";

/** Remembered of each user as being there. */
const MAX_KNOWN = 500;

export function createNewConversations({ store, storageQuotas }: Pick<Services, "store" | "storageQuotas">) {
  async function ask({ userId }: Member, channel: Channel): Promise<void> {
    try {
      await storageQuotas.stream(userId);
    } catch (refusal) {
      // A conversation that exists already may go on.
      const peer = peerOf(channel, userId);
      const known = peer !== undefined && (await store.indexes.get(conversationsOf(userId), peer));
      if (known && refusal instanceof GameError && refusal.code !== "unavailable") return;
      throw refusal;
    }
    const [end] = await store.streams.positions([channel.log]);
    if (end && end.offset > 0) storageQuotas.streamWasThere(userId);
  }

  return {
    /** A user names a private channel, which keeps its place in the store for a day from then on. @throws GameError `rate_limited` */
    async touch(member: Member, channel: Channel): Promise<void> {
      const { privates } = member;
      if (!privates.delete(channel.id)) await ask(member, channel);
      privates.add(channel.id);
      dropOldest(privates, MAX_KNOWN);
    },
  };
}
