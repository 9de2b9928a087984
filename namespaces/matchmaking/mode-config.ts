/** Modes in configuration: their form, their defaults, their checks. */

import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { didYouMean } from "../../core/did-you-mean.ts";
import type { Game } from "../../core/games/game.ts";
import { fewestOf, MAX_SIZE, type Mode, type Modes, playersOf } from "./modes.ts";

const closed = { additionalProperties: false } as const;
const Name = Type.String({ minLength: 1, maxLength: 64, pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$" });
const Seconds = (minimum: number) => Type.Number({ minimum, maximum: 86_400 });

/** A mode as configuration names it. Times are in seconds, skills on whatever scale the tokens use. */
const ModeConfig = Type.Object(
  {
    /** The game of `/game` that a match runs, and what it is set up with. */
    game: Name,
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    teams: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    players_per_team: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    /** The fewest teams and players once the oldest ticket has waited `fill_wait_s`. Teams are of one size. Default: full matches only. */
    min_teams: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    min_players_per_team: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    fill_wait_s: Type.Optional(Seconds(0)),
    /** Whether a running match with free seats may ask for players out of the queue. */
    backfill: Type.Optional(Type.Boolean()),
    /** Whether its matches may run beside other matches of the same players. Default: false. */
    concurrent: Type.Optional(Type.Boolean()),
    /** The name of the matcher that makes its matches, in place of the rules of skill, region and properties. Default: those rules. */
    matcher: Type.Optional(Name),
    /** The name of the rater that makes new skills of a match's result. Default: none, so that results change no skill. */
    rating: Type.Optional(Name),
    /** The largest party that may queue. Default: a whole team. */
    max_party_size: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SIZE })),
    /** Default: any skill fits any. */
    skill: Type.Optional(
      Type.Object(
        {
          /** How far apart two players may be at first, either way. */
          window: Type.Number({ minimum: 0, maximum: 1e9 }),
          widen_per_s: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
          /** Where widening ends. Default: nowhere. */
          max_window: Type.Optional(Type.Number({ minimum: 0, maximum: 1e9 })),
        },
        closed,
      ),
    ),
    /** The skill of a player whose token names none. */
    default_skill: Type.Optional(Type.Number({ minimum: -1e9, maximum: 1e9 })),
    /** Whether the skill that a client names counts. Default: only under `AUTH_MODE=dev`. */
    trust_client_skill: Type.Optional(Type.Boolean()),
    /** The regions that a ticket may name. Default: any. */
    regions: Type.Optional(Type.Array(Name, { minItems: 1, maxItems: 64, uniqueItems: true })),
    /** `same`: only players of one region, and players that name none, meet. Needs `regions`. */
    region: Type.Optional(Type.Union([Type.Literal("any"), Type.Literal("same")])),
    /** Under `same`: after this wait a ticket meets tickets of other regions that have waited as long. */
    any_region_after_s: Type.Optional(Seconds(0)),
    /** Properties that must be equal. An absent property equals only an absent one. */
    match_properties: Type.Optional(Type.Array(Name, { maxItems: 16, uniqueItems: true })),
    /** Default: none, so that a match starts at once. */
    ready_check: Type.Optional(
      Type.Object({ accept_s: Type.Optional(Seconds(1)), cool_down_s: Type.Optional(Seconds(0)) }, closed),
    ),
    /** How long a ticket waits before it expires. */
    max_wait_s: Type.Optional(Seconds(1)),
    /** How many tickets may wait. One more is refused with `server_full`. */
    max_tickets: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  },
  closed,
);
type ModeConfig = Static<typeof ModeConfig>;

/** The parts of a game that the checks read. */
type RunnableGame = Pick<Game, "name" | "players" | "options" | "onJoin">;

const CLASSIC: ModeConfig = { game: "dash-dice" };

/** Faulty modes; one line for each mistake. */
export class ModesError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ModesError";
    this.problems = problems;
  }
}

/**
 * The modes of a configuration, by name, with their defaults. `classic` exists even if it is not configured.
 * @param configured an object of modes by name, or undefined for the shipped ones
 * @param games the games that matches can run. Default: the game of a mode, its number of players and its options are not checked.
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
    if (found.length > 0) {
      if (games && isObjectWithGame(config)) found.push(...problemsOfGame(config.game, games));
      problems.push(...found.map((text) => `matchmaking.modes.${name}${text}`));
    } else modes.set(name, toMode(name, config));
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
          ? `${path}: there is no such setting${didYouMean(path.slice(1), Object.keys(ModeConfig.properties))}`
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

const isObjectWithGame = (config: unknown): config is { readonly game: string } =>
  typeof config === "object" && config !== null && "game" in config && typeof config.game === "string";

function problemsOfGame(game: string, games: readonly RunnableGame[]): string[] {
  const names = games.map(({ name }) => name);
  return names.includes(game) ? [] : [`.game: there is no game ${game}${didYouMean(game, names)}`];
}

function unplayable(mode: Mode, games: readonly RunnableGame[]): string[] {
  const game = games.find((each) => each.name === mode.game);
  if (!game) return problemsOfGame(mode.game, games);
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
    ...(config.matcher !== undefined && { matcher: config.matcher }),
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
