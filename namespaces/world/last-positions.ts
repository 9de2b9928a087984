/**
 * Where users were last in each zone, and how fast they may go on from there: so that nobody gets round the speed limit by leaving and
 * entering again, on another worker neither. Written when one comes and when one goes, and in between at most every few seconds for those
 * who walk, so that a worker that does not have the zone open, or outlives the one that had, knows about where they are.
 * No movement waits for it.
 */

import { update } from "../../core/consistency/transact.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type UserId, type ZoneId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { put } from "../../core/ports/store/documents.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { type Noted, speedLimit, type Viewer } from "./model.ts";
import type { WorldSettings, ZoneRules } from "./options.ts";
import { type Arrival, arrive, type LastPosition, movementCredit, type SpeedLimit } from "./rules.ts";
import type { WorldContract } from "./schema.ts";
import type { Zone } from "./zone.ts";
import type { Zones } from "./zones.ts";

/** The footprint of one who walks is at most so old, where it is kept for twice as long or longer. */
const WALK_MS = 5_000;
/** How often those are looked for whose footprint is old. */
const SCAN_MS = 500;
/** Footprints of those who stay that are being written at the same time; the others wait for the next tick. */
const MAX_UNDER_WAY = 100;
/** What one earns who is said to be in the zone: as old as the footprint of one who walks may be, and as long again to come back. */
const STAY_EARNS_MS = 2 * WALK_MS;

export interface Stay {
  readonly viewer: Viewer;
  readonly opened: { readonly zone: Zone };
}

export interface Place {
  readonly zone: string;
  readonly x: number;
  readonly y: number;
}

export const lastPositionKey = (zone: ZoneId, user: UserId) =>
  documentKey<LastPosition>(partitions.user(user), `world:${zone}`);

export class LastPositions {
  readonly #store: Pick<Store, "documents" | "now">;
  readonly #log: Log;
  readonly #settings: WorldSettings;
  readonly #atlas: Pick<Zones, "get">;
  /** The last write of each footprint that is under way, by user and zone. */
  readonly #writing = new Map<string, Promise<void>>();
  /** Those who stay whose footprint is old, those first who were found first. */
  readonly #due = new Set<Stay>();
  #underWay = 0;
  #scannedAt = Number.NEGATIVE_INFINITY;

  constructor(
    store: Pick<Store, "documents" | "now">,
    log: Log,
    settings: WorldSettings,
    atlas: Pick<Zones, "get">,
  ) {
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
   * @param left the connection goes away from there
   */
  async note(viewer: Viewer, { id, rules }: Zone, left = false): Promise<void> {
    if (!isRemembered(viewer, rules)) return;
    const { session, pace, x, y } = viewer;
    const user = session.userId;
    const footprint: LastPosition = { x, y, ...pace, ...(left ? { left } : {}) };
    const before = viewer.noted;
    const noted: Noted = { x, y, at: this.#store.now(), version: undefined };
    viewer.noted = noted;
    const name = nameOf(id, user);
    const write = (this.#writing.get(name) ?? Promise.resolve())
      .then(async () => {
        noted.version = await this.#write(
          lastPositionKey(id, user),
          footprint,
          rules.rememberMs,
          before?.version,
        );
      })
      .catch((err: unknown) => {
        this.#log.debug({ err, zone: id }, "a footprint could not be written");
        if (viewer.noted === noted) viewer.noted = { ...noted, x: Number.NaN };
      })
      .finally(() => {
        if (this.#writing.get(name) === write) this.#writing.delete(name);
      });
    this.#writing.set(name, write);
    await write;
  }

  /** Starts to write the footprints that are old, of those who stay, as many as may be under way. */
  tick(stays: Iterable<Stay>): void {
    const now = this.#store.now();
    if (now - this.#scannedAt >= SCAN_MS) {
      this.#scannedAt = now;
      for (const stay of stays) if (isDue(stay, now)) this.#due.add(stay);
    }
    for (const stay of this.#due) {
      if (this.#underWay >= MAX_UNDER_WAY) return;
      this.#due.delete(stay);
      if (!isDue(stay, now)) continue;
      this.#underWay++;
      void this.note(stay.viewer, stay.opened.zone).finally(() => this.#underWay--);
    }
  }

  /** @returns the version written; undefined where a newer footprint, of another worker, stays. @throws GameError `unavailable` */
  async #write(
    key: DocumentKey<LastPosition>,
    footprint: LastPosition,
    ttlMs: number,
    known: number | undefined,
  ): Promise<number | undefined> {
    const { documents } = this.#store;
    if (known !== undefined) {
      // Nobody else writes it as a rule, so it need not be read first.
      const done = await documents.commit({
        partition: key.partition,
        documents: [put(key, known, footprint, ttlMs)],
      });
      if (done.outcome === "committed") return done.versions[0];
    }
    const { committed } = await update(documents, key, (current) => ({
      // Of two workers' the newer one holds.
      state: current && current.state.at > footprint.at ? undefined : footprint,
      result: undefined,
      ttlMs,
    }));
    return committed?.versions[0];
  }

  async #lastOf(zone: ZoneId, user: UserId, limit: SpeedLimit): Promise<LastPosition | undefined> {
    const seen = this.#avatarOf(zone, user, limit);
    if (seen) return seen;
    await this.#writing.get(nameOf(zone, user));
    const found = await this.#store.documents.load(lastPositionKey(zone, user));
    return (
      this.#avatarOf(zone, user, limit) ??
      (found && movementCredit(found.state, this.#store.now(), STAY_EARNS_MS))
    );
  }

  #avatarOf(zone: ZoneId, user: UserId, limit: SpeedLimit): LastPosition | undefined {
    const player = this.#atlas.get(zone)?.zone.player(user);
    if (!player) return undefined;
    const { x, y, driver, heardAt } = player;
    // What credit there is on another worker is not known here; what was earned before it last told of a move may be spent.
    const since = Math.max(heardAt, this.#store.now() - limit.creditMs);
    return { x, y, ...(driver?.pace ?? { credit: 0, at: since }) };
  }
}

const isRemembered = ({ player }: Viewer, { rememberMs, speedLimit }: ZoneRules): boolean =>
  player !== undefined && rememberMs > 0 && speedLimit > 0;

/** Whether one who walks has an old footprint, or one who stands one that would soon be forgotten. */
function isDue({ viewer, opened: { zone } }: Stay, now: number): boolean {
  if (!isRemembered(viewer, zone.rules)) return false;
  const { noted, x, y } = viewer;
  if (!noted) return true;
  const keptMs = zone.rules.rememberMs / 2;
  return now - noted.at >= (noted.x === x && noted.y === y ? keptMs : Math.min(keptMs, WALK_MS));
}

const nameOf = (zone: ZoneId, user: UserId): string => `${user.length}:${user}:${zone}`;
