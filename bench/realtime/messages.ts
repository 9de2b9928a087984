/** What the processes of this benchmark tell each other. */

/** `rooms`: of eight at 30 Hz. `crowd`: one room at 20 Hz, all see all. `cells`: the same, each sees about a fifth. */
export type Scene = "rooms" | "crowd" | "cells";

/** How players take part. */
export interface PlayerOptions {
  /** Over plain WebSocket instead of Socket.IO. */
  readonly plain?: boolean;
  /** Default: `columns`. */
  readonly form?: "columns" | "objects";
  /** Ticks whose inputs go in one message. 0: they send none. Default: 1. */
  readonly batch?: number;
}

export interface RealtimeLoadOptions extends PlayerOptions {
  readonly url: string;
  /** The folder that Colyseus is installed in, where it is measured. */
  readonly peer?: string;
  readonly scene: Scene;
  readonly players: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface FrameDelivery {
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  /** How much later a frame comes than the quickest of its room, by its tick. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The share of frames that come more than `LATE_MS` later. */
  readonly late: number;
  readonly refused: number;
  readonly loadCpu: number;
}

export type RealtimeLoadReply =
  | { readonly phase: "measuring" }
  | { readonly frames: FrameDelivery }
  | { readonly failed: string };

export const HZ: Readonly<Record<Scene, number>> = { rooms: 30, crowd: 20, cells: 20 };
export const ROOM_SIZE = 8;
/** Half a step of the large rooms: a stall that is longer may make a step late. */
export const STALL_MS = 25;
/** A frame that comes more than this later than the quickest of its room is late. */
export const LATE_MS = 50;
