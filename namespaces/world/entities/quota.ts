/**
 * How many entities there may be: of one owner, in one zone, and in all. Each counts in the store as long as this worker decides about it,
 * so that the limits hold over all workers; entities of a worker that dies stop counting. Persistent ones are counted with their index.
 */
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type ConnectionId, newId, type UserId, type ZoneId } from "../../../core/ids.ts";
import type { Attendant, ConnectionPresence } from "../../../core/ports/connection-presence.ts";
import type { Limits } from "../../../core/ports/settings.ts";
import type { PresenceScope } from "../../../core/ports/store/presence.ts";

/** Entities, counted by what bounds them. */
export const entityScope: PresenceScope = { name: "entities", online: [], offline: [] };

/** Zones that the entities of one owner keep open. */
const MAX_ZONES = 50;

interface CountedEntity {
  readonly attendant: Attendant;
  readonly subjects: readonly string[];
}

interface EntityLimit {
  readonly subject: string;
  readonly max: number;
  /** What is counted. */
  readonly attendant: Attendant;
  refusal(): GameError;
}

export interface EntityPlace {
  readonly zone: ZoneId;
  readonly id: string;
  readonly owner: UserId;
}

const nameOf = ({ zone, id }: Pick<EntityPlace, "zone" | "id">) => `${zone.length}:${zone}${id}`;

export class EntityCounts {
  readonly #connectionPresence: ConnectionPresence;
  readonly #limits: Limits;
  readonly #maxPerUserAndZone: number;
  readonly #counted = new Map<string, CountedEntity & EntityPlace>();
  /** How many of an owner's are counted in a zone, or are just being counted. */
  readonly #ofOwner = new Map<string, number>();
  /** A zone counts once for an owner, however many of their entities are in it: this worker counts it under one name. */
  readonly #name = newId("w");

  constructor(connectionPresence: ConnectionPresence, limits: Limits, maxPerUserAndZone: number) {
    this.#connectionPresence = connectionPresence;
    this.#limits = limits;
    this.#maxPerUserAndZone = maxPerUserAndZone;
  }

  /** @throws GameError `conflict` for too many entities of the owner, `room_full` of the zone, `server_full` of the world; `unavailable` */
  async take(place: EntityPlace): Promise<void> {
    const attendant = newAttendant();
    const bounds = this.#boundsOf(place, attendant).filter(({ max }) => max !== Number.POSITIVE_INFINITY);
    // From now on: another of the owner's that is refused meanwhile must not take the zone from this one.
    this.#add(place, 1);
    const done = await Promise.allSettled(
      bounds.map(({ subject, max, attendant: one }) =>
        this.#connectionPresence.join(entityScope, one, { subject, max }),
      ),
    );
    const joined = bounds.filter((_, at) => {
      const one = done[at];
      return one?.status === "fulfilled" && !one.value.refused;
    });
    const subjects = joined.filter((bound) => bound.attendant === attendant).map(({ subject }) => subject);
    if (joined.length < bounds.length) {
      this.#add(place, -1);
      await Promise.all([this.#leave({ attendant, subjects }), this.#leaveZone(place)]);
      const failed = done.find((one) => one.status === "rejected");
      if (failed) throw failed.reason;
      throw bounds.find((bound) => !joined.includes(bound))?.refusal();
    }
    this.#keep(place, { attendant, subjects });
    this.#add(place, -1);
  }

  /** Another worker decided about the entity until now and stops counting it: this one counts it from here on. */
  async adopt(place: EntityPlace): Promise<void> {
    if (this.#counted.has(nameOf(place))) return;
    const attendant = newAttendant();
    const bounds = this.#boundsOf(place, attendant);
    this.#add(place, 1);
    try {
      await Promise.all(
        bounds.map(({ subject, attendant: one }) =>
          this.#connectionPresence.join(entityScope, one, { subject }),
        ),
      );
      const subjects = bounds.filter((bound) => bound.attendant === attendant).map(({ subject }) => subject);
      this.#keep(place, { attendant, subjects });
    } finally {
      this.#add(place, -1);
    }
  }

  async release(place: Pick<EntityPlace, "zone" | "id">): Promise<void> {
    const counted = this.#counted.get(nameOf(place));
    if (!counted) return;
    this.#counted.delete(nameOf(place));
    this.#add(counted, -1);
    await Promise.all([this.#leave(counted), this.#leaveZone(counted)]);
  }

  /** Stops counting the zone for its owner, where none of their entities counted here is left in it. */
  async #leaveZone({ zone, owner }: Pick<EntityPlace, "zone" | "owner">): Promise<void> {
    if (this.#ofOwner.has(hereOf({ zone, owner }))) return;
    await this.#connectionPresence.leave(entityScope, this.#zoneAttendant(zone), zonesOf(owner));
  }

  #zoneAttendant(zone: ZoneId): Attendant {
    return { id: asId<ConnectionId>(`${this.#name} ${zone}`), reliable: false, connected: true };
  }

  /** Releases entities that are not here any more, however they went. */
  compare(isHere: (place: EntityPlace) => boolean): void {
    for (const counted of this.#counted.values()) if (!isHere(counted)) void this.release(counted);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#counted.values()].map((counted) => this.release(counted)));
  }

  /** Synchronous, and the entity is put into the zone in the same turn: a comparison in between would release it. */
  #keep(place: EntityPlace, counted: CountedEntity): void {
    const before = this.#counted.get(nameOf(place));
    if (before) {
      this.#add(before, -1);
      void this.#leave(before);
    }
    this.#counted.set(nameOf(place), { ...place, ...counted });
    this.#add(place, 1);
  }

  #add(place: EntityPlace, one: 1 | -1): void {
    const here = hereOf(place);
    const count = (this.#ofOwner.get(here) ?? 0) + one;
    if (count > 0) this.#ofOwner.set(here, count);
    else this.#ofOwner.delete(here);
  }

  async #leave({ attendant, subjects }: CountedEntity): Promise<void> {
    await Promise.all(
      subjects.map((subject) => this.#connectionPresence.leave(entityScope, attendant, subject)),
    );
  }

  #boundsOf({ zone, owner }: EntityPlace, attendant: Attendant): EntityLimit[] {
    const { entities, entitiesPerZone, entitiesPerUser } = this.#limits;
    const refusal = (code: "conflict" | "room_full" | "server_full", message: string) => () =>
      new GameError(code, { message });
    return [
      {
        attendant: this.#zoneAttendant(zone),
        subject: zonesOf(owner),
        max: MAX_ZONES,
        refusal: refusal("conflict", `your entities are in ${MAX_ZONES} zones already`),
      },
      {
        attendant,
        subject: `here:${hereOf({ zone, owner })}`,
        max: this.#maxPerUserAndZone,
        refusal: refusal("conflict", "you have as many entities in this zone as you may"),
      },
      {
        attendant,
        subject: `user:${owner}`,
        max: entitiesPerUser,
        refusal: refusal("conflict", "you have as many entities as you may"),
      },
      {
        attendant,
        subject: `zone:${zone}`,
        max: entitiesPerZone,
        refusal: refusal("room_full", "the zone has as many entities as it may"),
      },
      {
        attendant,
        subject: "all",
        max: entities,
        refusal: refusal("server_full", "the world has as many entities as it may"),
      },
    ];
  }
}

const hereOf = ({ zone, owner }: Pick<EntityPlace, "zone" | "owner">) => `${zone.length}:${zone}${owner}`;
const zonesOf = (owner: UserId) => `zones:${owner}`;

const newAttendant = (): Attendant => ({
  id: asId<ConnectionId>(newId("e")),
  reliable: false,
  connected: true,
});
