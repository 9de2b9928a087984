/** What is played in each step of a rolling upgrade: matches between two workers, and one game that goes on through all of it. */
import { CommandError, type Muster } from "../../client/index.ts";
import type { Effect } from "../effects.ts";
import { enter, join, outcome } from "../rows/matches.ts";
import { device } from "../rows/once.ts";
import type { Stage } from "../stage.ts";

/** Moves of the long game in each step. */
const MOVES = 6;

/** A game of dash-dice whose players never bank: it has no end of its own. */
export interface LongGame {
  /** Some moves, each seen by both players. @returns how many were acknowledged */
  play(problems: Set<string>): Promise<number>;
  close(): void;
}

interface Seen {
  readonly version: number;
  readonly turn: string;
}

export async function startLongGame(stage: Stage): Promise<LongGame> {
  const names = ["long-ann", "long-bob"] as const;
  const players = new Map<string, Muster>(names.map((name) => [name, device(stage, name, undefined)]));
  const of = (name: string) => {
    const muster = players.get(name);
    if (muster === undefined) throw new Error(`it is the turn of ${name}, who does not play`);
    return muster.in("/game");
  };
  const { room } = await of(names[0]).call("room:create", { game: "dash-dice" });
  const { room_id } = room;
  await of(names[1]).call("room:join", { room_id });
  await of(names[0]).call("room:start", { room_id });

  async function seenBy(name: string): Promise<Seen> {
    const { state, version } = await of(name).call("room:state", { room_id });
    return { version, turn: (state as { readonly turn: string }).turn };
  }

  async function move(problems: Set<string>): Promise<number> {
    const [ann, bob] = await Promise.all(names.map(seenBy));
    if (JSON.stringify(ann) !== JSON.stringify(bob))
      problems.add(
        `the long game: ${JSON.stringify(ann)} for one player, ${JSON.stringify(bob)} for the other`,
      );
    const { version, turn } = ann ?? { version: 0, turn: "" };
    try {
      const moved = await of(turn).call("game:action", { room_id, action: "roll" });
      if (moved.version !== version + 1)
        problems.add(`the long game: version ${version} was followed by ${moved.version}`);
      return 1;
    } catch (err) {
      // Not known whether it happened: the next move sees.
      if (err instanceof CommandError && ["no_answer", "unavailable"].includes(err.code)) return 0;
      throw err;
    }
  }

  return {
    async play(problems) {
      let acknowledged = 0;
      for (let at = 0; at < MOVES; at++) acknowledged += await move(problems);
      return acknowledged;
    },
    close() {
      for (const muster of players.values()) muster.close();
    },
  };
}

/** Pairs of two players, each at another worker: whichever ticks the queue, both are told of the same match. */
export async function playMatches(
  stage: Stage,
  name: string,
  count: number,
  problems: Set<string>,
): Promise<Effect[]> {
  const effects: Effect[] = [];
  for (let at = 0; at < count; at++) {
    const pair = stage.workers.map(({ url }, seat) => enter(stage, `${name}-${at}-${seat}`, url));
    await Promise.all(pair.map(join));
    effects.push(...(await outcome(pair, problems)));
    for (const { muster } of pair) muster.close();
  }
  return effects;
}
