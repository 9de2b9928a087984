/** What a mode of play asks of the players it puts together: its form in configuration, its defaults, its checks. */
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import type { Game } from "../../core/games/game.ts";

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$" });
/** Players in a match, and so in a ticket. */
export const MAX_SIZE = 64;
const Seconds = (minimum: number) => Type.Number({ minimum, maximum: 86_400 });

/** A mode as configuration names it. Times are in seconds, skills on whatever scale the tokens use. */
const ModeConfig = Type.Object(
  {
    /** The game of `/game` that a match runs, and what it is set up with. */
    game: Name,
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    teams: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    players_per_team: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    /** How few will do once the oldest ticket has waited `fill_wait_s`; left out: only full matches. Teams are of one size. */
    min_teams: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    min_players_per_team: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    fill_wait_s: Type.Optional(Seconds(0)),
    /** Whether a running match with free seats may ask for players out of the queue. */
    backfill: Type.Optional(Type.Boolean()),
    /** Whether its matches may run beside others of the same players; left out: who plays one match queues for no other. */
    concurrent: Type.Optional(Type.Boolean()),
    /** The name of what makes new skills of a match's result; left out: results change no skill. */
    rating: Type.Optional(Name),
    /** The largest party that may queue; left out: a whole team. */
    max_party_size: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    /** Left out: any skill fits any. */
    skill: Type.Optional(
      Type.Object(
        {
          /** How far apart two players may be at first, either way. */
          window: Type.Number({ minimum: 0, maximum: 1e9 }),
          widen_per_s: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
          /** Where widening ends; left out: nowhere. */
          max_window: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
        },
        closed,
      ),
    ),
    /** Of a player whose token names no skill. */
    default_skill: Type.Optional(Type.Number({ minimum: -1e9, maximum: 1e9 })),
    /** Whether a client's own word on its skill counts; left out: only under `AUTH_MODE=dev`. */
    trust_client_skill: Type.Optional(Type.Boolean()),
    /** The regions a ticket may name; left out: it may name any. */
    regions: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 64, uniqueItems: true })),
    /** `same`: only players of one region (and those who name none) meet. Needs `regions`. */
    region: Type.Optional(Type.Union([Type.Literal("any"), Type.Literal("same")])),
    /** Under `same`: after this wait a ticket meets other regions' tickets that have waited as long. */
    any_region_after_s: Type.Optional(Seconds(0)),
    /** Properties that must be equal; one that is left out equals only another that is left out. */
    match_properties: Type.Optional(Type.Array(Name, { maxItems: 16, uniqueItems: true })),
    /** Left out: a match starts at once. */
    ready_check: Type.Optional(
      Type.Object({ accept_s: Type.Optional(Seconds(1)), cool_down_s: Type.Optional(Seconds(0)) }, closed),
    ),
    /** How long a ticket waits before it expires. */
    max_wait_s: Type.Optional(Seconds(1)),
    /** How many tickets may wait; one more is refused with `server_full`. */
    max_tickets: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);
type ModeConfig = Static<typeof ModeConfig>;

export interface Mode {
  readonly name: string;
  readonly game: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly teams: number;
  readonly playersPerTeam: number;
  /** The fewest of a match that is not full; as many as of a full one where there is none. */
  readonly minTeams: number;
  readonly minPlayersPerTeam: number;
  /** How long the oldest ticket waits for a full match first. */
  readonly fillWaitMs: number;
  readonly backfill: boolean;
  readonly concurrent: boolean;
  /** Names a rater. Undefined: results change no skill. */
  readonly rating?: string;
  readonly maxPartySize: number;
  /** Undefined: any skill fits any. */
  readonly skill?: { readonly window: number; readonly widenPerS: number; readonly maxWindow: number };
  readonly defaultSkill: number;
  /** Undefined: as the mode of authentication says. */
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

/** What is asked of a game that a mode names. */
type RunnableGame = Pick<Game, "name" | "players" | "options" | "onJoin">;

const CLASSIC: ModeConfig = { game: "dash-dice" };

/** Modes that contradict themselves or have another form; one line for each mistake. */
export class ModesError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ModesError";
    this.problems = problems;
  }
}

/**
 * The modes of a configuration, by name, with their defaults. `classic` is there unless it is configured otherwise.
 * @param configured an object of modes by name, or undefined for the shipped ones
 * @param games those that matches can run; left out: whether a mode's game is there, and
 *   takes so many players and these options, is not checked
 * @throws ModesError that names every mistake
 */
export function parseModes(configured?: unknown, games?: readonly RunnableGame[]): Modes {
  const modes = new Map<string, Mode>([["classic", toMode("classic", CLASSIC)]]);
  const given = configured ?? {};
  if (typeof given !== "object" || Array.isArray(given))
    throw new ModesError(["matchmaking.modes: must be an object of modes by name"]);
  const problems: string[] = [];
  for (const [name, config] of Object.entries(given)) {
    const found = problemsOf(name, config);
    if (found.length > 0) problems.push(...found.map((text) => `matchmaking.modes.${name}${text}`));
    else modes.set(name, toMode(name, config));
  }
  if (games)
    for (const mode of modes.values())
      problems.push(...unplayable(mode, games).map((text) => `matchmaking.modes.${mode.name}${text}`));
  if (problems.length > 0) throw new ModesError(problems);
  return modes;
}

function problemsOf(name: string, config: unknown): string[] {
  if (!Value.Check(Name, name))
    return [": a mode's name is letters, digits, '_', '.', '-', at most 64 of them"];
  if (!Value.Check(ModeConfig, config)) {
    return Value.Errors(ModeConfig, config)
      .filter((error) => error.keyword !== "additionalProperties")
      .map((error) => {
        const path = error.instancePath.replaceAll("/", ".");
        return error.keyword === "boolean"
          ? `${path}: there is no such setting`
          : `${path}: ${error.message}`;
      });
  }
  return contradictionsOf(config);
}

function contradictionsOf(config: ModeConfig): string[] {
  const problems: string[] = [];
  const teams = config.teams ?? 2;
  const perTeam = config.players_per_team ?? 1;
  if (teams * perTeam > MAX_SIZE) problems.push(`: teams × players_per_team must not be above ${MAX_SIZE}`);
  if ((config.max_party_size ?? 1) > perTeam)
    problems.push(".max_party_size: must not be above players_per_team");
  if ((config.min_teams ?? 1) > teams) problems.push(".min_teams: must not be above teams");
  if ((config.min_players_per_team ?? 1) > perTeam)
    problems.push(".min_players_per_team: must not be above players_per_team");
  const mayBeSmaller = config.min_teams !== undefined || config.min_players_per_team !== undefined;
  if (config.fill_wait_s !== undefined && !mayBeSmaller)
    problems.push(".fill_wait_s: only with min_teams or min_players_per_team");
  if (config.skill?.max_window !== undefined && config.skill.max_window < config.skill.window)
    problems.push(".skill.max_window: must not be below skill.window");
  if (config.region === "same" && config.regions === undefined)
    problems.push(".regions: must name the regions where region is 'same'");
  if (config.any_region_after_s !== undefined && config.region !== "same")
    problems.push(".any_region_after_s: only where region is 'same'");
  return problems;
}

function unplayable(mode: Mode, games: readonly RunnableGame[]): string[] {
  const game = games.find((each) => each.name === mode.game);
  if (!game) return [`.game: there is no game ${mode.game}`];
  const { min, max } = game.players;
  const players = playersOf(mode);
  const fewest = fewestOf(mode);
  const problems: string[] = [];
  if (game.options && !Value.Check(game.options, mode.options))
    problems.push(`.options: these are no options of ${mode.game}`);
  if (mode.backfill && !game.onJoin) problems.push(`.backfill: ${mode.game} lets nobody join while it runs`);
  if (players < min || players > max)
    problems.push(`: ${mode.game} takes ${min} to ${max} players, teams × players_per_team is ${players}`);
  else if (fewest < min)
    problems.push(`: ${mode.game} takes ${min} players or more, the smallest match would have ${fewest}`);
  return problems;
}

function toMode(name: string, config: ModeConfig): Mode {
  const playersPerTeam = config.players_per_team ?? 1;
  return {
    name,
    game: config.game,
    options: config.options ?? {},
    teams: config.teams ?? 2,
    playersPerTeam,
    minTeams: config.min_teams ?? config.teams ?? 2,
    minPlayersPerTeam: config.min_players_per_team ?? playersPerTeam,
    fillWaitMs: (config.fill_wait_s ?? 10) * 1000,
    backfill: config.backfill ?? false,
    concurrent: config.concurrent ?? false,
    ...(config.rating !== undefined && { rating: config.rating }),
    maxPartySize: config.max_party_size ?? playersPerTeam,
    ...(config.skill && {
      skill: {
        window: config.skill.window,
        widenPerS: config.skill.widen_per_s ?? 0,
        maxWindow: config.skill.max_window ?? Number.POSITIVE_INFINITY,
      },
    }),
    defaultSkill: config.default_skill ?? 1000,
    ...(config.trust_client_skill !== undefined && { trustClientSkill: config.trust_client_skill }),
    ...(config.regions && { regions: config.regions }),
    sameRegion: config.region === "same",
    anyRegionAfterMs: (config.any_region_after_s ?? Number.POSITIVE_INFINITY) * 1000,
    matchProperties: config.match_properties ?? [],
    ...(config.ready_check && {
      readyCheck: {
        acceptMs: (config.ready_check.accept_s ?? 15) * 1000,
        coolDownMs: (config.ready_check.cool_down_s ?? 30) * 1000,
      },
    }),
    maxWaitMs: (config.max_wait_s ?? 600) * 1000,
    maxTickets: config.max_tickets ?? 100_000,
  };
}

/** How many players a full match of the mode has. */
export const playersOf = (mode: Mode): number => mode.teams * mode.playersPerTeam;

/** How many players the smallest match of the mode has. */
export const fewestOf = (mode: Mode): number => mode.minTeams * mode.minPlayersPerTeam;

/** Teams, all of one size, that make a match. */
export interface Shape {
  readonly teams: number;
  readonly perTeam: number;
}

/** The shapes that a match of the mode may have: the full one, then ever smaller ones. */
export function shapesOf(mode: Mode): Shape[] {
  const shapes: Shape[] = [];
  for (let teams = mode.minTeams; teams <= mode.teams; teams++)
    for (let perTeam = mode.minPlayersPerTeam; perTeam <= mode.playersPerTeam; perTeam++)
      shapes.push({ teams, perTeam });
  return shapes.sort((a, b) => b.teams * b.perTeam - a.teams * a.perTeam || b.teams - a.teams);
}

/** How far from its own skill a ticket's players may meet others, after having waited that long. */
export function windowOf(mode: Mode, waitedMs: number): number {
  if (mode.skill === undefined) return Number.POSITIVE_INFINITY;
  const { window, widenPerS, maxWindow } = mode.skill;
  return Math.min(maxWindow, window + (widenPerS * Math.max(0, waitedMs)) / 1000);
}

/** Whether waiting alone can bring a match about, with nobody joining. */
export const widens = (mode: Mode): boolean =>
  fewestOf(mode) < playersOf(mode) ||
  (mode.skill !== undefined && mode.skill.widenPerS > 0) ||
  Number.isFinite(mode.anyRegionAfterMs);
