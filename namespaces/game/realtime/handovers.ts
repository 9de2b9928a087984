/**
 * Gives rooms to other workers while both live, so that players see at most two ticks without a step: all of them when this worker stops,
 * some when it is late with its steps. The room stops at a tick boundary with all of it committed and no owner; the worker that it is
 * given to goes on from there. Where nobody does, whoever follows the room takes it, as after a fault.
 */
import { every } from "../../../core/async.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { WorkerRoom } from "../../../core/ports/outbound.ts";
import { cryptoRandom } from "../../../core/random.ts";
import type { Links } from "./links.ts";
import type { Partners } from "./partners.ts";
import type { Owner } from "./stepping/owner.ts";
import type { Handover, Offer, TickPacket } from "./stored.ts";
import type { FollowedRoom } from "./viewing/followed.ts";

/** How long offers of other workers are waited for; and the first one. */
const OFFERS_WITHIN_MS = 100;
const FIRST_OFFER_WITHIN_MS = 500;
const OFFER_STEP_MS = 20;
/** A worker that has not gone on with a room by then will not. */
const TAKEN_WITHIN_MS = 300;
/** Rooms that are given at the same moment. */
const AT_ONCE = 20;
/** How often this worker looks at how late it is, and how many times in turn it must have been so. */
const LOOK_MS = 1_000;
const LATE_LOOKS = 3;
/** After rooms were given; what they have left is measured first. */
const REST_MS = 10_000;
/** A room that was given stays so long, so that two workers do not give it to each other. */
const SETTLED_MS = 60_000;
/** A worker takes rooms off another while its load is below this, and by so much below that of the other. */
const MOST_BUSY = 0.7;
export const LESS_BUSY_BY = 0.2;
/** What a worker says of its load while it is not full. */
export const MOST_LOADED = 0.99;
/** The part of its rooms that a late worker gives at a time. */
const PART = 0.25;

export interface HandoverParts {
  readonly host: string;
  readonly owner: Owner;
  readonly links: Links;
  readonly partners: Partners;
  readonly log: Log;
  /** Of this worker. */
  readonly load: WorkerRoom;
  /** The share of late steps above which rooms are given; 0: never. */
  readonly lateShare: number;
  followed(id: RoomId): FollowedRoom | undefined;
  /** Finds who steps the room, or steps it here. */
  look(room: FollowedRoom): void;
}

interface Given {
  readonly handover: Handover;
  readonly to: string;
  readonly others: readonly string[];
  readonly timer: NodeJS.Timeout;
  readonly done: (isTaken: boolean) => void;
}

export function createHandovers(parts: HandoverParts) {
  const { host, owner, links, partners, log, load, lateShare } = parts;
  const given = new Map<RoomId, Given>();
  let isClosed = false;
  let asked:
    | { readonly offers: Map<string, Offer>; readonly all: Promise<ReadonlyMap<string, Offer>> }
    | undefined;
  let steps = owner.figures();
  let stepped = 0;
  let lateLooks = 0;
  let restsUntil = 0;

  /** What other workers answer; one call serves all that ask meanwhile. */
  function call(): Promise<ReadonlyMap<string, Offer>> {
    if (asked !== undefined) return asked.all;
    const offers = new Map<string, Offer>();
    const all = links
      .call()
      .then(async () => {
        await pause(OFFERS_WITHIN_MS);
        const end = performance.now() + FIRST_OFFER_WITHIN_MS - OFFERS_WITHIN_MS;
        while (offers.size === 0 && performance.now() < end && !isClosed) await pause(OFFER_STEP_MS);
        return offers;
      })
      .finally(() => {
        asked = undefined;
      });
    asked = { offers, all };
    return all;
  }

  /** @returns whether another worker steps the room now */
  async function give(id: RoomId, candidates: readonly string[]): Promise<boolean> {
    const released = await owner.release(id);
    if (released === undefined) return false;
    const handover = { ...released, followers: [host, ...partners.of(id)] };
    return new Promise((resolve) => propose(handover, candidates, resolve));
  }

  function propose(handover: Handover, [to, ...others]: readonly string[], done: Given["done"]): void {
    const { room } = handover;
    if (to === undefined) {
      giveUp(handover, done);
      return;
    }
    const timer = setTimeout(() => refused(room, to), TAKEN_WITHIN_MS);
    timer.unref();
    given.set(room, { handover, to, others, timer, done });
    links.handover(to, handover);
    const here = parts.followed(room);
    if (here === undefined) return;
    here.owner = to;
    here.heardAt = performance.now();
  }

  function refused(room: RoomId, by: string): boolean {
    const one = given.get(room);
    if (one?.to !== by) return false;
    clearTimeout(one.timer);
    given.delete(room);
    propose(one.handover, one.others, one.done);
    return true;
  }

  /** The room is nobody's: whoever follows it takes it. */
  function giveUp({ room }: Handover, done: Given["done"]): void {
    for (const other of partners.of(room)) links.notMine(other, room);
    partners.dropRoom(room);
    done(false);
    const here = parts.followed(room);
    if (here === undefined) return;
    here.owner = undefined;
    parts.look(here);
  }

  /**
   * Workers that may step the room, the best first. Those that follow it already have its frames sooner. Among the others the better one
   * of two at random is asked first: were it the best of all, each worker would send its rooms there until the next offers.
   */
  function candidatesFor(id: RoomId | undefined, offers: ReadonlyMap<string, Offer>): string[] {
    const followers = new Set(id === undefined ? [] : partners.of(id));
    const rank = ([worker, offer]: readonly [string, Offer]) =>
      offer.busy - (followers.has(worker) && offer.busy < 1 ? 1 : 0);
    const left = [...offers];
    const first: string[] = [];
    if (left.length > 2 && !left.some(([worker]) => followers.has(worker))) {
      const draw = () => left.splice(cryptoRandom.int(0, left.length - 1), 1);
      const [chosen, other] = [...draw(), ...draw()].sort((one, another) => rank(one) - rank(another));
      if (other !== undefined) left.push(other);
      if (chosen !== undefined) first.push(chosen[0]);
    }
    left.sort((one, other) => rank(one) - rank(other));
    return [...first, ...left.map(([worker]) => worker)];
  }

  const upTo = (most: number, offers: ReadonlyMap<string, Offer>) =>
    new Map([...offers].filter(([, { busy, room }]) => room > 0 && busy <= most));

  async function relieve(): Promise<void> {
    const rooms = owner.heaviest(SETTLED_MS);
    if (rooms.length === 0) return;
    const busy = load.load;
    const offers = upTo(Math.min(MOST_BUSY, busy - LESS_BUSY_BY), await call());
    if (offers.size === 0) return;
    let taken = 0;
    for (const id of rooms.slice(0, Math.max(1, Math.floor(rooms.length * PART))))
      if (await give(id, candidatesFor(id, offers))) taken++;
    log.warn(
      { rooms: taken, of: rooms.length, busy },
      "real-time rooms are stepped too late here: some were handed over",
    );
  }

  function look(): void {
    const before = steps;
    steps = owner.figures();
    const stepsNow = steps.counts.steps;
    const late = steps.lateSteps - before.lateSteps + (steps.skippedSteps - before.skippedSteps);
    const due = Math.max(1, stepsNow - stepped + steps.skippedSteps - before.skippedSteps);
    stepped = stepsNow;
    lateLooks = lateShare > 0 && late / due > lateShare ? lateLooks + 1 : 0;
    if (lateLooks < LATE_LOOKS || performance.now() < restsUntil) return;
    restsUntil = performance.now() + REST_MS;
    relieve().catch((err: unknown) => log.debug({ err }, "no worker could be asked to take real-time rooms"));
  }
  const endLooks = every(LOOK_MS, look, (err) => log.debug({ err }, "late steps could not be looked at"));

  return {
    /** Workers with a load of at most `most` that may step the room, or any room; the best first. @throws GameError `unavailable` */
    placesFor: async (id: RoomId | undefined, most: number): Promise<readonly string[]> =>
      candidatesFor(id, upTo(most, await call())),
    /** Another worker asks for offers. */
    called(from: string): void {
      // Also where it is full: for rooms of a worker that stops it is better than nobody. And without a place: nobody waits for it then.
      const busy = load.isFull ? 1 : Math.min(MOST_LOADED, load.load);
      if (from !== host) links.offer(from, { busy, room: owner.spare });
    },
    offered(from: string, offer: Offer): void {
      asked?.offers.set(from, offer);
    },
    /** Goes on with a room that another worker has stopped. */
    async received(from: string, handover: Handover): Promise<void> {
      const { room, followers } = handover;
      const now = performance.now();
      const others = followers.filter((worker) => worker !== host);
      for (const worker of others) partners.follow(room, worker, now);
      const isMine = await owner.receive(handover).catch((err: unknown) => {
        log.debug({ err, room }, "a real-time room that was handed over could not be taken");
        return false;
      });
      if (isMine) {
        const here = parts.followed(room);
        if (here !== undefined) here.owner = host;
        return;
      }
      if (!owner.owns(room)) for (const worker of others) partners.unfollow(room, worker);
      links.notMine(from, room);
    },
    refused,
    /** A packet came: of the worker that goes on, where the room was given away. */
    sent(from: string, { room, epoch }: TickPacket): void {
      const one = given.get(room);
      if (one?.to !== from || epoch <= one.handover.record.epoch) return;
      clearTimeout(one.timer);
      given.delete(room);
      partners.dropRoom(room);
      one.done(true);
    },
    /** Gives all rooms to other workers, and takes none any more. */
    async leave(): Promise<void> {
      owner.leave();
      const rooms = owner.heaviest(0);
      if (rooms.length === 0) return;
      const offers = upTo(1, await call());
      if (offers.size === 0) return;
      let taken = 0;
      for (let at = 0; at < rooms.length; at += AT_ONCE) {
        const some = rooms.slice(at, at + AT_ONCE).map((id) => give(id, candidatesFor(id, offers)));
        taken += (await Promise.all(some)).filter(Boolean).length;
      }
      log.info({ rooms: taken, of: rooms.length }, "real-time rooms were handed over to other workers");
    },
    close(): void {
      isClosed = true;
      endLooks();
      for (const { timer, done } of given.values()) {
        clearTimeout(timer);
        done(false);
      }
      given.clear();
    },
  };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
