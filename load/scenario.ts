/** What an author of a load scenario writes: a name, some defaults, and what one user does. */
import type { MusterOptions } from "../client/index.ts";
import type { Role } from "../core/contract/contract.ts";
import type { ScenarioUser } from "./user.ts";

/** Numbers, texts and switches of a scenario, which `--set name=value` changes. */
export type LoadParameters = Readonly<Record<string, number | string | boolean>>;

/** The same with the values' kinds: `3` is any number. */
export type LoadValues<P extends LoadParameters> = { readonly [K in keyof P]: KindOf<P[K]> };
type KindOf<V> = V extends number ? number : V extends boolean ? boolean : string;

/** What a user's token says beside the id, where `muster load` makes the tokens. */
export interface LoadClaims {
  readonly name?: string;
  readonly roles?: readonly Role[];
  readonly skill?: number;
  readonly guildId?: string;
}

/** A user before it begins. */
export interface LoadPlace<P extends LoadParameters> {
  /** From 0, over all processes. */
  readonly index: number;
  /** Its group's number, from 0. */
  readonly group: number;
  /** A text that no other run has: for names of rooms and guilds. */
  readonly run: string;
  readonly params: LoadValues<P>;
}

interface GroupSize<P extends LoadParameters> {
  of(params: LoadValues<P>): number;
}

export interface ScenarioDefinition<P extends LoadParameters> {
  /** 1 to 60 letters, digits and `- _ . : /` or spaces. */
  readonly name: string;
  /** One line for `muster load --list` and the report. */
  readonly summary?: string;
  /** Defaults of `--users`, `--ramp` and `--duration`: 100 users, 10 s and 30 s. */
  readonly users?: number;
  readonly rampMs?: number;
  readonly durationMs?: number;
  /** When the run has failed, each as in `--fail`: `p99:say>50ms`, `error_rate>1%`. */
  readonly fail?: readonly string[];
  /** Defaults of `--set`; a value of another type is refused. */
  readonly params?: P;
  /** How many users act together, in one process; the last group may be smaller. Default 1. */
  readonly group?: number | GroupSize<P>["of"];
  /** Claims of a user's token. */
  claims?(place: LoadPlace<P>): LoadClaims;
  /** Further options of the typed client. */
  readonly client?: Omit<MusterOptions, "url" | "token">;
  /**
   * What one user does, until `user.running` is false. One that returns has left. One that throws is counted, and begins anew after a
   * wait with connections of its own.
   */
  user(user: ScenarioUser<P>): Promise<void>;
}

/** A scenario as `defineScenario` has checked it. */
export interface Scenario<P extends LoadParameters = LoadParameters> extends ScenarioDefinition<P> {
  readonly isScenario: true;
}

const NAME = /^[\w.:/-][\w .:/-]{0,59}$/;
const PARAMETER = /^[a-z][a-z0-9_]{0,39}$/;
const MOST_PARAMETERS = 50;

/** Checks a scenario, for the default export of its file. @throws TypeError that says what is wrong with it */
export function defineScenario<P extends LoadParameters>(definition: ScenarioDefinition<P>): Scenario<P> {
  const { name, user, users, rampMs, durationMs, params = {}, fail = [] } = definition;
  if (typeof name !== "string" || !NAME.test(name))
    throw new TypeError("defineScenario: name has 1 to 60 letters, digits, - _ . : / or spaces");
  const wrong = (what: string) => new TypeError(`defineScenario ${name}: ${what}`);
  if (typeof user !== "function") throw wrong("user is a function of one user");
  if (users !== undefined && !(Number.isInteger(users) && users >= 1))
    throw wrong("users is a whole number from 1");
  for (const [key, ms] of Object.entries({ rampMs, durationMs }))
    if (ms !== undefined && !(Number.isFinite(ms) && ms >= 0))
      throw wrong(`${key} is no time in milliseconds`);
  if (!Array.isArray(fail) || fail.some((one) => typeof one !== "string"))
    throw wrong("fail is a list of texts");
  if (Object.keys(params).length > MOST_PARAMETERS) throw wrong(`at most ${MOST_PARAMETERS} params`);
  for (const [key, value] of Object.entries(params)) {
    if (!PARAMETER.test(key)) throw wrong(`params: ${key} is no name of small letters, digits and _`);
    if (!["number", "string", "boolean"].includes(typeof value))
      throw wrong(`params: ${key} is no number, text or switch`);
  }
  return Object.freeze({ ...definition, isScenario: true as const });
}
