/**
 * The last known position of a user in each zone, and the speed at which they may go on from there: so the speed limit holds across
 * leaving and entering again, on any worker. It is written when a user comes and when one goes, and every few seconds while one walks,
 * so that a worker that did not have the zone open, or outlives the one that had, knows it. No movement waits for it.
 */
import { KeyedMutex } from "../../core/async.ts";
import { update } from "../../core/consistency/transact.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type UserId, type ZoneId } from "../../core/ids.ts";
import type { Log } from "../../core/ports/log.ts";
import { put } from "../../core/ports/store/documents.ts";
import { type DocumentKey, documentKey, partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { type RecordedPosition, speedLimit, type Viewer } from "./model.ts";
import type { WorldSettings, ZoneRules } from "./options.ts";
import type { WorldContract } from "./schema.ts";
import {
  type AcceptedMove,
  arrive,
  type LastPosition,
  movementCredit,
  type SpeedLimit,
} from "./speed-limit.ts";
import type { Zone } from "./zone.ts";
import type { Zones } from "./zones.ts";

/** The last position of a user that walks is at most so old, where it is kept for twice as long or longer. */
const WALK_MS = 5_000;
/** How often visits are searched for positions that are due. */
const SCAN_MS = 500;
/** Positions that ticks write at the same time; the others wait for the next tick. */
const MAX_UNDER_WAY = 100;
/** Movement credit of a user that is said to be in the zone: for the age that the position may have, and as long again to come back. */
const STAY_CREDIT_MS = 2 * WALK_MS;

/** A connection in a zone. */
export interface Visit {
  readonly viewer: Viewer;
  readonly opened: { readonly zone: Zone };
}

/** Where a connection wants to be. */
export interface Destination {
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
  readonly #zones: Pick<Zones, "get">;
  /** Writes under way, by user and zone. */
  readonly #writes = new KeyedMutex<string>();
  /** Visits whose position is due to be written, in the order in which they were found. */
  readonly #due = new Set<Visit>();
  #underWay = 0;
  #scannedAt = Number.NEGATIVE_INFINITY;

  constructor(
    store: Pick<Store, "documents" | "now">,
    log: Log,
    settings: WorldSettings,
    zones: Pick<Zones, "get">,
  ) {
    this.#store = store;
    this.#log = log;
    this.#settings = settings;
    this.#zones = zones;
  }

  /**
   * Where the user may appear, given their last position.
   * @throws GameError `not_found`, `forbidden` for the zone; `unavailable`
   */
  async arrivalOf(
    { identity, userId }: Session<WorldContract>,
    { zone: name, x, y }: Destination,
  ): Promise<AcceptedMove> {
    const id = asId<ZoneId>(name);
    const rules = this.#settings.rulesOf(id);
    const limit = speedLimit(rules);
    const isRemembered = !identity.anonymous && rules.rememberMs > 0 && limit.unitsPerSecond > 0;
    const last = isRemembered ? await this.#lastOf(id, userId, limit) : undefined;
    return arrive({ x, y }, last, this.#store.now(), limit);
  }

  /**
   * Records the position of the avatar that a connection moves. Never rejects: a write that failed is made up for by the next one.
   * @param left the connection leaves the zone
   */
  async record(viewer: Viewer, { id, rules }: Zone, left = false): Promise<void> {
    if (!isRecorded(viewer, rules)) return;
    const { session, pace, x, y } = viewer;
    const user = session.userId;
    const position: LastPosition = { x, y, ...pace, ...(left ? { left } : {}) };
    const before = viewer.recorded;
    const recorded: RecordedPosition = { x, y, at: this.#store.now(), version: undefined };
    viewer.recorded = recorded;
    const name = nameOf(id, user);
    await this.#writes.run(name, async () => {
      try {
        recorded.version = await this.#write(
          lastPositionKey(id, user),
          position,
          rules.rememberMs,
          before?.version,
        );
      } catch (err) {
        this.#log.debug({ err, zone: id }, "a last position could not be written");
        if (viewer.recorded === recorded) viewer.recorded = { ...recorded, x: Number.NaN };
      }
    });
  }

  /** Starts to write positions that are due, as many as may be under way. */
  tick(visits: Iterable<Visit>): void {
    const now = this.#store.now();
    if (now - this.#scannedAt >= SCAN_MS) {
      this.#scannedAt = now;
      for (const visit of visits) if (isDue(visit, now)) this.#due.add(visit);
    }
    for (const visit of this.#due) {
      if (this.#underWay >= MAX_UNDER_WAY) return;
      this.#due.delete(visit);
      if (!isDue(visit, now)) continue;
      this.#underWay++;
      void this.record(visit.viewer, visit.opened.zone).finally(() => this.#underWay--);
    }
  }

  /** @returns the version written; undefined where a newer position, of another worker, stays. @throws GameError `unavailable` */
  async #write(
    key: DocumentKey<LastPosition>,
    position: LastPosition,
    ttlMs: number,
    known: number | undefined,
  ): Promise<number | undefined> {
    const { documents } = this.#store;
    if (known !== undefined) {
      // Another worker rarely writes it, so it need not be read first.
      const done = await documents.commit({
        partition: key.partition,
        documents: [put(key, known, position, ttlMs)],
      });
      if (done.outcome === "committed") return done.versions[0];
    }
    const { committed } = await update(documents, key, (current) => ({
      // Of two workers' positions the newer one stays.
      state: current && current.state.at > position.at ? undefined : position,
      result: undefined,
      ttlMs,
    }));
    return committed?.versions[0];
  }

  async #lastOf(zone: ZoneId, user: UserId, limit: SpeedLimit): Promise<LastPosition | undefined> {
    const here = this.#avatarOf(zone, user, limit);
    if (here) return here;
    await this.#writes.idle(nameOf(zone, user));
    const found = await this.#store.documents.load(lastPositionKey(zone, user));
    return (
      this.#avatarOf(zone, user, limit) ??
      (found && movementCredit(found.state, this.#store.now(), STAY_CREDIT_MS))
    );
  }

  #avatarOf(zone: ZoneId, user: UserId, limit: SpeedLimit): LastPosition | undefined {
    const player = this.#zones.get(zone)?.zone.player(user);
    if (!player) return undefined;
    const { x, y, driver, heardAt } = player;
    // The credit that another worker knows is not known here; the credit from before its last report of a move may be spent.
    const since = Math.max(heardAt, this.#store.now() - limit.creditMs);
    return { x, y, ...(driver?.pace ?? { credit: 0, at: since }) };
  }
}

const isRecorded = ({ player }: Viewer, { rememberMs, speedLimit }: ZoneRules): boolean =>
  player !== undefined && rememberMs > 0 && speedLimit > 0;

/** Whether the position of a user that walks is old, or that of a user that stands would soon expire. */
function isDue({ viewer, opened: { zone } }: Visit, now: number): boolean {
  if (!isRecorded(viewer, zone.rules)) return false;
  const { recorded, x, y } = viewer;
  if (!recorded) return true;
  const keptMs = zone.rules.rememberMs / 2;
  return now - recorded.at >= (recorded.x === x && recorded.y === y ? keptMs : Math.min(keptMs, WALK_MS));
}

const nameOf = (zone: ZoneId, user: UserId): string => `${user.length}:${user}:${zone}`;
