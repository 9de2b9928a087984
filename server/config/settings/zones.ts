/** Settings of the world that hold for every zone, or for one by its name. */
import { Type } from "typebox";
import { didYouMean } from "../../../core/did-you-mean.ts";
import { isObject, parseJson } from "../parse.ts";
import { infoOf, setting } from "../setting.ts";
import { boolean, duration, integer, number, type SettingType } from "../setting-types.ts";

const DAY = 86_400_000;

export const ZONE_SETTINGS = {
  view_distance: setting(number(1, 1_000_000), {
    description: "Units within which a viewer hears of everything.",
    default: 100,
    env: ["WORLD_VIEW_DISTANCE"],
  }),
  speed_limit: setting(number(0, 1_000_000), {
    description: "Units a second; 0: no limit.",
    default: 20,
    env: ["WORLD_SPEED_LIMIT"],
  }),
  credit: setting(duration(0, 60_000), {
    description: "How much delay of a position the speed check makes up for.",
    default: "1s",
    env: ["WORLD_CREDIT"],
  }),
  remember: setting(duration(0, 30 * DAY), {
    description:
      "How long the last position of a player counts for the speed limit; 0: a player enters anywhere.",
    default: "10m",
    env: ["WORLD_REMEMBER"],
  }),
  max_players: setting(integer(0, 1_000_000), {
    description:
      "Players in a zone, on all workers; 0: no limit. Watchers do not count. Those who enter on several workers within one tick may be a few more.",
    default: 0,
    env: ["WORLD_MAX_PLAYERS"],
  }),
  far_half_rate: setting(boolean, {
    description:
      "Whether moves of players that are at least half the view distance away are sent in every other tick. It saves traffic where a zone is crowded.",
    default: false,
    env: ["WORLD_FAR_HALF_RATE"],
  }),
  closed: setting(boolean, {
    description: "Whether zones refuse to be entered.",
    default: false,
    env: ["WORLD_CLOSED"],
  }),
};

/** What a zone may say of itself. */
export interface ZoneConfig {
  readonly viewDistance?: number;
  readonly speedLimit?: number;
  readonly creditMs?: number;
  readonly rememberMs?: number;
  readonly maxPlayers?: number;
  readonly farHalfRate?: boolean;
  readonly closed?: boolean;
}

const FIELDS: Readonly<Record<keyof typeof ZONE_SETTINGS, keyof ZoneConfig>> = {
  view_distance: "viewDistance",
  speed_limit: "speedLimit",
  credit: "creditMs",
  remember: "rememberMs",
  max_players: "maxPlayers",
  far_half_rate: "farHalfRate",
  closed: "closed",
};
const KEYS = Object.keys(ZONE_SETTINGS);
const isKey = (key: string): key is keyof typeof ZONE_SETTINGS => Object.hasOwn(ZONE_SETTINGS, key);
const ZONE_NAME = /^.{1,64}$/;

type Fault = (path: string, message: string) => void;

function readZone(name: string, raw: unknown, fault: Fault): ZoneConfig {
  if (!isObject(raw)) {
    fault(name, `is not an object with ${KEYS.join(", ")}`);
    return {};
  }
  const entries = Object.entries(raw).flatMap(([key, value]): [string, unknown][] => {
    if (!isKey(key)) {
      fault(`${name}.${key}`, `is not a setting${didYouMean(key, KEYS)}`);
      return [];
    }
    const type = infoOf(ZONE_SETTINGS[key])?.type;
    const read = type?.read(value);
    if (read === undefined) fault(`${name}.${key}`, `is not ${type?.allowed}`);
    return [[FIELDS[key], read]];
  });
  return Object.fromEntries(entries);
}

/** Zones by name; in the environment as JSON. */
export const zones: SettingType<Readonly<Record<string, ZoneConfig>>> = {
  allowed: "zones by name, each an object of settings; in the environment as JSON",
  written: Type.Record(
    Type.String({ minLength: 1, maxLength: 64 }),
    Type.Object(ZONE_SETTINGS, { additionalProperties: false }),
  ),
  read(raw, fault = () => undefined) {
    const given = parseJson(raw);
    if (!isObject(given)) return undefined;
    let faults = 0;
    const count: Fault = (path, message) => {
      faults++;
      fault(path, message);
    };
    const read = Object.entries(given).map(([name, zone]) => {
      if (!ZONE_NAME.test(name)) count(name, "is not the name of a zone (1 to 64 characters)");
      return [name, readZone(name, zone, count)] as const;
    });
    return faults === 0 ? Object.fromEntries(read) : undefined;
  },
};
