/** Finds mistakes in a real-time game, and in a state that breaks its declaration. */
import type { UserId } from "../ids.ts";
import { missingIn } from "./definition.ts";
import { type EntityValues, MAX_ENTITIES, type RealtimeField, type RealtimeFields } from "./fields.ts";
import type { RealtimeCollections, RealtimeDefinition, RealtimeGame, RealtimeState } from "./game.ts";
import { seededRandom } from "./seeded-random.ts";

const GAME_NAME = /^[a-z][a-z0-9-]{0,39}$/;
const FIELD_NAME = /^[a-z][a-zA-Z0-9_]{0,39}$/;
const LABEL_NAME = /^[a-z][a-z0-9_]{0,39}$/;
const MOST_LABELS = 8;
const MOST_PLAYERS = 1_000;
const MOST_INPUT_FIELDS = 16;
const MOST_FIELDS = 30;
const MAX_HZ = 60;
const MAX_SPECTATOR_DELAY_MS = 60_000;
export const MAX_ID_LENGTH = 64;

type Definition = RealtimeDefinition<RealtimeFields, RealtimeCollections, RealtimeFields>;

/** Every field of a definition: one that is forgotten here does not compile. */
const FIELDS: { readonly [K in keyof Required<Definition>]: true } = {
  name: true,
  players: true,
  hz: true,
  sendEvery: true,
  input: true,
  state: true,
  options: true,
  labels: true,
  setup: true,
  controls: true,
  move: true,
  step: true,
  rewinds: true,
  sees: true,
  drop: true,
  bot: true,
  bots: true,
  join: true,
  result: true,
  spectatorDelayMs: true,
};

/** What a game has beside its definition: one may be made of another, with some fields in place of its own. */
const MADE: ReadonlySet<string> = new Set<keyof RealtimeGame>(["isRealtime", "dt"]);

const isWhole = (value: number, min: number, max: number) =>
  Number.isInteger(value) && value >= min && value <= max;

const ownerFieldOf = (fields: RealtimeFields | undefined): string | undefined =>
  Object.entries(fields ?? {}).find(([, { kind }]) => kind === "player")?.[0];

/** The first collection that has a `player()` field. */
export const controlledIn = (collections: RealtimeCollections): string | undefined =>
  Object.entries(collections).find(([, { fields }]) => ownerFieldOf(fields) !== undefined)?.[0];

const NEEDED = {
  name: "string",
  players: "object",
  hz: "number",
  input: "object",
  state: "object",
  setup: "function",
  step: "function",
} as const;

/** Every mistake in a definition, as a person would say it. A definition without one is tried for a step with the fewest players. */
export function problemsOf(game: Definition): string[] {
  const missing = missingIn(game, NEEDED);
  if (missing.length > 0) return [...problemsOfNames(game), ...missing];
  const problems = [
    ...problemsOfNames(game),
    ...problemsOfNumbers(game),
    ...problemsOfInput(game.input),
    ...problemsOfCollections(game.state),
    ...problemsOfReferences(game),
  ];
  for (const [name, { kind }] of Object.entries(game.options ?? {}))
    if (kind === "player" || kind === "button") problems.push(`option "${name}" can't be a ${kind}`);
  problems.push(...problemsOfLabels(game.labels ?? {}));
  return problems.length > 0 ? problems : problemsOfTrial(game);
}

/** A field with a wrong name would be left out, and so would one of a class: a game is a copy of the definition's own fields. */
function problemsOfNames(game: Definition): string[] {
  if (typeof game !== "object" || game === null) return [];
  const known = Object.keys(FIELDS);
  const unknown = Object.keys(game).filter((name) => !Object.hasOwn(FIELDS, name) && !MADE.has(name));
  const inherited = known.filter((name) => name in game && !Object.hasOwn(game, name));
  return [
    ...unknown.map((name) => `there is no field ${name}, only ${known.join(", ")}`),
    ...inherited.map((name) => `${name} is inherited: a definition is a plain object`),
  ];
}

function problemsOfNumbers({
  name,
  players: { min, max },
  hz,
  sendEvery = 1,
  ...game
}: Definition): string[] {
  const problems: string[] = [];
  if (!GAME_NAME.test(name)) problems.push("the name must be lower case letters, digits and dashes");
  if (!isWhole(min, 1, MOST_PLAYERS) || !isWhole(max, min, MOST_PLAYERS))
    problems.push(`players must be whole numbers with 1 ≤ min ≤ max ≤ ${MOST_PLAYERS}`);
  if (!isWhole(hz, 1, MAX_HZ)) problems.push(`hz must be a whole number from 1 to ${MAX_HZ}`);
  if (!isWhole(sendEvery, 1, hz)) problems.push("sendEvery must be a whole number from 1 to hz");
  if (!isWhole(game.spectatorDelayMs ?? 0, 0, MAX_SPECTATOR_DELAY_MS))
    problems.push(`spectatorDelayMs must be a whole number from 0 to ${MAX_SPECTATOR_DELAY_MS}`);
  return problems;
}

function problemsOfLabels(labels: RealtimeFields): string[] {
  const names = Object.keys(labels);
  const problems = names.length > MOST_LABELS ? [`a room has ${MOST_LABELS} labels at most`] : [];
  for (const name of names) {
    if (!LABEL_NAME.test(name)) problems.push(`label "${name}" must be lower case letters, digits and _`);
    const kind = labels[name]?.kind;
    if (kind === "player" || kind === "button") problems.push(`label "${name}" can't be a ${kind}`);
  }
  return problems;
}

function problemsOfInput(input: RealtimeFields): string[] {
  const fields = Object.entries(input);
  const problems: string[] = [];
  if (fields.length === 0 || fields.length > MOST_INPUT_FIELDS)
    problems.push(`input must have 1 to ${MOST_INPUT_FIELDS} fields`);
  for (const [name, { kind, seenBy }] of fields) {
    if (!FIELD_NAME.test(name) || name === "seq")
      problems.push(`input field "${name}" must be letters, digits and _, and not seq`);
    if (kind === "player") problems.push(`input field "${name}" can't be a player`);
    if (seenBy !== "all") problems.push(`input field "${name}" can't be own or hidden`);
  }
  return problems;
}

function problemsOfCollections(collections: RealtimeCollections): string[] {
  const problems: string[] = [];
  if (Object.keys(collections).length === 0) problems.push("state must have a collection of entities");
  for (const [name, { fields, max }] of Object.entries(collections)) {
    if (!FIELD_NAME.test(name)) problems.push(`collection "${name}" must be letters, digits and _`);
    if (!isWhole(max, 1, MAX_ENTITIES))
      problems.push(`collection "${name}" may have 1 to ${MAX_ENTITIES} entities`);
    const count = Object.keys(fields).length;
    if (count === 0 || count > MOST_FIELDS)
      problems.push(`collection "${name}" must have 1 to ${MOST_FIELDS} fields`);
    for (const [field, { kind, seenBy }] of Object.entries(fields)) {
      if (!FIELD_NAME.test(field)) problems.push(`field "${name}.${field}" must be letters, digits and _`);
      if (kind === "button") problems.push(`field "${name}.${field}" can't be a button: use bool()`);
      if (seenBy === "owner" && ownerFieldOf(fields) === undefined)
        problems.push(`field "${name}.${field}" is own, so the collection needs a player() field`);
    }
    const owner = ownerFieldOf(fields);
    if (owner !== undefined && fields[owner]?.seenBy !== "all")
      problems.push(`field "${name}.${owner}" is the player's, so it can't be own or hidden`);
  }
  return problems;
}

function problemsOfReferences(game: Definition): string[] {
  const problems: string[] = [];
  const { controls = controlledIn(game.state), sees } = game;
  if (controls !== undefined && ownerFieldOf(game.state[controls]?.fields) === undefined)
    problems.push(`controls names "${controls}", which is no collection with a player() field`);
  if (game.move !== undefined && controls === undefined)
    problems.push("move needs a collection with a player() field");
  for (const name of game.rewinds ?? [])
    if (game.state[name] === undefined) problems.push(`rewinds names "${name}", which is no collection`);
  if ((game.drop === "bot" || game.bots !== undefined) && game.bot === undefined)
    problems.push("bots need the function bot");
  if (sees === undefined || sees.kind === "everyone") return problems;
  const fields = game.state[sees.collection]?.fields;
  if (ownerFieldOf(fields) === undefined)
    problems.push(`sees names "${sees.collection}", which is no collection with a player() field`);
  if (sees.kind === "byTeam" && fields?.[sees.field] === undefined)
    problems.push(`sees names the field "${sees.field}", which "${sees.collection}" does not have`);
  if (sees.kind === "byCell" && !(sees.size > 0)) problems.push("the size of a cell must be above 0");
  if (sees.kind === "byCell" && (fields?.x === undefined || fields.y === undefined))
    problems.push(`sees is byCell, so "${sees.collection}" needs fields x and y`);
  return problems;
}

/** One setup and one step with the fewest players, without inputs. */
function problemsOfTrial(game: Definition): string[] {
  const players = Array.from({ length: game.players.min }, (_, i) => `player-${i + 1}` as UserId);
  const random = seededRandom([1, 2, 3, 4], 0);
  const options = initialOf(game.options ?? {});
  const dt = 1 / game.hz;
  const state = game.setup(players, options, { random, teams: [] });
  const problems = problemsOfState(game.state, state);
  if (problems.length > 0) return problems.map((problem) => `setup: ${problem}`);
  if (game.result?.(state, { tick: 0, dt, options, teams: [] }) !== undefined)
    return ["it is over before it has begun"];
  const idle = initialOf(game.input);
  game.step(state, new Map(players.map((user) => [user, { ...idle }])), {
    tick: 1,
    dt,
    options,
    random,
    teams: [],
    players,
    emit: () => undefined,
    rewind: () => state,
  });
  return problemsOfState(game.state, state).map((problem) => `step: ${problem}`);
}

export const initialOf = (fields: RealtimeFields): EntityValues =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.initial]));

/** Why a game is over that takes up more than it may. */
export class RealtimeLimitReached extends Error {
  readonly reason: "too_many_entities" | "state_too_large";

  constructor(reason: RealtimeLimitReached["reason"], detail: string) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** @throws RealtimeLimitReached where a collection has more entities than it may, or all of them together */
export function checkEntities(collections: RealtimeCollections, state: RealtimeState): void {
  let all = 0;
  for (const name in collections) {
    const size = state[name]?.size ?? 0;
    const { max } = collections[name] as RealtimeCollections[string];
    if (size > max)
      throw new RealtimeLimitReached("too_many_entities", `"${name}" has ${size}, and may have ${max}`);
    all += size;
  }
  if (all > MAX_ENTITIES)
    throw new RealtimeLimitReached("too_many_entities", `there are ${all}, and may be ${MAX_ENTITIES}`);
}

/** What in a state breaks its declaration: at most five findings. */
export function problemsOfState(collections: RealtimeCollections, state: RealtimeState): string[] {
  const problems: string[] = [];
  for (const name of Object.keys(state))
    if (collections[name] === undefined) problems.push(`the state has "${name}", which is not declared`);
  for (const [name, { fields, max }] of Object.entries(collections)) {
    const map: unknown = state[name];
    if (!(map instanceof Map)) {
      problems.push(`the state's "${name}" must be a Map of entities`);
      continue;
    }
    if (map.size > max) problems.push(`"${name}" has ${map.size} entities, and may have ${max}`);
    for (const [id, entity] of map as Map<unknown, Record<string, unknown>>) {
      if (problems.length >= 5) return problems;
      if (typeof id !== "string" || id === "" || id.length > MAX_ID_LENGTH)
        problems.push(`an id in "${name}" must be a text of 1 to ${MAX_ID_LENGTH} characters`);
      else problems.push(...problemsOfEntity(`${name} ${id}`, fields, entity));
    }
  }
  return problems.slice(0, 5);
}

function problemsOfEntity(
  about: string,
  fields: RealtimeFields,
  entity: Readonly<Record<string, unknown>>,
): string[] {
  const problems: string[] = [];
  for (const name in entity)
    if (fields[name] === undefined) problems.push(`${about}: "${name}" is not declared`);
  for (const name in fields) {
    const problem = (fields[name] as RealtimeField).problemOf(entity[name]);
    if (problem !== undefined)
      problems.push(`${about}: "${name}" ${problem}, and is ${String(entity[name])}`);
  }
  return problems;
}

/**
 * The options with their initial values, without those that the game does not have.
 * @returns the first mistake as a text where there is one
 */
export function optionsOf(fields: RealtimeFields, given: unknown): EntityValues | string {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return "options must be an object";
  const values = given as Readonly<Record<string, unknown>>;
  const options = initialOf(fields);
  for (const name in fields) {
    if (!Object.hasOwn(values, name)) continue;
    const field = fields[name] as RealtimeField;
    const problem = field.problemOf(values[name]);
    if (problem !== undefined) return `option ${name} ${problem}`;
    options[name] = field.round(values[name] as never);
  }
  return options;
}
