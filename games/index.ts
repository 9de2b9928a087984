/** The games that come with the server. */
import type { Game } from "../core/games/game.ts";
import type { RealtimeGame } from "../core/realtime/game.ts";
import { arena } from "./arena.ts";
import { dashDice } from "./dash-dice.ts";
import { goofspiel } from "./goofspiel.ts";
import { relay } from "./relay.ts";

export const shippedGames: readonly Game[] = [dashDice, goofspiel, relay];

export const shippedRealtimeGames: readonly RealtimeGame[] = [arena];
