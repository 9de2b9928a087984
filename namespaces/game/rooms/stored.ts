/** What `/game` stores, and its keys. */
import type { GameEvent, GameResult } from "../../../core/games/game.ts";
import type { Labels } from "../../../core/games/labels.ts";
import type { LogEntry } from "../../../core/games/replay.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import { deadlineKind } from "../../../core/ports/store/deadlines.ts";
import { documentKey, indexKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { PresenceEdge } from "../../../core/ports/store/presence.ts";
import type { TeamNumbers, Teams } from "../../../core/teams.ts";
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
  /** The players, in order of seats; fixed unless the game lets others join. */
  readonly players: readonly UserId[];
  readonly state: unknown;
  /** 1 at the start of the room's first game; one more with each change, also from a game to its rematch. */
  readonly version: number;
  /** Counts the games of this room. */
  readonly round: number;
  /** The version that this game began with. */
  readonly first: number;
  /** The present turn, where it has a time limit. */
  readonly turn: RoomTurn | null;
  /** Of the players that have a team; those who left keep theirs. */
  readonly teams?: TeamNumbers;
}

export interface RoomTurn {
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
  /** Made by matchmaking, which is notified of its end. */
  readonly match: boolean;
  /** Of matchmaking, where it was made by it. */
  readonly mode?: string;
  readonly phase: RoomView["phase"];
  /** Absent in rooms of older versions, and in matches. */
  readonly labels?: Labels;
  readonly createdAt: number;
  /** Of the game, as they were requested. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Users that agree to play again, once the game is over. */
  readonly rematch: readonly UserId[];
  /** Users that the owner has kicked, newest last. */
  readonly kicked: readonly UserId[];
  readonly play: Play | null;
  /** Of the last game that ended here. */
  readonly result: GameResult | null;
}

/** The entries of a room's stream. States are whole: each receiver is sent their view. */
export type RoomEntry =
  | { readonly kind: "updated"; readonly room: RoomView }
  | { readonly kind: "started"; readonly game: string; readonly room: RoomView; readonly play: Play }
  | {
      readonly kind: "played";
      readonly game: string;
      readonly play: Play;
      readonly events: readonly GameEvent[];
    }
  | { readonly kind: "ended"; readonly result: GameResult; readonly teams?: Teams }
  | { readonly kind: "left"; readonly userId: UserId; readonly kicked?: true }
  | { readonly kind: "closed"; readonly room: RoomView };

/** The record of a game that is over: who may replay it, and how it ended. */
export interface EndedGame {
  readonly game: string;
  readonly players: readonly UserId[];
  readonly result: GameResult;
  /** Teams of the players that had one, in the store's time of the end. Absent in records of older versions, as the fields below. */
  readonly teams?: TeamNumbers;
  readonly at?: number;
  /** Of matchmaking, where it made the room. */
  readonly match?: boolean;
  readonly mode?: string;
  /** The application's hook knows of it. */
  readonly isTold?: true;
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
  /** Outbox: the application is told that a game has ended. */
  ended: deadlineKind<{ roomId: RoomId; round: number }>("game:ended"),
  /** The presence grace period is over. */
  gone: deadlineKind<PresenceEdge>("game:gone"),
  /** Outbox: the status that the user chose must be published; in the user's partition. */
  chosen: deadlineKind<{ userId: UserId }>("game:chosen"),
  /** Outbox: the user's list must agree with whether they have a seat in the room. */
  own: deadlineKind<{ roomId: RoomId; userId: UserId }>("game:own"),
  /** Outbox: the seats of a room must be on their players' lists, and agree with presence. */
  seats: deadlineKind<{ roomId: RoomId }>("game:seats"),
  /** The same periodically, with the users that had a seat, for a room that has expired by then. */
  round: deadlineKind<{ roomId: RoomId; users: readonly UserId[] }>("game:round"),
  /** A seat's grace period is over; in the room's partition, its id the user. */
  seat: deadlineKind<{ roomId: RoomId }>("game:seat"),
  /** A turn's time is over; in the room's partition. */
  turn: deadlineKind<{ roomId: RoomId; since: number }>("game:turn"),
  /** Outbox: a game has started and its players must be notified. */
  started: deadlineKind<{ roomId: RoomId; round: number }>("game:started"),
  /** Outbox: the lists must show the room as it is now. */
  listed: deadlineKind<{ roomId: RoomId; game: string }>("game:listed"),
  /** A room may still be its owner's alone; in the room's partition. */
  lonely: deadlineKind<{ roomId: RoomId }>("game:lonely"),
  /** A join code may be of a room that was never made, or is gone; its id the code. */
  code: deadlineKind<{ roomId: RoomId }>("game:code"),
};

/** Connections of these users must follow the room. */
export const followTopic = topic<{ roomId: RoomId; users: readonly UserId[] }>("game:follow");

/** These users may have got or lost a seat in the room. */
export const membersTopic = topic<{ roomId: RoomId; users: readonly UserId[] }>("game:members");
