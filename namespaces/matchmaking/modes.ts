/** Modes of play: what each asks of a match, and what follows from that. Their form in configuration is in mode-config.ts. */

/** How many players a match, and so a ticket, may have. */
export const MAX_SIZE = 64;

export interface Mode {
  readonly name: string;
  readonly game: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly teams: number;
  readonly playersPerTeam: number;
  /** The fewest teams and players of a match that is not full. Equal to those of a full match where only full ones are made. */
  readonly minTeams: number;
  readonly minPlayersPerTeam: number;
  /** How long the oldest ticket waits for a full match before a smaller one will do. */
  readonly fillWaitMs: number;
  readonly backfill: boolean;
  readonly concurrent: boolean;
  /** The name of a matcher. Undefined: the rules of the mode decide. */
  readonly matcher?: string;
  /** The name of a rater. Undefined: results change no skill. */
  readonly rating?: string;
  readonly maxPartySize: number;
  /** Undefined: any skill fits any. */
  readonly skill?: { readonly window: number; readonly widenPerS: number; readonly maxWindow: number };
  readonly defaultSkill: number;
  /** Undefined: only under `AUTH_MODE=dev`. */
  readonly trustClientSkill?: boolean;
  readonly regions?: readonly string[];
  readonly sameRegion: boolean;
  /** Infinity: never. */
  readonly anyRegionAfterMs: number;
  readonly matchProperties: readonly string[];
  readonly readyCheck?: { readonly acceptMs: number; readonly coolDownMs: number };
  readonly maxWaitMs: number;
  readonly maxTickets: number;
}
export type Modes = ReadonlyMap<string, Mode>;

/** How many players a full match of the mode has. */
export const playersOf = (mode: Mode): number => mode.teams * mode.playersPerTeam;

/** How many players the smallest match of the mode has. */
export const fewestOf = (mode: Mode): number => mode.minTeams * mode.minPlayersPerTeam;

/** A shape of match: so many teams of one size. */
export interface Shape {
  readonly teams: number;
  readonly perTeam: number;
}

/** The shapes that a match of the mode may have, from the full one to the smallest. */
export function shapesOf(mode: Mode): Shape[] {
  const shapes: Shape[] = [];
  for (let teams = mode.minTeams; teams <= mode.teams; teams++)
    for (let perTeam = mode.minPlayersPerTeam; perTeam <= mode.playersPerTeam; perTeam++)
      shapes.push({ teams, perTeam });
  return shapes.sort((a, b) => b.teams * b.perTeam - a.teams * a.perTeam || b.teams - a.teams);
}

/** How far apart in skill a ticket may meet others after it has waited that long. */
export function windowOf(mode: Mode, waitedMs: number): number {
  if (mode.skill === undefined) return Number.POSITIVE_INFINITY;
  const { window, widenPerS, maxWindow } = mode.skill;
  return Math.min(maxWindow, window + (widenPerS * Math.max(0, waitedMs)) / 1000);
}

/** Whether waiting alone can make a match possible, without another ticket. */
export const widens = (mode: Mode): boolean =>
  mode.matcher !== undefined ||
  fewestOf(mode) < playersOf(mode) ||
  (mode.skill !== undefined && mode.skill.widenPerS > 0) ||
  Number.isFinite(mode.anyRegionAfterMs);
