/** Rows 14 and 15: connections and workers that end while a match forms. */
import { setTimeout as delay } from "node:timers/promises";
import type { Muster } from "../../client/index.ts";
import { checkEffects, type Effect } from "../effects.ts";
import { ms, percentile } from "../figures.ts";
import type { Row, RowContext } from "../row.ts";
import { openStage, type Stage } from "../stage.ts";
import { until } from "../waiting.ts";
import { device } from "./once.ts";

/** Longer than a lease of the queue, one of the outbox and a reconnect together. */
const STRANDED_AFTER_MS = 25_000;

export interface Player {
  readonly name: string;
  readonly muster: Muster;
  /** Ids of the matches it was told of, by deliveries that are not repeats. */
  readonly found: string[];
  foundAt: number;
}

export function enter(stage: Stage, name: string, url?: string): Player {
  const player: Player = { name, muster: device(stage, name, url), found: [], foundAt: 0 };
  player.muster.in("/matchmaking").on("match_found", ({ match_id }) => {
    player.found.push(match_id);
    player.foundAt = performance.now();
  });
  return player;
}

export const join = ({ muster }: Player) =>
  muster.in("/matchmaking").call("queue_join", { game_mode: "classic" });

/** One match of two players: each is told of one match, of the same one. */
export async function outcome(pair: readonly Player[], problems: Set<string>): Promise<Effect[]> {
  await until("both are told", () => pair.every(({ found }) => found.length > 0), STRANDED_AFTER_MS).catch(
    () => problems.add(`stranded: ${pair.filter(({ found }) => found.length === 0).map(({ name }) => name)}`),
  );
  if (new Set(pair.flatMap(({ found }) => found)).size > 1)
    problems.add("they were told of different matches");
  return pair.map(({ name, found }) => ({ id: name, answers: ["matched"], effects: found.length }));
}

export const droppedPlayer: Row = {
  id: "14",
  title: "a player's connection ends while a match forms",
  async run({ quick, draws }: RowContext) {
    const stage = await openStage();
    try {
      const effects: Effect[] = [];
      const problems = new Set<string>();
      const rounds = quick ? 5 : 100;
      for (let at = 0; at < rounds; at++) {
        const pair = [enter(stage, `ann-${at}`), enter(stage, `bob-${at}`)];
        const [ann, bob] = pair;
        if (!ann || !bob) throw new Error("no pair");
        await join(ann);
        // Sent again by the helper where the drop came before the answer: with the same id.
        const joined = join(bob);
        await delay(draws.below(40));
        bob.muster.in("/matchmaking").socket.io.engine.close();
        await joined;
        effects.push(...(await outcome(pair, problems)));
        for (const { muster } of pair) muster.close();
      }
      return { verdict: checkEffects(effects), figures: `${rounds} drops`, problems: [...problems] };
    } finally {
      await stage.close();
    }
  },
};

export const deadTeller: Row = {
  id: "15",
  title: "a worker is killed between committing a match and telling it",
  async run({ quick, draws, progress }: RowContext) {
    const stage = await openStage();
    try {
      const effects: Effect[] = [];
      const problems = new Set<string>();
      const waits: number[] = [];
      const rounds = quick ? 2 : 20;
      for (let at = 0; at < rounds; at++) {
        const victim = draws.pick(stage.workers);
        const others = stage.workers.filter((worker) => worker !== victim);
        // Their own connections live: what is measured is how late the cluster tells them.
        const pair = ["ann", "bob"].map((name) => enter(stage, `${name}-${at}`, others[0]?.url));
        const [ann, bob] = pair;
        if (!ann || !bob) throw new Error("no pair");
        await join(ann);
        await join(bob);
        await delay(draws.below(40));
        const killedAt = performance.now();
        await victim.end("SIGKILL");
        effects.push(...(await outcome(pair, problems)));
        waits.push(...pair.map(({ foundAt }) => Math.max(0, foundAt - killedAt)));
        for (const { muster } of pair) muster.close();
        await victim.start();
        if (at % 5 === 4) progress(`kill ${at + 1} of ${rounds}`);
      }
      const worst = percentile(waits, 1);
      if (worst > 5_000) problems.add(`told only ${ms(worst)} after the kill`);
      return {
        verdict: checkEffects(effects),
        figures: `${rounds} kills, told within ${ms(worst)}`,
        problems: [...problems],
      };
    } finally {
      await stage.close();
    }
  },
};
