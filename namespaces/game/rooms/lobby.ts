/** The lists of public rooms and the join codes of private ones. They follow the rooms, by the outbox. */

import { reconcile } from "../../../core/consistency/reconcile.ts";
import { AGAIN, untilDone } from "../../../core/consistency/transact.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Spend } from "../../../core/ports/reading.ts";
import type { Services } from "../../../core/ports/services.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { indexPut, indexRemove, put, remove } from "../../../core/ports/store/documents.ts";
import { partitions } from "../../../core/ports/store/keys.ts";
import type { Random } from "../../../core/random.ts";
import type { GameSession } from "../delivery/state-sender.ts";
import { roomView } from "../delivery/view.ts";
import type { RoomView } from "../schema.ts";
import { deadlines, keys, type Room } from "./stored.ts";

/** Without signs that are easily confused. */
const CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH = 8;
/** When a taken code is checked: long after its room must exist. */
const CODE_CHECK_MS = 60_000;
/** Reads of the list for one page of rooms that fit, and bytes of each and of all. */
const MAX_READS = 10;
const PAGE_BYTES = 128 * 1_024;

interface RoomsWish {
  readonly game?: string | undefined;
  readonly phase?: RoomView["phase"] | undefined;
  readonly open?: boolean | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export type Lobby = ReturnType<typeof createLobby>;

export function createLobby({ store, random, reading }: Services) {
  const { documents, indexes } = store;

  /** Writes a room into its lists as it is, or takes it off. */
  async function list(id: RoomId, game: string): Promise<void> {
    const runs = (room: Room | undefined) => room !== undefined && room.phase !== "ended";
    await reconcile({
      look: () => documents.load(keys.room(id)),
      nameOf: (found) => String(found?.version),
      async mend(found) {
        const room = found?.state;
        await documents.commit({
          partition: partitions.lobby(),
          index: [keys.lobby(), keys.lobby(game)].map((key) =>
            room && runs(room) && !room.private
              ? indexPut(key, id, room.createdAt, roomView(room))
              : indexRemove(key, id),
          ),
        });
        return true;
      },
    });
  }

  async function releaseCode(code: string, id: RoomId): Promise<void> {
    const key = keys.joinCode(code);
    const found = await documents.load(key);
    if (found?.state.roomId !== id) return;
    await documents.commit({ partition: key.partition, documents: [remove(key, found.version)] });
  }

  async function page(wish: RoomsWish, spend: Spend): Promise<{ rooms: RoomView[]; cursor?: string }> {
    const { game, phase, open, limit } = wish;
    const fits = (room: RoomView) =>
      (phase === undefined || room.phase === phase) &&
      (open === undefined || room.players.length < room.max_players === open);
    const rooms: RoomView[] = [];
    let { cursor } = wish;
    let bytes = 0;
    for (let reads = 0; reads < MAX_READS && rooms.length < limit && bytes < PAGE_BYTES; reads++) {
      const found = await indexes.page(keys.lobby(game), {
        limit: limit - rooms.length,
        maxBytes: PAGE_BYTES - bytes,
        reverse: true,
        ...(cursor === undefined ? {} : { cursor }),
      });
      await spend(found.bytes);
      bytes += found.bytes ?? 0;
      rooms.push(...found.members.map(({ value }) => value).filter(fits));
      cursor = found.cursor;
      if (cursor === undefined) return { rooms };
    }
    return cursor === undefined ? { rooms } : { rooms, cursor };
  }

  return {
    list,

    /** Takes a join code for a room that is about to be made. */
    async takeCode(roomId: RoomId): Promise<string> {
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

    /** Rooms that fit; fewer than `limit` with a cursor where many do not, or where they are large. */
    page: (session: GameSession, wish: RoomsWish) => reading.turn(session, (spend) => page(wish, spend)),

    /** Frees the code where its room is gone. @returns whether the room is there */
    async checkCode(code: string, id: RoomId): Promise<boolean> {
      if ((await documents.load(keys.room(id))) !== undefined) return true;
      await releaseCode(code, id);
      return false;
    },
  };
}

function newCode(random: Random): string {
  return Array.from({ length: CODE_LENGTH }, () => CODE_SIGNS[random.int(0, CODE_SIGNS.length - 1)]).join("");
}
