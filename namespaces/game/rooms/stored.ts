/** What `/game` keeps, and under which names. */
import type { GameEvent, GameResult } from "../../../core/games/game.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import { deadlineKind } from "../../../core/ports/store/deadlines.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { PresenceEdge } from "../../../core/ports/store/presence.ts";
import type { RoomView } from "../schema.ts";

export interface Seat {
  readonly userId: UserId;
  readonly name: string;
  readonly team: number | null;
  readonly connected: boolean;
  /** Was away for longer than the grace period while the game ran. */
  readonly dropped: boolean;
}

/** The room's game: the present one or the last. */
export interface Play {
  /** Who plays, in order of seats; fixed unless the game lets others join. */
  readonly players: readonly UserId[];
  readonly state: unknown;
  /** 1 at the start of the room's first game; one more with each change, also from a game to its rematch. */
  readonly version: number;
  /** Counts the games of this room. */
  readonly round: number;
  /** The version that this game began with. */
  readonly first: number;
  /** The present turn, where it has a time limit. */
  readonly turn: Turn | null;
}

export interface Turn {
  /** The version that it began with: no other turn of the room has it. */
  readonly since: number;
  /** When its time is over, in the store's time. */
  readonly deadline: number;
}

export interface Room {
  readonly id: RoomId;
  readonly name: string;
  readonly game: string;
  readonly owner: UserId;
  readonly seats: readonly Seat[];
  readonly maxPlayers: number;
  readonly private: boolean;
  readonly joinCode: string | null;
  /** Made by matchmaking: told when it is over. */
  readonly match: boolean;
  /** Of matchmaking, where it was made by it. */
  readonly mode?: string;
  readonly phase: RoomView["phase"];
  readonly createdAt: number;
  /** Of the game, as it was asked for. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Who agrees to play again, once the game is over. */
  readonly rematch: readonly UserId[];
  /** Whom the owner does not want here, newest last. */
  readonly kicked: readonly UserId[];
  readonly play: Play | null;
  /** Of the last game that ended here. */
  readonly result: GameResult | null;
}

/** What a room's members are told, in order. States are whole: each receiver gets their view. */
export type RoomEntry =
  | { readonly kind: "updated"; readonly room: RoomView }
  | { readonly kind: "started"; readonly game: string; readonly room: RoomView; readonly play: Play }
  | {
      readonly kind: "played";
      readonly game: string;
      readonly play: Play;
      readonly events: readonly GameEvent[];
    }
  | { readonly kind: "ended"; readonly result: GameResult }
  | { readonly kind: "left"; readonly userId: UserId; readonly kicked?: true }
  | { readonly kind: "closed"; readonly room: RoomView };

/** What is kept of a game that is over: who may replay it, and how it ended. */
export interface EndedGame {
  readonly game: string;
  readonly players: readonly UserId[];
  readonly result: GameResult;
}

/** The rooms that a user has, or is about to get, a seat in. An entry may be late: the room is the truth. */
export interface OwnRooms {
  readonly rooms: readonly { readonly id: RoomId; readonly at: number; readonly match?: true }[];
}

export const keys = {
  room: (id: RoomId) => documentKey<Room>(partitions.game(id), "room"),
  entries: (id: RoomId) => streamKey<RoomEntry>(partitions.game(id), "entries"),
  log: (id: RoomId, round: number) => streamKey<LogEntry>(partitions.game(id), `log:${round}`),
  ended: (id: RoomId, round: number) => documentKey<EndedGame>(partitions.game(id), `ended:${round}`),
  ownRooms: (user: UserId) => documentKey<OwnRooms>(partitions.user(user), "game:rooms"),
  /** Public rooms by their age: all of them, or those of one game. */
  lobby: (game?: string) =>
    indexKey<RoomView>(partitions.lobby(), game === undefined ? "rooms" : `rooms:${game}`),
  joinCode: (code: string) => documentKey<{ roomId: RoomId }>(partitions.lobby(), `code:${code}`),
};

export const deadlines = {
  /** Edges of a user's connections to `/game`. */
  online: deadlineKind<PresenceEdge>("game:online"),
  offline: deadlineKind<PresenceEdge>("game:offline"),
  /** A user's connections are more or fewer, and some are left. */
  counted: deadlineKind<PresenceEdge>("game:counted"),
  /** The presence grace period is over. */
  gone: deadlineKind<PresenceEdge>("game:gone"),
  /** Outbox: the others must be told what the user chose to show; in the user's partition. */
  chosen: deadlineKind<{ userId: UserId }>("game:chosen"),
  /** Outbox: the user's list must name the room as long as they have a seat there. */
  own: deadlineKind<{ roomId: RoomId; userId: UserId }>("game:own"),
  /** Outbox: the seats of a room must be on their players' lists, and be as presence has it. */
  seats: deadlineKind<{ roomId: RoomId }>("game:seats"),
  /** The same from time to time; with those who had a seat, for a room that has ended by then. */
  round: deadlineKind<{ roomId: RoomId; users: readonly UserId[] }>("game:round"),
  /** A seat's grace period is over; in the room's partition, its id the user. */
  seat: deadlineKind<{ roomId: RoomId }>("game:seat"),
  /** A turn's time is over; in the room's partition. */
  turn: deadlineKind<{ roomId: RoomId; since: number }>("game:turn"),
  /** Outbox: a game has started and its players must hear of it. */
  started: deadlineKind<{ roomId: RoomId; round: number }>("game:started"),
  /** Outbox: the lists must show the room as it is now. */
  listed: deadlineKind<{ roomId: RoomId; game: string }>("game:listed"),
  /** A room may still be its owner's alone; in the room's partition. */
  lonely: deadlineKind<{ roomId: RoomId }>("game:lonely"),
  /** A join code may be of a room that never came to be, or is gone; its id the code. */
  code: deadlineKind<{ roomId: RoomId }>("game:code"),
};

/** Connections of these users must follow the room. */
export const followTopic = topic<{ roomId: RoomId; users: readonly UserId[] }>("game:follow");

/** These users may have got or lost a seat in the room. */
export const membersTopic = topic<{ roomId: RoomId; users: readonly UserId[] }>("game:members");
