/**
 * Where users were last in each zone, and how fast they may go on from there: so that nobody gets round the speed limit by leaving and
 * entering again, on another worker neither. Written when one comes and when one goes, and for those who stay, every now and then.
 * Positions in between never touch the store.
 */
import { asId, type UserId, type ZoneId } from "../../core/ids.ts";
import { documentKey, partitions } from "../../core/ports/keys.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store.ts";
import type { Session } from "../../core/session.ts";
import { update } from "../../core/versioned.ts";
import type { Atlas } from "./atlas.ts";
import type { WorldContract } from "./events.ts";
import type { WorldSettings } from "./options.ts";
import { type Arrival, arrive, type Footprint, type SpeedLimit } from "./rules.ts";
import { speedLimit, type Viewer } from "./things.ts";
import type { Zone } from "./zone.ts";

export interface Place {
  readonly zone: string;
  readonly x: number;
  readonly y: number;
}

const keyOf = (zone: ZoneId, user: UserId) => documentKey<Footprint>(partitions.user(user), `world:${zone}`);

export class Footprints {
  readonly #store: Store;
  readonly #log: Log;
  readonly #settings: WorldSettings;
  readonly #atlas: Atlas;
  /** The last write of each footprint that is under way, by user and zone. */
  readonly #writing = new Map<string, Promise<void>>();

  constructor(store: Store, log: Log, settings: WorldSettings, atlas: Atlas) {
    this.#store = store;
    this.#log = log;
    this.#settings = settings;
    this.#atlas = atlas;
  }

  /**
   * Where the user may appear, seen from where they were last.
   * @throws GameError `not_found`, `forbidden` for the zone; `unavailable`
   */
  async arrivalOf(
    { identity, userId }: Session<WorldContract>,
    { zone: name, x, y }: Place,
  ): Promise<Arrival> {
    const id = asId<ZoneId>(name);
    const rules = this.#settings.rulesOf(id);
    const limit = speedLimit(rules);
    const remembered = !identity.anonymous && rules.rememberMs > 0 && limit.unitsPerSecond > 0;
    const last = remembered ? await this.#lastOf(id, userId, limit) : undefined;
    return arrive({ x, y }, last, this.#store.now(), limit);
  }

  /**
   * Remembers where the avatar is that a connection moves. Never rejects: a footprint that could not be written is as one that was
   * not made.
   */
  async note({ session, player, pace, x, y }: Viewer, { id, rules }: Zone): Promise<void> {
    if (!player || rules.rememberMs === 0 || rules.speedLimit === 0) return;
    const user = session.userId;
    const footprint: Footprint = { x, y, ...pace };
    const name = nameOf(id, user);
    const write = (this.#writing.get(name) ?? Promise.resolve())
      .then(() => this.#write(id, user, footprint, rules.rememberMs))
      .catch((err: unknown) => this.#log.debug({ err, zone: id }, "a footprint could not be written"))
      .finally(() => {
        if (this.#writing.get(name) === write) this.#writing.delete(name);
      });
    this.#writing.set(name, write);
    await write;
  }

  async #write(zone: ZoneId, user: UserId, footprint: Footprint, ttlMs: number): Promise<void> {
    await update(this.#store.documents, keyOf(zone, user), (current) => ({
      // Of two workers' the newer one holds.
      state: current && current.state.at > footprint.at ? undefined : footprint,
      result: undefined,
      ttlMs,
    }));
  }

  async #lastOf(zone: ZoneId, user: UserId, limit: SpeedLimit): Promise<Footprint | undefined> {
    const seen = this.#avatarOf(zone, user, limit);
    if (seen) return seen;
    await this.#writing.get(nameOf(zone, user));
    const found = await this.#store.documents.load(keyOf(zone, user));
    return this.#avatarOf(zone, user, limit) ?? found?.state;
  }

  #avatarOf(zone: ZoneId, user: UserId, limit: SpeedLimit): Footprint | undefined {
    const player = this.#atlas.get(zone)?.zone.player(user);
    if (!player) return undefined;
    const { x, y, driver, claim } = player;
    // What credit there is on another worker is not known here; more than was earned since the avatar came cannot be had.
    const since = Math.max(claim.since, this.#store.now() - limit.creditMs);
    return { x, y, ...(driver?.pace ?? { credit: 0, at: since }) };
  }
}

const nameOf = (zone: ZoneId, user: UserId): string => `${user.length}:${user}:${zone}`;
