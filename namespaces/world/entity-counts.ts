/**
 * How many entities there may be: of one owner, in one zone, and in all. Each counts in the store as long as this worker decides about it,
 * so that the bounds hold over all workers; those of a worker that dies count no more. Persistent ones are counted where they are kept.
 */
import { GameError } from "../../core/errors.ts";
import { asId, type ConnectionId, newId, type UserId, type ZoneId } from "../../core/ids.ts";
import type { Attendance, Attendant } from "../../core/ports/attendance.ts";
import type { PresenceScope } from "../../core/ports/presence.ts";
import type { Limits } from "../../core/settings.ts";

/** Entities, counted by what bounds them. */
export const entityScope: PresenceScope = { name: "entities", online: [], offline: [] };

interface Counted {
  readonly attendant: Attendant;
  readonly subjects: readonly string[];
}

interface Bound {
  readonly subject: string;
  readonly max: number;
  refusal(): GameError;
}

export interface Place {
  readonly zone: ZoneId;
  readonly id: string;
  readonly owner: UserId;
}

const nameOf = ({ zone, id }: Pick<Place, "zone" | "id">) => `${zone.length}:${zone}${id}`;

export class EntityCounts {
  readonly #attendance: Attendance;
  readonly #limits: Limits;
  readonly #maxPerUserAndZone: number;
  readonly #counted = new Map<string, Counted & Place>();

  constructor(attendance: Attendance, limits: Limits, maxPerUserAndZone: number) {
    this.#attendance = attendance;
    this.#limits = limits;
    this.#maxPerUserAndZone = maxPerUserAndZone;
  }

  /** @throws GameError `conflict` where the owner has as many as they may, `room_full` the zone, `server_full` the world; `unavailable` */
  async take(place: Place): Promise<void> {
    const bounds = this.#boundsOf(place).filter(({ max }) => max !== Number.POSITIVE_INFINITY);
    const attendant = newAttendant();
    const done = await Promise.allSettled(
      bounds.map(({ subject, max }) => this.#attendance.join(entityScope, attendant, { subject, max })),
    );
    const joined = bounds.filter((_, at) => {
      const one = done[at];
      return one?.status === "fulfilled" && !one.value.refused;
    });
    const subjects = joined.map(({ subject }) => subject);
    if (joined.length < bounds.length) {
      await this.#leave({ attendant, subjects });
      const failed = done.find((one) => one.status === "rejected");
      if (failed) throw failed.reason;
      throw bounds.find((bound) => !joined.includes(bound))?.refusal();
    }
    await this.#keep(place, { attendant, subjects });
  }

  /** Another worker decided about it until now, and counts it no more: so does this one from here on. */
  async adopt(place: Place): Promise<void> {
    if (this.#counted.has(nameOf(place))) return;
    const attendant = newAttendant();
    const subjects = this.#boundsOf(place).map(({ subject }) => subject);
    const counted = { attendant, subjects };
    await Promise.all(subjects.map((subject) => this.#attendance.join(entityScope, attendant, { subject })));
    await this.#keep(place, counted);
  }

  async release(place: Pick<Place, "zone" | "id">): Promise<void> {
    const counted = this.#counted.get(nameOf(place));
    this.#counted.delete(nameOf(place));
    if (counted) await this.#leave(counted);
  }

  /** Lets go of those that are not here any more, however they went. */
  compare(isHere: (place: Place) => boolean): void {
    for (const counted of this.#counted.values()) if (!isHere(counted)) void this.release(counted);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#counted.values()].map((counted) => this.release(counted)));
  }

  async #keep(place: Place, counted: Counted): Promise<void> {
    await this.release(place);
    this.#counted.set(nameOf(place), { ...place, ...counted });
  }

  async #leave({ attendant, subjects }: Counted): Promise<void> {
    await Promise.all(subjects.map((subject) => this.#attendance.leave(entityScope, attendant, subject)));
  }

  #boundsOf({ zone, owner }: Place): Bound[] {
    const { entities, entitiesPerZone, entitiesPerUser } = this.#limits;
    const refusal = (code: "conflict" | "room_full" | "server_full", message: string) => () =>
      new GameError(code, { message });
    return [
      {
        subject: `here:${zone.length}:${zone}${owner}`,
        max: this.#maxPerUserAndZone,
        refusal: refusal("conflict", "you have as many entities in this zone as you may"),
      },
      {
        subject: `user:${owner}`,
        max: entitiesPerUser,
        refusal: refusal("conflict", "you have as many entities as you may"),
      },
      {
        subject: `zone:${zone}`,
        max: entitiesPerZone,
        refusal: refusal("room_full", "the zone has as many entities as it may"),
      },
      {
        subject: "all",
        max: entities,
        refusal: refusal("server_full", "the world has as many entities as it may"),
      },
    ];
  }
}

const newAttendant = (): Attendant => ({
  id: asId<ConnectionId>(newId("e")),
  reliable: false,
  connected: true,
});
