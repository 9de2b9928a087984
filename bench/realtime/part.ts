/** `npm run bench -- realtime`: players in real-time rooms, beside Colyseus where this Node can run it. */
import path from "node:path";
import type { Part } from "../parts/part.ts";
import type { Row } from "../support/report.ts";
import { installColyseus } from "./colyseus.ts";
import { measureRealtime, type RealtimeBenchRow } from "./index.ts";
import type { Scene } from "./messages.ts";

interface Case {
  readonly scene: Scene;
  readonly what: string;
  readonly players: readonly number[];
  readonly quick: readonly number[];
  /** Colyseus has no counterpart that is as simple: its views are made by hand. */
  readonly alone?: true;
}

const CASES: readonly Case[] = [
  { scene: "rooms", what: "rooms of 8 at 30 Hz", players: [240, 480, 720, 960, 1_200], quick: [240, 480] },
  { scene: "crowd", what: "one room at 20 Hz, all see all", players: [60, 200, 400, 500], quick: [60, 200] },
  { scene: "cells", what: "one room at 20 Hz, each sees a fifth", players: [300], quick: [300], alone: true },
];
/** A server with older frames has too many players; more are not tried on it. */
const TOO_OLD_MS = 400;

export const realtime: Part = {
  name: "realtime",
  summary: "real-time rooms: the age of frames, CPU and bytes, beside Colyseus 0.18 where Node is new enough",
  async run({ seconds, quick }, add) {
    const peer = installColyseus(path.resolve(import.meta.dirname, "../.."));
    if ("reason" in peer) console.log(`  without a peer: ${peer.reason}`);
    const folder = "folder" in peer ? peer.folder : undefined;
    for (const { scene, what, players, quick: few, alone } of CASES)
      for (const of of alone || folder === undefined ? [undefined] : [undefined, folder])
        for (const count of quick ? few : players) {
          const result = await measured(scene, count, seconds * 1_000, of);
          if (result === undefined) break;
          add(rowOf(`${what}, ${count} players, ${of === undefined ? "muster" : "colyseus"}`, count, result));
          if (result.p99Ms > TOO_OLD_MS) break;
        }
  },
};

/** A peer that fails costs its own rows only. */
async function measured(scene: Scene, players: number, measureMs: number, peer: string | undefined) {
  try {
    return await measureRealtime(scene, players, measureMs, peer);
  } catch (err) {
    if (peer === undefined) throw err;
    console.error(`  Colyseus, ${players} players: ${String(err)}`);
    return undefined;
  }
}

function rowOf(what: string, players: number, result: RealtimeBenchRow): Row {
  const { p99Ms, p50Ms, late, serverCpu, loadCpu, bytesPerSecond, framesPerSecond, refused } = result;
  const notes = [
    `p50 ${p50Ms.toFixed(1)}`,
    `${(late * 100).toFixed(1)} % late`,
    `${serverCpu.toFixed(2)} of a core`,
    `load ${loadCpu.toFixed(2)}`,
    `${(bytesPerSecond / players / 1_000).toFixed(1)} KB/s a player`,
    `${(framesPerSecond / 1_000).toFixed(1)}k frames/s`,
    ...(refused > 0 ? [`${refused} REFUSED`] : []),
  ];
  return { part: "realtime", what, muster: p99Ms, unit: "ms p99 age", note: notes.join(", ") };
}
