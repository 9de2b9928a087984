/** What an operator sees of rooms and games: more than any player, so it is for the console alone. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { GameError } from "../../core/contract/errors.ts";
import type { Game } from "../../core/games/game.ts";
import { type LogEntry, type Replayed, replay } from "../../core/games/replay.ts";
import { type OneView, viewsWithin } from "../../core/games/views.ts";
import { asId, type RoomId, type UserId } from "../../core/ids.ts";
import type { Services } from "../../core/ports/services.ts";
import { iso } from "../../core/time.ts";
import { roomView, stateFor } from "./delivery/view.ts";
import { runKeys } from "./realtime/stored.ts";
import type { RealtimeViews } from "./realtime/viewing/followed.ts";
import { deadlines, keys, type Room } from "./rooms/stored.ts";

/** Steps that a log is played again for, to show the state after one. */
const MAX_REPLAYED = 5_000;
const LOG_PAGE = 1_000;
/** How long a log is played again without a pause, in milliseconds. */
const SLICE_MS = 10;
/** What a page of steps holds, and the views of one room together, in UTF-16 units of their JSON. */
const MAX_LENGTH = 262_144;

interface InspectParts {
  readonly games: ReadonlyMap<string, Game>;
  readonly isRealtime: (game: string) => boolean;
  /** Rooms that connections of this worker follow. */
  readonly followed: () => Iterable<RoomId>;
  /** Of a real-time room that connections of this worker follow. */
  readonly realtimeViews: (id: RoomId, users: readonly (UserId | null)[]) => RealtimeViews | undefined;
}

export type GameInspection = ReturnType<typeof createGameInspection>;

export function createGameInspection({ store }: Pick<Services, "store">, parts: InspectParts) {
  const { documents, indexes, streams } = store;
  const { games } = parts;

  async function load(id: string): Promise<Room> {
    const room = (await documents.load(keys.room(asId<RoomId>(id))))?.state;
    if (room === undefined) throw new GameError("not_found", { message: "there is no such room" });
    return room;
  }

  /** In the order of the ids; those that are gone are left out. */
  async function summaries(ids: readonly string[]) {
    const found = await documents.loadMany(ids.map((id) => keys.room(asId<RoomId>(id))));
    return found.flatMap((room) => (room === undefined ? [] : [summaryOf(room.state)]));
  }

  function viewsOf({ game: name, play }: Room): readonly OneView<UserId, unknown>[] {
    const game = games.get(name);
    if (game === undefined || play === null) return [];
    return viewsWithin(MAX_LENGTH, play.players, (user) => stateFor(game, play, user));
  }

  /** The states after the steps between two offsets, by offset; undefined where the log does not begin at its start, or is too long. */
  async function replayed(game: Game, room: RoomId, round: number, after: number, upTo: number) {
    const log: LogEntry[] = [];
    for (let read = 0; log.length < upTo && upTo <= MAX_REPLAYED; ) {
      const page = await streams.read(keys.log(room, round), { after: read, limit: LOG_PAGE });
      if (page.entries.length === 0) break;
      log.push(...page.entries.map(({ entry }) => entry));
      read = page.entries.at(-1)?.offset ?? read;
      await nextTurn();
    }
    if (log[0]?.kind !== "start" || log.length < upTo) return undefined;
    const states = new Map<number, Replayed>();
    let begun = performance.now();
    let offset = 0;
    try {
      for (const step of replay(game, log.slice(0, upTo))) {
        // A step before the page is played for what comes after it alone.
        if (++offset > after) states.set(offset, step);
        if (performance.now() - begun < SLICE_MS) continue;
        await nextTurn();
        begun = performance.now();
      }
    } catch {
      // The rules have changed since: the log no longer fits them.
      return undefined;
    }
    return states;
  }

  return {
    followedHere: parts.followed,
    /** Whether the ids of such deadlines let others in. */
    hasSecretId: (kind: string): boolean => kind === deadlines.code.kind,
    summaries,

    /** Public rooms that have not ended, newest first. */
    async publicRooms(range: { readonly cursor?: string; readonly limit: number }) {
      const page = await indexes.page(keys.lobby(), { ...range, reverse: true });
      const rooms = await summaries(page.members.map(({ member }) => member));
      return { rooms, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
    },

    /** Those that the user has a seat in. */
    async roomsOf(user: string) {
      const own = (await documents.load(keys.ownRooms(asId<UserId>(user))))?.state.rooms ?? [];
      return summaries(own.slice(0, 100).map(({ id }) => id));
    },

    /** @throws GameError `not_found` */
    async room(id: string) {
      const room = await load(id);
      const isRealtime = parts.isRealtime(room.game);
      return {
        room: summaryOf(room),
        is_realtime: isRealtime,
        views: isRealtime ? [] : viewsOf(room),
        ...(room.result === null ? {} : { result: room.result }),
      };
    },

    /** Undefined where no connection of this worker follows the real-time room. */
    async realtimeViews(id: string): Promise<RealtimeViews | undefined> {
      const play = (await documents.load(keys.room(asId<RoomId>(id))))?.state.play;
      return play ? parts.realtimeViews(asId<RoomId>(id), [...play.players, null]) : undefined;
    },

    /**
     * The log of a game, one step after the other. With `as` (a user's id, or "" for a spectator) each has the state that they saw then.
     * @throws GameError `not_found`
     */
    async log(
      id: string,
      options: {
        readonly round?: number;
        readonly after: number;
        readonly limit: number;
        readonly as?: string;
      },
    ) {
      const room = (await documents.load(keys.room(asId<RoomId>(id))))?.state;
      const round = options.round ?? room?.play?.round ?? 1;
      const ended = await documents.load(keys.ended(asId<RoomId>(id), round));
      const name = ended?.state.game ?? room?.game;
      if (name === undefined) throw new GameError("not_found", { message: "there is no such game" });
      const { after, limit } = options;
      const range = { after, limit, maxBytes: MAX_LENGTH };
      const game = games.get(name);
      const about = { room_id: id, game: name, round };
      if (parts.isRealtime(name)) {
        const page = await streams.read(runKeys.journal(asId<RoomId>(id), round), range);
        const steps = page.entries.map(({ offset, entry }) => ({
          offset,
          entry: entry.kind === "snapshot" ? { ...entry, at: iso(entry.at) } : entry,
        }));
        return { ...about, complete: page.first === 1, last: page.offset, steps };
      }
      const page = await streams.read(keys.log(asId<RoomId>(id), round), range);
      const upTo = page.entries.at(-1)?.offset ?? 0;
      const wantsStates = options.as !== undefined && game !== undefined && upTo > 0;
      const states = wantsStates ? await replayed(game, asId<RoomId>(id), round, after, upTo) : undefined;
      const viewer = options.as ? asId<UserId>(options.as) : null;
      let length = 0;
      const steps = page.entries.map(({ offset, entry }) => {
        const played = states?.get(offset);
        const shown = { offset, entry: { ...entry, at: iso(entry.at) } };
        if (played === undefined || game === undefined || length > MAX_LENGTH) return shown;
        const state = stateFor(game, played, viewer);
        length += JSON.stringify(state ?? null).length;
        return { ...shown, state };
      });
      return { ...about, complete: page.first === 1, last: page.offset, steps };
    },
  };
}

/** Without the join code, which lets others in. */
function summaryOf(room: Room) {
  const { join_code: _, ...view } = roomView(room);
  const { play, match, mode, createdAt } = room;
  return {
    ...view,
    match,
    ...(mode === undefined ? {} : { game_mode: mode }),
    created_at: iso(createdAt),
    version: play?.version ?? 0,
    ...(play?.turn ? { turn_ends_at: iso(play.turn.deadline) } : {}),
  };
}
