/** What the store keeps of a fight, and under which keys. */

import type { Combatant, Effect, Team } from "../../core/games/ruleset.ts";
import type { CombatId, UserId } from "../../core/ids.ts";
import { asId } from "../../core/ids.ts";
import {
  type DocumentKey,
  documentKey,
  type IndexKey,
  indexKey,
  partitions,
  type StreamKey,
  streamKey,
} from "../../core/ports/store/keys.ts";

export interface Participant extends Combatant {
  /** Whether a player has taken its place. Monsters always have. */
  readonly joined: boolean;
  readonly connected: boolean;
  /** Whether the player has fled, declined, or was taken out after too many time-outs. */
  readonly left: boolean;
  /** Time-outs in a row. */
  readonly timeouts: number;
  /** What is left of the player's own time beyond the turns', in milliseconds. */
  readonly bankMs: number;
}

/** One move as it was made. With its draws, the fight can be replayed. */
export interface FightLogEntry {
  readonly seq: number;
  readonly turn: number;
  readonly at: number;
  readonly cause: "player" | "monster" | "timeout" | "forfeit";
  readonly actor: string;
  /** An action of the ruleset, or `forfeit`. */
  readonly action: string;
  readonly target: string | null;
  readonly args: unknown;
  readonly effects: readonly Effect[];
  readonly draws: readonly number[];
  /** The fight's version after it. */
  readonly version: number;
}

export interface Fight {
  readonly id: CombatId;
  readonly ruleset: string;
  readonly createdBy: UserId;
  readonly createdAt: number;
  readonly phase: "waiting" | "running" | "ended";
  readonly participants: readonly Participant[];
  /** The ruleset's state. */
  readonly state: unknown;
  /** What clients know as `version`: grows with each move, the start and the end, not as players come and go. */
  readonly version: number;
  /** 0 before the start. */
  readonly turn: number;
  readonly turnMs: number;
  /** In the store's time: when the turn began; 0 before the start. */
  readonly turnBeganAt: number;
  /** In the store's time: the end of the turn, or before the start the end of the time to join. Null once it has ended. */
  readonly deadline: number | null;
  readonly setupDraws: readonly number[];
  readonly log: readonly FightLogEntry[];
  readonly winner: Team | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  /** Whether the rewards have been handed out. */
  readonly rewarded: boolean;
}

/** What followers of a fight get, in the order of its stream. */
export type FightEntry =
  | {
      readonly kind: "participant";
      readonly userId: string;
      readonly status: "joined" | "left" | "disconnected" | "reconnected";
    }
  | { readonly kind: "started"; readonly fight: Fight }
  | {
      readonly kind: "turn";
      readonly turn: number;
      readonly actor: string;
      readonly deadline: number;
      readonly version: number;
    }
  | {
      readonly kind: "result";
      readonly seq: number;
      readonly actor: string;
      readonly action: string;
      readonly target: string | null;
      readonly effects: readonly Effect[];
      readonly version: number;
    }
  | { readonly kind: "timeout"; readonly actor: string; readonly turn: number }
  | {
      readonly kind: "ended";
      readonly winner: Team | null;
      readonly result: Readonly<Record<string, unknown>>;
      readonly version: number;
    };

/** How long an unfinished fight is kept after a change. No turn and no wait to join is longer than an hour. */
export const LIVE_TTL_MS = 86_400_000;

export const fightKey = (id: CombatId): DocumentKey<Fight> => documentKey(partitions.combat(id), "fight");
export const fightStream = (id: CombatId): StreamKey<FightEntry> =>
  streamKey(partitions.combat(id), "events");
/** The fights that a user is a player of, by when they were made. An entry can lag: the fight itself decides. */
export const userFights = (user: UserId): IndexKey<null> => indexKey(partitions.user(user), "combat:fights");

export const playerOf = (fight: Fight, user: string): Participant | undefined =>
  fight.participants.find((who) => who.kind === "player" && who.id === user);

export const playersOf = (fight: Fight): UserId[] =>
  fight.participants.filter((who) => who.kind === "player").map((who) => asId<UserId>(who.id));

/** Whether a running fight counts for a user: the user made or joined it, and has not left. */
export function isIn(fight: Fight, user: UserId): boolean {
  const player = playerOf(fight, user);
  if (fight.phase === "ended" || !player || player.left) return false;
  return player.joined || fight.createdBy === user;
}
