/**
 * Finds changes whose hint was lost: a local user joined a channel, or lost a seat, through another worker. And lets users hear channels
 * again that a sanction has shut to them, once it has ended.
 */

import { createAntiEntropy } from "../../../core/consistency/anti-entropy.ts";
import type { UserId } from "../../../core/ids.ts";
import type { ChatContext } from "../context.ts";
import type { Blocks } from "../moderation/blocks.ts";
import type { NamedMemberships } from "./named-membership.ts";
import type { RoomChannels } from "./room-channels.ts";

/** All are looked at in four seconds. */
const STEPS = 8;

export function createMembershipReconcile(
  { services: { log, store }, members }: ChatContext,
  memberships: NamedMemberships,
  roomChannels: RoomChannels,
  blocks: Pick<Blocks, "mend">,
  changed: (user: UserId) => Promise<void>,
) {
  return createAntiEntropy({
    of: members,
    steps: STEPS,
    async look(some) {
      blocks.mend(some);
      const [rooms, joined] = await Promise.all([roomChannels.unlike(some), memberships.unlike(some)]);
      const now = store.now();
      const back = some.filter(({ triedAgainAt }) => triedAgainAt <= now);
      await Promise.all([...new Set([...rooms, ...joined, ...back])].map(({ userId }) => changed(userId)));
    },
    failed: (err) => log.debug({ err }, "channels could not be compared; tried again"),
  });
}
