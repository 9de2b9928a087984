/** Rows 16 and 17: turn timers of a worker that is killed, and of one whose clock is an hour off. */
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Muster } from "../../client/index.ts";
import { checkEffects, type Effect } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";
import { device } from "./once.ts";

const TURN_SECONDS = 2;
/** A late timer is one that is later than this. */
const LATE_MS = 1_000;

interface Timeout {
  readonly turn: number;
  readonly at: number;
}

/** A duel whose first turn has begun, as the watching player saw it. */
interface Duel {
  readonly players: readonly Muster[];
  readonly timeouts: Timeout[];
  readonly turn: number;
  /** By the watcher's monotonic clock. */
  readonly begunAt: number;
}

async function duel(stage: Stage, name: string, urls: readonly (string | undefined)[]): Promise<Duel> {
  const names = [`${name}-ann`, `${name}-bob`];
  const [ann, bob] = names.map((user, at) => device(stage, user, urls[at]));
  if (!ann || !bob) throw new Error("no pair");
  const timeouts: Timeout[] = [];
  let first: { turn: number; at: number } | undefined;
  const watcher = bob.in("/combat");
  watcher.on("combat_timeout", ({ turn }) => timeouts.push({ turn, at: performance.now() }));
  watcher.on("combat_turn", ({ turn }) => {
    first ??= { turn, at: performance.now() };
  });
  // Made at ann's worker: it is the one that starts the timer.
  const { combat_session_id } = await ann.in("/combat").call("combat_create", {
    participants: names.map((id, team) => ({ id, kind: "player" as const, team })),
    turn_seconds: TURN_SECONDS,
  });
  await watcher.call("combat_join", { combat_session_id });
  await ann.in("/combat").call("combat_join", { combat_session_id });
  await until("the first turn has begun", () => first !== undefined, 10_000);
  return { players: [ann, bob], timeouts, turn: first?.turn ?? 0, begunAt: first?.at ?? 0 };
}

export const killedTimer: Row = {
  id: "16",
  title: "the worker that started a turn timer is killed",
  async run({ quick, progress }: RowContext) {
    const stage = await openStage();
    try {
      const effects: Effect[] = [];
      const late: number[] = [];
      const rounds = quick ? 1 : 5;
      for (let at = 0; at < rounds; at++) {
        const [victim, other] = at % 2 === 0 ? stage.workers : [...stage.workers].reverse();
        const { players, timeouts, turn, begunAt } = await duel(stage, `d${at}`, [victim?.url, other?.url]);
        await victim?.end("SIGKILL");
        const mine = () => timeouts.filter((timeout) => timeout.turn === turn);
        await until("the turn is over", () => mine().length > 0, 10_000).catch(() => undefined);
        late.push((mine()[0]?.at ?? Number.POSITIVE_INFINITY) - begunAt - TURN_SECONDS * 1_000);
        // Long enough for a second one to come, if there were one.
        await delay(1_000);
        effects.push({ id: `round ${at}`, answers: ["due"], effects: mine().length });
        for (const muster of players) muster.close();
        await victim?.start();
        progress(`kill ${at + 1} of ${rounds}`);
      }
      const worst = percentile(late, 1);
      return {
        verdict: checkEffects(effects),
        figures: `${rounds} kills, late by ${ms(worst)} at most`,
        problems: worst > LATE_MS ? [`a timer was late by ${ms(worst)}`] : [],
      };
    } finally {
      await stage.close();
    }
  },
};

const LIBRARIES = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(
  (kind) => `/usr/lib/${kind}/faketime/libfaketime.so.1`,
);

const fakeTime = () => LIBRARIES.find((path) => existsSync(path));

export const wrongClock: Row = {
  id: "17",
  title: "one worker's clock is an hour off",
  lacks: () =>
    fakeTime() === undefined ? "Debian's package faketime is missing (apt-get install faketime)" : undefined,
  async run({ quick }: RowContext) {
    const library = fakeTime() ?? "";
    const effects: Effect[] = [];
    const problems: string[] = [];
    for (const offset of quick ? ["+1h"] : ["+1h", "-1h"]) {
      const stage = await openStage({
        envOf: (at) =>
          at === 0 ? { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" } : {},
      });
      try {
        const urls = stage.workers.map(({ url }) => url);
        for (const order of [urls, [...urls].reverse()]) {
          const name = `${offset}${order === urls ? "a" : "b"}`;
          const { players, timeouts, turn, begunAt } = await duel(stage, name, order);
          const mine = () => timeouts.filter((timeout) => timeout.turn === turn);
          await until("the turn is over", () => mine().length > 0, 8_000).catch(() => undefined);
          const tookMs = (mine()[0]?.at ?? Number.POSITIVE_INFINITY) - begunAt;
          if (tookMs < TURN_SECONDS * 1_000 - 250 || tookMs > TURN_SECONDS * 1_000 + LATE_MS)
            problems.push(`with ${offset} a turn of ${TURN_SECONDS} s took ${ms(tookMs)}`);
          effects.push({ id: name, answers: ["due"], effects: mine().length });
          for (const muster of players) muster.close();
        }
      } finally {
        await stage.close();
      }
    }
    return {
      verdict: checkEffects(effects),
      figures: `${effects.length} turns of ${TURN_SECONDS} s`,
      problems,
    };
  },
};
