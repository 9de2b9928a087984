/**
 * Which zone each connection of this worker is in, and how it moves there: enter, walk, cross to another zone, leave. Positions never
 * touch the store, but for the last position of a user.
 */
import { KeyedMutex } from "../../core/async.ts";
import type { InputOf, ResultOf } from "../../core/contract/contract.ts";
import { GameError } from "../../core/contract/errors.ts";
import type { Session } from "../../core/contract/session.ts";
import { asId, type ConnectionId, type ZoneId } from "../../core/ids.ts";
import type { NamespaceOutbound } from "../../core/ports/outbound.ts";
import type { Services } from "../../core/ports/services.ts";
import { ANSWER, nearestOf, wireAround } from "./interest/pages.ts";
import { type Destination, LastPositions, type Visit } from "./last-positions.ts";
import { newViewer, type Viewer } from "./model.ts";
import type { WorldSettings } from "./options.ts";
import type { EnteredZone, Surroundings, Updates, WorldContract } from "./schema.ts";
import { type AcceptedMove, type MovementPace, step } from "./speed-limit.ts";
import type { OpenZone, Zones } from "./zones.ts";

export type WorldSession = Session<WorldContract>;
type MovementInput = InputOf<WorldContract, "player_movement">;
type MovementResult = ResultOf<WorldContract, "player_movement">;

/** What reading one item costs, in bytes that take as long to send. */
const READ_BYTES = 16;

/** The answer to every move that was accepted. */
const WALKED: MovementResult = Object.freeze({});

interface OpenVisit extends Visit {
  readonly opened: OpenZone;
}

export interface VisitsOptions {
  readonly settings: WorldSettings;
  readonly zones: Zones;
  readonly outbound: NamespaceOutbound<WorldContract>;
  /** A connection is about to be in a zone: ticks are needed from now on. */
  arriving(): void;
}

export class Visits {
  readonly #services: Services;
  readonly #settings: WorldSettings;
  readonly #zones: Zones;
  readonly #outbound: NamespaceOutbound<WorldContract>;
  readonly #arriving: () => void;
  readonly #lastPositions: LastPositions;
  readonly #visits = new Map<ConnectionId, OpenVisit>();
  /** Connections on their way into a zone: what they ask for meanwhile is done when they are there. */
  readonly #entering = new KeyedMutex<ConnectionId>();

  constructor(services: Services, { settings, zones, outbound, arriving }: VisitsOptions) {
    this.#services = services;
    this.#settings = settings;
    this.#zones = zones;
    this.#outbound = outbound;
    this.#arriving = arriving;
    this.#lastPositions = new LastPositions(services.store, services.log, settings, zones);
  }

  held(): Readonly<Record<string, number>> {
    return { zone_viewers: this.#visits.size, zone_turns: this.#entering.size };
  }

  /** @throws GameError `conflict` where the connection is in no zone */
  of(session: WorldSession): OpenVisit {
    const visit = this.#visits.get(session.id);
    if (!visit) throw new GameError("conflict", { message: "enter a zone first" });
    return visit;
  }

  /** The zone that a connection of this worker is in. */
  zoneOf(connection: ConnectionId): ZoneId | undefined {
    return this.#visits.get(connection)?.opened.zone.id;
  }

  /** Starts to record the last positions that are due. */
  tick(): void {
    this.#lastPositions.tick(this.#visits.values());
  }

  /**
   * @throws GameError `not_found`, `forbidden` (the zone is closed), `room_full`, `server_full`, `rate_limited`; then the connection
   * stays where it is
   */
  enter(session: WorldSession, to: Destination, updates?: Updates): Promise<EnteredZone> {
    return this.#entering.run(session.id, async () => {
      const arrival = await this.#lastPositions.arrivalOf(session, to);
      await this.#admitZone(session, to.zone);
      const { viewer, opened } = this.#arrive(session, to.zone, arrival, updates);
      if (!opened.isReady) await opened.ready;
      const page = opened.zone.viewers.open(viewer);
      if (arrival.corrected) this.#correct(viewer, undefined);
      return {
        zone: opened.zone.id,
        tick_ms: this.#settings.tickMs,
        view_distance: opened.zone.rules.viewDistance,
        x: viewer.x,
        y: viewer.y,
        ...wireAround(page),
        ...(page.isAll ? {} : { has_more: true }),
      };
    });
  }

  /** @throws GameError as `enter`; `conflict` where another connection of the user moves the avatar */
  move(session: WorldSession, input: MovementInput): MovementResult | Promise<MovementResult> {
    const isEntering = this.#entering.size > 0 && this.#entering.has(session.id);
    const here = isEntering ? undefined : this.#visitOfWalk(session, input);
    if (here) return this.#walk(here, input);
    return this.#entering.run(session.id, () => this.#travel(session, input));
  }

  /** Leaves the zone; does nothing where the connection is in none. */
  leave(session: WorldSession): Promise<ResultOf<WorldContract, "leave">> {
    return this.#entering.run(session.id, async () => {
      const visit = this.#visits.get(session.id);
      if (!visit) return {};
      this.#visits.delete(session.id);
      await this.#depart(visit);
      return { zone: visit.opened.zone.id };
    });
  }

  /** The nearest first, as much as an answer holds. @throws GameError `conflict` where the connection is in no zone */
  nearby(
    session: WorldSession,
    { radius: asked, cursor }: InputOf<WorldContract, "nearby">,
  ): Promise<Surroundings> {
    return this.#services.reading.turn(session, async (spend) => {
      const { viewer, opened } = this.of(session);
      const { viewDistance } = opened.zone.rules;
      const radius = Math.min(asked ?? viewDistance, viewDistance);
      const around = opened.zone.around(viewer, radius);
      const page = nearestOf(viewer, around, ANSWER, cursor);
      await spend(page.bytes + (around.players.length + around.entities.length) * READ_BYTES);
      return {
        radius,
        ...wireAround(page),
        ...(page.cursor === undefined ? {} : { has_more: true, cursor: page.cursor }),
      };
    });
  }

  /** The connection's visit, where the movement stays in that zone and the connection moves the avatar (or is a guest). */
  #visitOfWalk(session: WorldSession, input: MovementInput): OpenVisit | undefined {
    const visit = this.#visits.get(session.id);
    if (!visit || (input.zone !== undefined && input.zone !== visit.opened.zone.id)) return undefined;
    return visit.viewer.player || session.identity.anonymous ? visit : undefined;
  }

  #walk({ viewer, opened: { zone } }: OpenVisit, input: MovementInput): MovementResult {
    const now = this.#services.store.now();
    const { x, y, seq } = input;
    const pace = step(viewer.pace, distanceOf(x - viewer.x, y - viewer.y), now, zone.speedLimit);
    if (!pace) {
      this.#correct(viewer, seq);
      return { corrected: true };
    }
    setPace(viewer, pace);
    const cell = zone.players.grid.keyAt(x, y);
    zone.viewers.place(viewer, x, y, cell);
    if (viewer.player) zone.movePlayer(viewer.player, x, y, seq, cell);
    return WALKED;
  }

  /** A movement of a connection that is in no zone, or in another, or whose user's avatar was moved by another connection. */
  async #travel(session: WorldSession, input: MovementInput): Promise<MovementResult> {
    const here = this.#visitOfWalk(session, input);
    if (here) return this.#walk(here, input);
    const before = this.#visits.get(session.id);
    const zone = input.zone ?? before?.opened.zone.id;
    if (zone === undefined)
      throw new GameError("invalid_payload", {
        message: "zone: needed where the connection is in no zone",
      });
    const again = before?.opened.zone.id === zone ? before : undefined;
    if (again?.opened.zone.player(session.userId))
      throw new GameError("conflict", { message: "another of your connections moves this player" });
    const arrival = await this.#lastPositions.arrivalOf(session, { zone, x: input.x, y: input.y });
    if (!again) await this.#admitZone(session, zone);
    if (again) this.#embodyAgain(again, arrival, input.seq);
    else {
      const { viewer, opened } = this.#arrive(session, zone, arrival);
      // The answer to a movement has no room for them, so the first frame shows all players and entities around.
      opened.zone.viewers.openUnknowing(viewer);
    }
    if (!arrival.corrected) return {};
    this.#correct(this.of(session).viewer, input.seq);
    return { corrected: true };
  }

  /** A zone that nobody has open here comes into being when it is entered. Guests have no more of these than connections. */
  async #admitZone({ identity, userId }: WorldSession, zone: string): Promise<void> {
    const isNew = this.#zones.get(asId<ZoneId>(zone)) === undefined && !this.#settings.isNamed(zone);
    if (isNew && !identity.anonymous) await this.#services.storageQuotas.zone(userId);
  }

  #arrive(session: WorldSession, name: string, { x, y, pace }: AcceptedMove, updates?: Updates): OpenVisit {
    const before = this.#visits.get(session.id);
    const opened = this.#zones.open(asId<ZoneId>(name));
    this.#arriving();
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
    const visit = { viewer, opened };
    this.#visits.set(session.id, visit);
    void this.#lastPositions.record(viewer, zone);
    return visit;
  }

  /** A connection that has only watched moves the avatar again. */
  #embodyAgain({ viewer, opened: { zone } }: OpenVisit, { x, y, pace }: AcceptedMove, seq?: number): void {
    setPace(viewer, pace);
    zone.viewers.place(viewer, x, y);
    zone.embody(viewer, this.#services.store.now(), { seq });
    zone.viewers.refresh(viewer);
    void this.#lastPositions.record(viewer, zone);
  }

  async #depart({ viewer, opened: { zone } }: OpenVisit, to?: ZoneId): Promise<void> {
    const recorded = this.#lastPositions.record(viewer, zone, true);
    if (viewer.player) zone.removePlayer(viewer.player, to);
    zone.viewers.remove(viewer);
    await recorded;
  }

  #correct({ session, x, y }: Viewer, seq: number | undefined): void {
    const zone = this.of(session).opened.zone.id;
    session.emit("position_correction", { x, y, zone, ...(seq === undefined ? {} : { seq }) });
  }
}

/** In place: an object for each move would be garbage with the next. */
function setPace({ pace }: Viewer, { credit, at }: MovementPace): void {
  pace.credit = credit;
  pace.at = at;
}

/** As far as coordinates go; `Math.hypot` costs several times as much. */
const distanceOf = (x: number, y: number): number => Math.sqrt(x * x + y * y);
