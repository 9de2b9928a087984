/**
 * Finds what no hint told: that a user who is connected here came into a channel, or out of a room, by way of another worker.
 * Looks at a part of them at each step, a fixed number of reads however many they are, so that all have been looked at in the end.
 */
import type { UserId } from "../../core/ids.ts";
import type { Belongings } from "./belonging.ts";
import type { Blocks } from "./blocks.ts";
import type { ChatContext } from "./context.ts";
import type { Member } from "./members.ts";
import type { RoomChannels } from "./room-channels.ts";

const STEP_MS = 500;
/** Steps in which all are looked at: four seconds. */
const STEPS = 8;

export function createRecheck(
  { services: { log }, members }: ChatContext,
  belongings: Belongings,
  roomChannels: RoomChannels,
  blocks: Pick<Blocks, "mend">,
  changed: (user: UserId) => void,
) {
  let at = members.all();
  let looking = false;

  function next(): Member[] {
    const some: Member[] = [];
    for (let left = Math.ceil(members.size / STEPS); left > 0; left--) {
      const { done, value } = at.next();
      if (done) {
        at = members.all();
        break;
      }
      some.push(value);
    }
    return some;
  }

  async function look(): Promise<void> {
    const some = next();
    if (some.length === 0) return;
    blocks.mend(some);
    const [rooms, joined] = await Promise.all([roomChannels.unlike(some), belongings.unlike(some)]);
    for (const { userId } of new Set([...rooms, ...joined])) changed(userId);
  }

  const interval = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((err: unknown) => log.debug({ err }, "channels could not be compared; tried again"))
      .finally(() => {
        looking = false;
      });
  }, STEP_MS);
  interval.unref();

  return { end: () => clearInterval(interval) };
}
