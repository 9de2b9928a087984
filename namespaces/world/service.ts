/** Who is in which zone, and the tick that tells them of each other. Positions never touch the store. */
import type { InputOf, PayloadOf, ResultOf } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId, newId, type UserId, type ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import type { Services } from "../../core/ports/services.ts";
import { topic } from "../../core/ports/store/bus.ts";
import type { PresenceScope } from "../../core/ports/store/presence.ts";
import { rooms } from "../../core/rooms.ts";
import { Entities } from "./entities/entities.ts";
import { Owners } from "./entities/owners.ts";
import { PersistentEntities } from "./entities/persistent.ts";
import { EntityCounts } from "./entities/quota.ts";
import { ANSWER, nearestOf, wireAround } from "./interest/portions.ts";
import { LastPositions, type Place } from "./last-positions.ts";
import { newViewer, type ReplicaId, speedLimit, type Viewer } from "./model.ts";
import { readOptions, type WorldOptions, type WorldSettings } from "./options.ts";
import { type Arrival, step } from "./rules.ts";
import {
  type EnteredZone,
  type Surroundings,
  type Updates,
  type WorldContract,
  worldContract,
} from "./schema.ts";
import { ZoneTurns } from "./turns.ts";
import { type OpenZone, Zones } from "./zones.ts";

type Member = Session<WorldContract>;
type Movement = InputOf<WorldContract, "player_movement">;
type Asked = InputOf<WorldContract, "nearby">;
type Moved = ResultOf<WorldContract, "player_movement">;

/** What a look at one thing costs, in bytes that take as long to send. */
const LOOK_BYTES = 16;
/** How often entities that are counted are compared with those that are there. */
const COMPARE_MS = 1_000;

/** Tells every worker that a user has no connection any more. */
const ownerGone = topic<{ readonly user: UserId }>("world:owners");

interface Whereabouts {
  readonly viewer: Viewer;
  readonly opened: OpenZone;
}

export class World {
  readonly #services: Services;
  readonly #settings: WorldSettings;
  readonly #atlas: Zones;
  readonly #entities: Entities;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #footprints: LastPositions;
  readonly #owners: Owners;
  readonly #present = new Map<ConnectionId, Whereabouts>();
  readonly #turns = new ZoneTurns();
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #comparedAt = Number.NEGATIVE_INFINITY;
  #listening: Promise<(() => void) | undefined> | undefined;
  #closed = false;

  constructor(services: Services, scope: PresenceScope, options: WorldOptions) {
    this.#services = services;
    this.#settings = readOptions(options);
    this.#outbound = services.outbound.in(worldContract);
    const source = newId("w") as string as ReplicaId;
    const persistent = new PersistentEntities(services.store, this.#settings.maxPersistentPerZone);
    this.#atlas = new Zones(services, this.#settings, source, persistent, this.#outbound);
    const { maxEntitiesPerUser } = this.#settings;
    const counts = new EntityCounts(
      services.connectionPresence,
      services.settings.limits,
      maxEntitiesPerUser,
    );
    this.#footprints = new LastPositions(services.store, services.log, this.#settings, this.#atlas);
    this.#entities = new Entities(this.#atlas, services.store, persistent, counts, source);
    this.#owners = new Owners(services, scope, this.#entities);
    this.#listen();
  }

  held(): Readonly<Record<string, number>> {
    return { zone_viewers: this.#present.size, zone_turns: this.#turns.size, open_zones: this.#atlas.size };
  }

  /** @throws GameError `not_found`, `forbidden` (the zone is closed), `room_full`, `server_full`, `rate_limited`; then the connection stays where it is */
  enter(session: Member, place: Place, updates?: Updates): Promise<EnteredZone> {
    return this.#turns.take(session.id, async () => {
      const arrival = await this.#footprints.arrivalOf(session, place);
      await this.#admitZone(session, place.zone);
      const { viewer, opened } = this.#arrive(session, place.zone, arrival, updates);
      if (!opened.isReady) await opened.ready;
      const portion = opened.zone.viewers.open(viewer);
      if (arrival.corrected) this.#correct(viewer, undefined);
      return {
        zone: opened.zone.id,
        tick_ms: this.#settings.tickMs,
        view_distance: opened.zone.rules.viewDistance,
        x: viewer.x,
        y: viewer.y,
        ...wireAround(portion),
        ...(portion.isAll ? {} : { has_more: true }),
      };
    });
  }

  /** @throws GameError as `enter`; `conflict` where another connection of the user moves the avatar */
  move(session: Member, input: Movement): Moved | Promise<Moved> {
    const here = this.#turns.has(session.id) ? undefined : this.#walks(session, input);
    return here ? this.#walk(here, input) : this.#turns.take(session.id, () => this.#travel(session, input));
  }

  /** Leaves the zone; nothing where it is in none. */
  leave(session: Member): Promise<ResultOf<WorldContract, "leave">> {
    const leave = async () => {
      const place = this.#present.get(session.id);
      if (!place) return {};
      this.#present.delete(session.id);
      await this.#depart(place);
      return { zone: place.opened.zone.id };
    };
    return this.#turns.has(session.id) ? this.#turns.take(session.id, leave) : leave();
  }

  /** The nearest first, as much as an answer holds. @throws GameError `conflict` where the connection is in no zone */
  nearby(session: Member, { radius: asked, cursor }: Asked): Promise<Surroundings> {
    return this.#services.reading.turn(session, async (spend) => {
      const { viewer, opened } = this.#whereabouts(session);
      const { viewDistance } = opened.zone.rules;
      const radius = Math.min(asked ?? viewDistance, viewDistance);
      const around = opened.zone.around(viewer, radius);
      const portion = nearestOf(viewer, around, ANSWER, cursor);
      await spend(portion.bytes + (around.players.length + around.entities.length) * LOOK_BYTES);
      return {
        radius,
        ...wireAround(portion),
        ...(portion.cursor === undefined ? {} : { has_more: true, cursor: portion.cursor }),
      };
    });
  }

  spawn(session: Member, input: InputOf<WorldContract, "entity_spawn">) {
    return this.#entities.spawn(this.#whereabouts(session).opened, session, input);
  }

  updateEntity(session: Member, input: InputOf<WorldContract, "entity_update">) {
    return this.#entities.update(this.#whereabouts(session).opened, session, input);
  }

  despawn(session: Member, entityId: string): Promise<void> {
    return this.#entities.despawn(this.#whereabouts(session).opened, session, entityId);
  }

  worldEvent(payload: PayloadOf<WorldContract, "world_event">): void {
    if (payload.zone === undefined) this.#outbound.toAll("world_event", payload);
    else this.#outbound.toRoom(rooms.zone(asId<ZoneId>(payload.zone)), "world_event", payload);
  }

  zoneChanged(payload: PayloadOf<WorldContract, "zone_changed">): void {
    for (const zone of new Set([payload.from, payload.to]))
      if (zone !== undefined) this.#outbound.toRoom(rooms.zone(asId<ZoneId>(zone)), "zone_changed", payload);
  }

  /** The user's last connection, on any worker, has ended: entities go with it. */
  async userGone(user: UserId): Promise<void> {
    await this.#services.store.bus.publish(ownerGone, { user });
  }

  /** One tick of all zones, now. */
  tick(): void {
    this.#tick = Math.max(this.#tick + 1, Math.floor(this.#services.store.now() / this.#settings.tickMs));
    try {
      this.#atlas.tick(this.#tick);
      this.#footprints.tick(this.#present.values());
      this.#compareCounts();
      this.#owners.tick();
    } catch (err) {
      this.#services.log.error({ err }, "a tick of the world failed");
    }
    if (!this.#listening) this.#listen();
    if (this.#atlas.size === 0) this.#stop();
  }

  /** Once a second, and before the ticks end. */
  #compareCounts(): void {
    const now = this.#services.store.now();
    if (this.#atlas.size > 0 && now - this.#comparedAt < COMPARE_MS) return;
    this.#comparedAt = now;
    this.#entities.compareCounts();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    this.#atlas.close();
    await this.#entities.close();
    (await this.#listening)?.();
  }

  /** Where the connection is, if it is in that zone already and moves what it is there for. */
  #walks(session: Member, input: Movement): Whereabouts | undefined {
    const place = this.#present.get(session.id);
    if (!place || (input.zone !== undefined && input.zone !== place.opened.zone.id)) return undefined;
    return place.viewer.player || session.identity.anonymous ? place : undefined;
  }

  #walk({ viewer, opened: { zone } }: Whereabouts, input: Movement): Moved {
    const now = this.#services.store.now();
    const distance = Math.hypot(input.x - viewer.x, input.y - viewer.y);
    const pace = step(viewer.pace, distance, now, speedLimit(zone.rules));
    if (!pace) {
      this.#correct(viewer, input.seq);
      return { corrected: true };
    }
    viewer.pace = pace;
    zone.viewers.place(viewer, input.x, input.y);
    if (viewer.player) zone.movePlayer(viewer.player, input.x, input.y, input.seq);
    return {};
  }

  /** A movement of a connection that is in no zone, or in another, or whose user's avatar was moved by another connection. */
  async #travel(session: Member, input: Movement): Promise<Moved> {
    const here = this.#walks(session, input);
    if (here) return this.#walk(here, input);
    const before = this.#present.get(session.id);
    const zone = input.zone ?? before?.opened.zone.id;
    if (zone === undefined)
      throw new GameError("invalid_payload", {
        message: "zone: needed where the connection is in no zone",
      });
    const again = before?.opened.zone.id === zone ? before : undefined;
    if (again?.opened.zone.player(session.userId))
      throw new GameError("conflict", { message: "another of your connections moves this player" });
    const arrival = await this.#footprints.arrivalOf(session, { zone, x: input.x, y: input.y });
    if (!again) await this.#admitZone(session, zone);
    if (again) this.#embodyAgain(again, arrival, input.seq);
    else {
      const { viewer, opened } = this.#arrive(session, zone, arrival);
      // Nobody waits for an answer, so the first frame tells of all that is around.
      opened.zone.viewers.openUnknowing(viewer);
    }
    if (!arrival.corrected) return {};
    this.#correct(this.#whereabouts(session).viewer, input.seq);
    return { corrected: true };
  }

  /** A zone that nobody has open here comes to be by being entered. Guests have no more of these than connections. */
  async #admitZone({ identity, userId }: Member, zone: string): Promise<void> {
    const isNew = this.#atlas.get(asId<ZoneId>(zone)) === undefined && !this.#settings.isNamed(zone);
    if (isNew && !identity.anonymous) await this.#services.storageQuotas.zone(userId);
  }

  #arrive(session: Member, name: string, { x, y, pace }: Arrival, updates?: Updates): Whereabouts {
    const before = this.#present.get(session.id);
    const opened = this.#atlas.open(asId<ZoneId>(name));
    this.#start();
    const { zone } = opened;
    const now = this.#services.store.now();
    const viewer = newViewer({
      session,
      updates: updates ?? before?.viewer.updates ?? (session.transport === "websocket" ? "each" : "batch"),
      x,
      y,
      cell: zone.players.grid.keyAt(x, y),
      pace,
    });
    const from = before?.viewer.player && before.opened !== opened ? before.opened.zone.id : undefined;
    if (!session.identity.anonymous) zone.embody(viewer, now, from === undefined ? {} : { from });
    if (before) void this.#depart(before, from === undefined ? undefined : zone.id);
    if (from !== undefined)
      this.#outbound.toUser(session.userId, "zone_changed", { user_id: session.userId, from, to: zone.id });
    zone.viewers.add(viewer);
    const place = { viewer, opened };
    this.#present.set(session.id, place);
    void this.#footprints.note(viewer, zone);
    return place;
  }

  /** The connection that has only watched moves the avatar again. */
  #embodyAgain({ viewer, opened: { zone } }: Whereabouts, { x, y, pace }: Arrival, seq?: number): void {
    viewer.pace = pace;
    zone.viewers.place(viewer, x, y);
    zone.embody(viewer, this.#services.store.now(), { seq });
    zone.viewers.refresh(viewer);
    void this.#footprints.note(viewer, zone);
  }

  async #depart({ viewer, opened: { zone } }: Whereabouts, to?: ZoneId): Promise<void> {
    const noted = this.#footprints.note(viewer, zone, true);
    if (viewer.player) zone.removePlayer(viewer.player, to);
    zone.viewers.remove(viewer);
    await noted;
  }

  #correct({ session, x, y }: Viewer, seq: number | undefined): void {
    const zone = this.#whereabouts(session).opened.zone.id;
    session.emit("position_correction", { x, y, zone, ...(seq === undefined ? {} : { seq }) });
  }

  #whereabouts(session: Member): Whereabouts {
    const place = this.#present.get(session.id);
    if (!place) throw new GameError("conflict", { message: "enter a zone first" });
    return place;
  }

  #start(): void {
    if (this.#closed) return;
    this.#timer ??= setInterval(() => this.tick(), this.#settings.tickMs);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Tried again by the tick while the bus is away. */
  #listen(): void {
    this.#listening = this.#services.store.bus
      .subscribe(ownerGone, ({ user }) => this.#entities.ownerGone(user))
      .catch((err: unknown) => {
        this.#services.log.warn({ err }, "the world cannot hear other workers yet");
        this.#listening = undefined;
        return undefined;
      });
  }
}
