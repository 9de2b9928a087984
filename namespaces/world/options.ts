/** Options of the world, and the rules of one zone that follow from them. */
import { GameError } from "../../core/contract/errors.ts";
import type { ZoneId } from "../../core/ids.ts";

interface ZoneOptions {
  /**
   * Units within which a viewer sees everything; at least 1. The viewers of a cell of half this size share frames, which may show what is
   * up to 1.5 times as far along either axis, and nothing beyond. Default 100.
   */
  readonly viewDistance?: number;
  /** Units a second; 0: no limit. Default 20. */
  readonly speedLimit?: number;
  /** The delay of a position that the speed check makes up for, in milliseconds. Default 1,000. */
  readonly creditMs?: number;
  /**
   * How long a user's last position in the zone is remembered, in milliseconds: a user that enters again within it may be no farther off
   * than the speed limit allows. The store gets a write each 5 s for a user that walks (each half of this, where that is shorter), and each
   * half of this for one that stands. 0: users enter anywhere, and nothing is written. Default 600,000.
   */
  readonly rememberMs?: number;
  /** Players in the zone on all workers; 0: no limit. Watchers do not count. Default 0. */
  readonly maxPlayers?: number;
  /**
   * Whether moves of players that are at least half the view distance away are sent in every other tick: always the newest, none left
   * out at rest. Comings and goings are sent at once. Default false.
   */
  readonly farHalfRate?: boolean;
  /** Nobody may enter. Default false. */
  readonly closed?: boolean;
}

export interface WorldOptions extends ZoneOptions {
  /** Between two frames, in milliseconds. Default 100. */
  readonly tickMs?: number;
  /** Zones with settings of their own; an option that is absent is as for all. */
  readonly zones?: Readonly<Record<string, ZoneOptions>>;
  /** Whether only the zones named in `zones` exist, instead of every zone that is entered. Default false. */
  readonly onlyNamedZones?: boolean;
  /** Entities one user may have in a zone. Default 100. */
  readonly maxEntitiesPerUser?: number;
  /** Persistent entities of a zone. Default 1,000. */
  readonly maxPersistentPerZone?: number;
}

export type ZoneRules = Required<Omit<ZoneOptions, "closed">>;

export interface WorldSettings {
  readonly tickMs: number;
  readonly maxEntitiesPerUser: number;
  readonly maxPersistentPerZone: number;
  /** Whether the zone has settings of its own. */
  isNamed(zone: string): boolean;
  /** @throws GameError `not_found` for a zone that does not exist, `forbidden` for a closed one */
  rulesOf(zone: ZoneId): ZoneRules;
}

const ZONE_DEFAULTS = {
  viewDistance: 100,
  speedLimit: 20,
  creditMs: 1_000,
  rememberMs: 600_000,
  maxPlayers: 0,
  farHalfRate: false,
  closed: false,
};

/** @throws RangeError for an option out of range, so that the server does not start with it */
export function readOptions(options: WorldOptions): WorldSettings {
  const { tickMs = 100, maxEntitiesPerUser = 100, maxPersistentPerZone = 1_000 } = options;
  positive("tickMs", tickMs);
  const common = zoneRules("world", ZONE_DEFAULTS, options);
  const named = new Map<string, Required<ZoneOptions>>();
  for (const [name, zone] of Object.entries(options.zones ?? {}))
    named.set(name, zoneRules(`zone ${name}`, common, zone));
  return {
    tickMs,
    maxEntitiesPerUser,
    maxPersistentPerZone,
    isNamed: (zone) => named.has(zone),
    rulesOf(zone) {
      const rules = named.get(zone) ?? (options.onlyNamedZones ? undefined : common);
      if (!rules) throw new GameError("not_found", { message: "there is no such zone" });
      if (rules.closed) throw new GameError("forbidden", { message: "this zone is closed" });
      return rules;
    },
  };
}

function zoneRules(name: string, base: Required<ZoneOptions>, own: ZoneOptions): Required<ZoneOptions> {
  const rules = {
    viewDistance: own.viewDistance ?? base.viewDistance,
    speedLimit: own.speedLimit ?? base.speedLimit,
    creditMs: own.creditMs ?? base.creditMs,
    rememberMs: own.rememberMs ?? base.rememberMs,
    maxPlayers: own.maxPlayers ?? base.maxPlayers,
    farHalfRate: own.farHalfRate ?? base.farHalfRate,
    closed: own.closed ?? base.closed,
  };
  if (!(rules.viewDistance >= 1)) throw new RangeError(`${name}: viewDistance must be at least 1`);
  for (const key of ["speedLimit", "creditMs", "rememberMs", "maxPlayers"] as const)
    if (!(rules[key] >= 0)) throw new RangeError(`${name}: ${key} must not be negative`);
  return rules;
}

function positive(name: string, value: number): void {
  if (!(value > 0)) throw new RangeError(`world: ${name} must be above 0`);
}
