/** What a real-time room stores, and what its workers tell each other. */

import type { GameResult } from "../../../core/games/game.ts";
import type { RoomId, UserId } from "../../../core/ids.ts";
import { topic } from "../../../core/ports/store/bus.ts";
import { deadlineKind } from "../../../core/ports/store/deadlines.ts";
import { documentKey, partitions, streamKey } from "../../../core/ports/store/keys.ts";
import type { VisibleEntity } from "../../../core/realtime/delta.ts";
import type { RealtimeEvent } from "../../../core/realtime/game.ts";
import type { NumberedInput } from "../../../core/realtime/inputs.ts";
import type { JournalEntry, SnapshotEntry } from "../../../core/realtime/journal.ts";

/** The running simulation of a room. Its version is the fence: each commit of the journal expects the one before. */
export interface RunRecord {
  /** Grows with each owner of the room, over all of its games. */
  readonly epoch: number;
  /** The worker that steps it. */
  readonly owner: string;
  /** The game of the room that it is. */
  readonly round: number;
  /** The last tick that is in the journal. */
  readonly tick: number;
  /** The journal's entry with the newest snapshot. */
  readonly snapshotAt: number;
  /** When it was written, in the store's time. */
  readonly at: number;
  /** The game is over: the room still has to be told. */
  readonly result?: GameResult;
}

export const runKeys = {
  run: (id: RoomId) => documentKey<RunRecord>(partitions.game(id), "realtime"),
  journal: (id: RoomId, round: number) => streamKey<JournalEntry>(partitions.game(id), `journal:${round}`),
};

/** Somebody must step the room. The owner moves it on with its commits, so that it is due where no owner is left. */
export const ownerless = deadlineKind<{ roomId: RoomId }>("game:realtime");

/** What a player is told of their own inputs with a frame. */
export interface SeatStatus {
  readonly user: UserId;
  readonly ack: number;
  /** Inputs that wait. */
  readonly lead: number;
  /** The last input that is in the journal. */
  readonly saved: number;
  readonly lost?: readonly [from: number, to: number];
}

/** What happened in a room since the packet before; or all of it, for a worker that begins to follow. */
export interface TickPacket {
  readonly room: RoomId;
  readonly epoch: number;
  readonly round: number;
  readonly tick: number;
  /** The tick of the packet that it continues; null: it is whole. */
  readonly base: number | null;
  /** Why it is whole. */
  readonly reason?: "joined" | "takeover";
  readonly set: readonly (readonly [collection: string, entity: VisibleEntity])[];
  readonly gone: readonly (readonly [collection: string, id: string])[];
  readonly events: readonly RealtimeEvent[];
  readonly seats: readonly SeatStatus[];
  /** Ticks that were never played, because the worker was late. */
  readonly skipped?: number;
  /** Nobody steps the room any more: the last packet of this owner. `handover`: look for the next owner at once. */
  readonly end?: "over" | "handover";
}

/** Inputs of one player as the connection's worker has read them. */
export interface InputBatch {
  readonly room: RoomId;
  readonly epoch?: number;
  readonly user: UserId;
  readonly inputs: readonly NumberedInput[];
  /** The newest frame that the client had. */
  readonly got?: number;
  /** The frame that it showed. */
  readonly seen?: number;
}

/** A room at the tick boundary at which its owner stopped, for a worker that goes on. Until one does, the room is nobody's. */
export interface Handover {
  readonly room: RoomId;
  /** As it is stored now, without an owner, and its version. */
  readonly record: RunRecord;
  readonly version: number;
  readonly snapshot: SnapshotEntry;
  /** The workers that follow it, the former owner among them. */
  readonly followers: readonly string[];
}

/** What a worker that is asked for places says of itself. */
export interface Offer {
  /** Its load: 1 where it is full, below that elsewhere. */
  readonly busy: number;
  /** Rooms that it may still take. */
  readonly room: number;
}

/** From one worker to another, in one message per turn of the event loop. */
export interface LinkMessage {
  readonly from: string;
  /** Rooms that `from` wants to hear of; `whole`: it needs a whole packet. */
  readonly follow?: readonly { readonly room: RoomId; readonly whole: boolean }[];
  readonly unfollow?: readonly RoomId[];
  readonly inputs?: readonly InputBatch[];
  readonly packets?: readonly TickPacket[];
  /** Rooms that nobody steps yet, because `from` has no place for them. */
  readonly begin?: readonly RoomId[];
  /** Rooms that `from` does not step. */
  readonly notMine?: readonly RoomId[];
  readonly handovers?: readonly Handover[];
  /** Answers a call for offers. */
  readonly offers?: readonly Offer[];
}

/** Asks all workers whether they could step more rooms. */
export const callTopic = topic<{ readonly from: string }>("game:realtime:call");

export const linkTopic = (host: string) => topic<LinkMessage>(`game:realtime:${host}`);
