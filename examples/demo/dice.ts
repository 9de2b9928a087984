/** Two players queue up, are matched, and play dash-dice to its end; how any match of it is played. */
import type { GameContract } from "../../namespaces/game/schema.ts";
import type { MatchmakingContract } from "../../namespaces/matchmaking/schema.ts";
import type { Channel, Player } from "./player.ts";
import type { Cast, Stage } from "./stage.ts";

/** Worth more in the bank than at risk. */
const ENOUGH_POINTS = 20;
/** A game takes some 50; one that takes this many is broken. */
const MOST_MOVES = 1_000;

/** What dash-dice shows of itself. */
interface DiceState {
  readonly target: number;
  readonly turn: string;
  readonly turn_points: number;
  readonly last_roll: number | null;
  readonly winner: string | null;
  readonly players: readonly { readonly user_id: string; readonly score: number }[];
}

export interface Seat {
  readonly player: Player;
  readonly game: Channel<GameContract>;
}

export interface Match {
  readonly id: string;
  readonly seats: readonly Seat[];
  state: DiceState;
  version: number;
}

export async function findMatch(stage: Stage, { ann, bob }: Cast): Promise<Match> {
  const queues = [];
  for (const player of [ann, bob]) {
    const queue = await player.enter<MatchmakingContract>("/matchmaking");
    const ticket = await queue.callUntilAnswered("queue_join", {
      game_mode: "classic",
      request_id: `queue-${player.userId}`,
    });
    stage.say(`${player.name} queues for "classic": place ${ticket.position} of ${ticket.queue_size}.`);
    queues.push(queue);
  }
  const found = await Promise.all(queues.map((queue) => queue.next("match_found")));
  const ids = new Set(found.map(({ payload }) => payload.match_id));
  const [id] = ids;
  if (ids.size !== 1 || id === undefined) throw new Error(`not one match but ${[...ids].join(", ")}`);
  const match = await sitDown(id, [ann, bob]);
  stage.say(`a match: ${ann.name} against ${bob.name}. The game begins.`);
  return match;
}

/** All players of a match, once they have been told that its game has started. */
export async function sitDown(id: string, players: readonly Player[]): Promise<Match> {
  const seats = await Promise.all(
    players.map(async (player) => ({ player, game: await player.enter<GameContract>("/game") })),
  );
  return { id, seats, ...(await begun(id, seats)) };
}

/** The first state of the game that has just started in a room. */
export async function begun(id: string, seats: readonly Seat[]): Promise<Pick<Match, "state" | "version">> {
  const started = await Promise.all(
    seats.map(({ game }) => game.next("game_started", ({ room_id }) => room_id === id)),
  );
  const [first] = started;
  if (!first) throw new Error("a match needs players");
  return { state: first.payload.state as DiceState, version: first.payload.version };
}

/** One roll or one bank of whoever's turn it is; both players see it. */
export async function move(match: Match): Promise<"roll" | "bank"> {
  const { state } = match;
  const seat = match.seats.find(({ player }) => player.userId === state.turn);
  const score = state.players.find(({ user_id }) => user_id === state.turn)?.score ?? 0;
  if (!seat) throw new Error(`it is the turn of ${state.turn}, who is not in the match`);
  const isEnough = state.turn_points >= ENOUGH_POINTS || score + state.turn_points >= state.target;
  const action = isEnough ? "bank" : "roll";
  const { version } = await seat.game.callUntilAnswered("game:action", {
    room_id: match.id,
    action,
    version: match.version,
    action_id: `move-${match.version}`,
  });
  const seen = await Promise.all(
    match.seats.map(({ game }) =>
      game.next("game_state", (told) => told.room_id === match.id && told.version === version),
    ),
  );
  match.version = version;
  match.state = seen[0]?.payload.state as DiceState;
  return action;
}

const scores = (state: DiceState) => state.players.map(({ score }) => score).join(" : ");

/** Plays on from wherever the match is. @returns the winner's user id */
export async function playToTheEnd(stage: Stage, match: Match): Promise<string> {
  let rolls: (number | null)[] = [];
  for (let moves = 0; match.state.winner === null; moves++) {
    if (moves === MOST_MOVES) throw new Error("this game does not end");
    const before = match.state;
    const name = match.seats.find(({ player }) => player.userId === before.turn)?.player.name;
    if ((await move(match)) === "roll") rolls.push(match.state.last_roll);
    if (match.state.turn === before.turn && match.state.winner === null) continue;
    const how =
      match.state.last_roll === 1 && rolls.at(-1) === 1 ? "loses it all" : `banks ${before.turn_points}`;
    stage.say(`  ${name} rolls ${rolls.join(", ") || "nothing more"} and ${how} (${scores(match.state)})`);
    rolls = [];
  }
  for (const { player, game } of match.seats) {
    await game.next("game_ended", ({ room_id }) => room_id === match.id);
    const queue = await player.enter<MatchmakingContract>("/matchmaking");
    await queue.next("game_ended", ({ match_id }) => match_id === match.id);
  }
  const winner = match.seats.find(({ player }) => player.userId === match.state.winner)?.player.name;
  stage.say(`${winner} wins with ${scores(match.state)}.`);
  return match.state.winner;
}
