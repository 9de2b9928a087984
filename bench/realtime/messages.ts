/** What the processes of this benchmark tell each other. */

/** `rooms`: of eight at 30 Hz. `crowd`: one room at 20 Hz, all see all. `cells`: the same, each sees about a fifth. */
export type Scene = "rooms" | "crowd" | "cells";

export interface RealtimeLoadOptions {
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
  /** The share of frames that come more than 50 ms later. */
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
