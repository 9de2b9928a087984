/** The join codes of private rooms. */

import { AGAIN, untilDone } from "../../../core/consistency/transact.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { put, remove } from "../../../core/ports/store/documents.ts";
import type { Random } from "../../../core/random.ts";
import { deadlines, keys } from "./stored.ts";

/** Without signs that are easily confused. */
const CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH = 8;
/** When a taken code is checked: long after its room must exist. */
const CODE_CHECK_MS = 60_000;

export type JoinCodes = ReturnType<typeof createJoinCodes>;

export function createJoinCodes({ store, random }: Pick<Services, "store" | "random">) {
  const { documents } = store;

  async function release(code: string, id: RoomId): Promise<void> {
    const key = keys.joinCode(code);
    const found = await documents.load(key);
    if (found?.state.roomId !== id) return;
    await documents.commit({ partition: key.partition, documents: [remove(key, found.version)] });
  }

  return {
    /** Takes a join code for a room that is about to be made. */
    async take(roomId: RoomId): Promise<string> {
      return untilDone(async () => {
        const code = newCode(random);
        const key = keys.joinCode(code);
        const done = await documents.commit({
          partition: key.partition,
          documents: [put(key, 0, { roomId })],
          deadlines: [schedule(deadlines.code, code, store.now() + CODE_CHECK_MS, { roomId })],
        });
        return done.outcome === "committed" ? code : AGAIN;
      });
    },

    async roomWith(code: string): Promise<RoomId | undefined> {
      return (await documents.load(keys.joinCode(code.toUpperCase())))?.state.roomId;
    },

    /** Frees the code where its room is gone. @returns whether the room is there */
    async check(code: string, id: RoomId): Promise<boolean> {
      if ((await documents.load(keys.room(id))) !== undefined) return true;
      await release(code, id);
      return false;
    },
  };
}

function newCode(random: Random): string {
  return Array.from({ length: CODE_LENGTH }, () => CODE_SIGNS[random.int(0, CODE_SIGNS.length - 1)]).join("");
}
