/** `npm run bench -- realtime`: players in real-time rooms beside the goals, and beside Colyseus where this Node can run it. */
import path from "node:path";
import type { Budget, Part } from "../parts/part.ts";
import type { Row } from "../support/report.ts";
import { measureClient } from "./client-cost.ts";
import { installColyseus } from "./colyseus.ts";
import { measureForms } from "./forms.ts";
import { measureRealtime, type RealtimeBenchRow, type RealtimeMeasurement } from "./index.ts";
import { LATE_MS, STALL_MS } from "./messages.ts";

/** A server with older frames has too many players; more are not tried on it. */
const TOO_OLD_MS = 400;
/** A load process that used more of its core may itself have been late. */
const BUSY_LOAD = 0.8;
/** What the goals of rooms where all are in one room are measured over. */
const MINUTE_MS = 60_000;

const GROWTH = { full: [120, 240, 480, 960], quick: [240] };
const GOALS = {
  perCore: "≥ 1.2 × Colyseus",
  minute: "no late step in a minute",
  columns: "≤ 13 KB/s a player",
};

type Case = Omit<RealtimeMeasurement, "measureMs" | "peer"> & {
  readonly what: string;
  readonly goal?: string;
  /** Measured for a minute. */
  readonly long?: true;
};

const CASES: readonly Case[] = [
  {
    ...{ scene: "crowd", players: 60, goal: GOALS.columns },
    what: "one room at 20 Hz, 60 entities, columns form",
  },
  { scene: "crowd", players: 60, form: "objects", what: "one room at 20 Hz, 60 entities, objects form" },
  {
    ...{ scene: "crowd", players: 500, long: true, goal: GOALS.minute },
    what: "one room at 20 Hz, all see all, 500 players",
  },
  {
    ...{ scene: "cells", players: 300, long: true, goal: GOALS.minute },
    what: "one room at 20 Hz, each sees a fifth, 300 players",
  },
  { scene: "rooms", players: 800, batch: 0, what: "100 rooms of 8 at 30 Hz, nobody sends anything" },
];
const QUICK_CASES = 2;
/** A room of eight, and a crowd. */
const FORM_ENTITIES = [8, 60];

export const realtime: Part = {
  name: "realtime",
  summary: "real-time rooms: the age of frames, CPU and bytes beside the goals, and beside Colyseus 0.18",
  async run(budget, add) {
    const peer = installColyseus(path.resolve(import.meta.dirname, "../.."));
    if ("reason" in peer) console.log(`  without a peer: ${peer.reason}`);
    const folder = "folder" in peer ? peer.folder : undefined;
    add(await idleRow(budget));
    await rooms(budget, folder, add);
    for (const one of budget.quick ? CASES.slice(0, QUICK_CASES) : CASES) {
      const measureMs = one.long && !budget.quick ? MINUTE_MS : budget.seconds * 1_000;
      add(rowOf(one.what, one.players, await measureRealtime({ ...one, measureMs }), one.goal));
    }
    add(clientRow());
    for (const entities of FORM_ENTITIES)
      for (const { form, bytes, wholeBytes, writeMicros, readMicros } of measureForms(entities))
        add({
          ...{
            part: "realtime",
            what: `a frame of ${entities} entities, ${form}`,
            muster: wholeBytes,
            unit: "bytes",
          },
          note: `${bytes.toFixed(0)} of changes, ${writeMicros.toFixed(1)} µs to write once a group, ${readMicros.toFixed(1)} µs to read`,
        });
    console.log("  take-overs, reloads and lost inputs: npm run faults; fairness and corrections: npm test");
  },
};

/** The same players in rooms of eight on each server in turn, and how many of them a core carries. */
async function rooms({ quick, seconds }: Budget, peer: string | undefined, add: (row: Row) => void) {
  const given: { readonly name: string; readonly options: Partial<RealtimeMeasurement> }[] = [
    { name: "muster", options: {} },
    { name: "muster, two ticks a message", options: { batch: 2 } },
    { name: "muster, plain WebSocket", options: { plain: true } },
    ...(peer === undefined ? [] : [{ name: "colyseus", options: { peer } }]),
  ];
  /** By server and number of players. */
  const carried = new Map<string, Map<number, { readonly perCore: number; readonly inTime: boolean }>>();
  const over = new Set<string>();
  for (const players of quick ? GROWTH.quick : GROWTH.full)
    for (const { name, options } of given) {
      if (over.has(name)) continue;
      const result = await measured({
        ...{ scene: "rooms", players, measureMs: seconds * 1_000 },
        ...options,
      });
      if (result === undefined) continue;
      add(rowOf(`rooms of 8 at 30 Hz, ${players} players, ${name}`, players, result));
      if (result.p99Ms > TOO_OLD_MS) over.add(name);
      const own = carried.get(name) ?? new Map<number, { perCore: number; inTime: boolean }>();
      carried.set(name, own);
      own.set(players, { perCore: players / result.serverCpu, inTime: result.p99Ms < LATE_MS });
    }
  for (const name of ["muster", "muster, two ticks a message"]) {
    const [own, other] = [carried.get(name), carried.get("colyseus")];
    const both = [...(own?.keys() ?? [])].filter((players) => other?.has(players));
    const inTime = both.filter((players) => own?.get(players)?.inTime && other?.get(players)?.inTime);
    const most = (inTime.length > 0 ? inTime : both).at(-1) ?? 0;
    const [mine, theirs] = [own?.get(most)?.perCore, other?.get(most)?.perCore];
    if (mine === undefined || theirs === undefined) continue;
    const late = inTime.length > 0 ? "" : `; p99 is NOT below ${LATE_MS} ms on both`;
    add({
      ...{ part: "realtime", what: `players a core, ${most} players, ${name}`, unit: "players" },
      ...{ bare: theirs, muster: mine, ratio: mine / theirs },
      note: `beside Colyseus, not bare Socket.IO; goal ${GOALS.perCore}${late}`,
    });
  }
}

/** What a server costs that has nothing to do. */
async function idleRow({ seconds }: Budget): Promise<Row> {
  const { serverCpu } = await measureRealtime({ scene: "rooms", players: 0, measureMs: seconds * 1_000 });
  return { part: "realtime", what: "a server without rooms", muster: serverCpu * 100, unit: "% of a core" };
}

function clientRow(): Row {
  const { microseconds, entities } = measureClient();
  return {
    ...{ part: "realtime", what: `muster.realtime, ${entities} entities: a frame taken and shown` },
    ...{ muster: microseconds, unit: "µs" },
  };
}

/** A peer that fails costs its own rows only. */
async function measured(measurement: RealtimeMeasurement) {
  try {
    return await measureRealtime(measurement);
  } catch (err) {
    if (measurement.peer === undefined) throw err;
    console.error(`  Colyseus, ${measurement.players} players: ${String(err)}`);
    return undefined;
  }
}

function rowOf(what: string, players: number, result: RealtimeBenchRow, goal?: string): Row {
  const {
    p99Ms,
    p50Ms,
    late,
    serverCpu,
    loadCpu,
    bytesPerSecond,
    framesPerSecond,
    refused,
    lateSteps,
    stalls,
  } = result;
  const notes = [
    `p50 ${p50Ms.toFixed(1)}`,
    `${(late * 100).toFixed(1)} % of frames over ${LATE_MS} ms`,
    ...(lateSteps === undefined ? [] : [`${lateSteps} steps late`]),
    ...(stalls === undefined
      ? []
      : [
          `stalls above ${STALL_MS} ms: ${stalls.own} by its own work (longest ${stalls.longestOwnMs.toFixed(0)} ms), ${stalls.starved} for want of a core`,
          `waited ${(stalls.waitedMs / 1_000).toFixed(1)} s for one`,
        ]),
    `${serverCpu.toFixed(2)} of a core`,
    loadCpu > BUSY_LOAD ? `LOAD TOO BUSY: ${loadCpu.toFixed(2)}` : `load ${loadCpu.toFixed(2)}`,
    `${(bytesPerSecond / players / 1_000).toFixed(1)} KB/s a player`,
    `${(framesPerSecond / 1_000).toFixed(1)}k frames/s`,
    ...(refused > 0 ? [`${refused} REFUSED`] : []),
    ...(goal === undefined ? [] : [`goal ${goal}`]),
  ];
  return { part: "realtime", what, muster: p99Ms, unit: "ms p99 age", note: notes.join(", ") };
}
