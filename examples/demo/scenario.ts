/** The whole story, from two tokens to a finished game and beyond: for the command, and for the tests. */
import { announce } from "./announce.ts";
import { findMatch, playToTheEnd } from "./dice.ts";
import { fight } from "./fight.ts";
import { duos } from "./party.ts";
import { assemble, dismiss, type Stage } from "./stage.ts";
import { talk } from "./talk.ts";
import { walk } from "./walk.ts";

export interface Told {
  /** The user who won the dice game. */
  readonly winner: string;
  /** Who won the match of a party of two against two strangers, and its rematch; none where the server has no such mode. */
  readonly duoWinners: readonly string[];
  /** Workers that had a player each. */
  readonly workers: ReadonlySet<string>;
}

/** @throws Error that says what did not happen as it should */
export async function runScenario(stage: Stage): Promise<Told> {
  const cast = await assemble(stage);
  try {
    const workers = new Set([cast.ann.worker, cast.bob.worker]);
    const winner = await playToTheEnd(stage, await findMatch(stage, cast));
    const duoWinners = await duos(stage, cast);
    await talk(stage, cast);
    await fight(stage, cast);
    await walk(stage, cast);
    await announce(stage, cast);
    return { winner, duoWinners, workers };
  } finally {
    dismiss(cast);
  }
}
