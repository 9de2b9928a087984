/** Writes rooms into their lists. The lists follow the rooms, by the outbox. */
import { reconcile } from "../../../core/consistency/reconcile.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import { cancel, schedule } from "../../../core/ports/store/deadlines.ts";
import {
  append,
  type Change,
  indexPut,
  indexRemove,
  put,
  remove,
  type Versioned,
} from "../../../core/ports/store/documents.ts";
import { roomView } from "../delivery/view.ts";
import { keys, type Room } from "../rooms/stored.ts";
import type { RoomView } from "../schema.ts";
import { factsOf } from "./filter.ts";
import { type ListChange, type Listed, LOBBY, labelPlaces, listedRound, listKeys } from "./stored.ts";

/** Changes that a worker which missed some can still read. */
const KEPT_CHANGES = { maxLength: 2_000, maxBytes: 4 * 2 ** 20, ttlMs: 3_600_000 };
/** How often a listed room is compared without a change, in milliseconds. */
const ROUND_MS = 3_600_000;

export function createRoomLists({ store }: Pick<Services, "store">) {
  const { documents } = store;

  /** @returns whether there was anything to write */
  async function mend(
    id: RoomId,
    game: string,
    room: Room | undefined,
    listed: Versioned<Listed> | undefined,
  ): Promise<boolean> {
    const view = isPublic(room) ? roomView(room) : undefined;
    if (view !== undefined && listed !== undefined && same(view, listed.state.room)) return false;
    const change = view && room ? shown(room, view, listed) : gone(id, game, listed);
    await documents.commit({ partition: LOBBY, ...change });
    return true;
  }

  function shown(
    { id, game, createdAt }: Room,
    room: RoomView,
    listed: Versioned<Listed> | undefined,
  ): Omit<Change, "partition"> {
    const before = placesOf(id, listed);
    const places = labelPlaces(id, createdAt, room.labels);
    const moved = [...places.values()].filter(({ name, score }) => before.get(name)?.score !== score);
    return {
      documents: [put(listKeys.listed(id), listed?.version ?? 0, { room, createdAt })],
      index: [
        ...[keys.lobby(), keys.lobby(game)].map((key) => indexPut(key, id, createdAt, room)),
        ...moved,
        ...left(
          id,
          [...before.keys()].filter((name) => !places.has(name)),
        ),
      ],
      append: [append(listKeys.changes(), changeOf(id, room, listed), KEPT_CHANGES)],
      ...(listed === undefined && {
        deadlines: [schedule(listedRound, id, store.now() + ROUND_MS, { game })],
      }),
    };
  }

  return {
    /** Writes a room into its lists as it is, or takes it off. */
    async list(id: RoomId, game: string): Promise<void> {
      await reconcile({
        async look() {
          const [room, listed] = await Promise.all([
            documents.load(keys.room(id)),
            documents.load(listKeys.listed(id)),
          ]);
          return { room, listed };
        },
        nameOf: ({ room, listed }) => `${room?.version} ${listed?.version}`,
        mend: ({ room, listed }) => mend(id, game, room?.state, listed),
      });
    },

    /** After a round: the next one, where the room is still listed. */
    async again(id: RoomId, game: string): Promise<void> {
      if ((await documents.load(listKeys.listed(id))) === undefined) return;
      const next = schedule(listedRound, id, store.now() + ROUND_MS, { game });
      await documents.commit({ partition: LOBBY, deadlines: [next] });
    },
  };
}

const isPublic = (room: Room | undefined): room is Room =>
  room !== undefined && room.phase !== "ended" && !room.private;

const same = (one: RoomView, other: RoomView) => JSON.stringify(one) === JSON.stringify(other);

const changeOf = (id: RoomId, room: RoomView | null, listed: Versioned<Listed> | undefined): ListChange => ({
  id,
  room,
  was: listed === undefined ? null : factsOf(listed.state.room),
});

const placesOf = (id: RoomId, listed: Versioned<Listed> | undefined) =>
  labelPlaces(id, listed?.state.createdAt ?? 0, listed?.state.room.labels);

const left = (id: RoomId, names: Iterable<string>) =>
  Array.from(names, (name) => indexRemove({ partition: LOBBY, name }, id));

/** One that older servers have listed is in the first two lists alone. */
function gone(id: RoomId, game: string, listed: Versioned<Listed> | undefined): Omit<Change, "partition"> {
  const index = [
    ...[keys.lobby(), keys.lobby(game)].map((key) => indexRemove(key, id)),
    ...left(id, placesOf(id, listed).keys()),
  ];
  if (listed === undefined) return { index };
  return {
    index,
    documents: [remove(listKeys.listed(id), listed.version)],
    append: [append(listKeys.changes(), changeOf(id, null, listed), KEPT_CHANGES)],
    deadlines: [cancel(listedRound, id)],
  };
}
