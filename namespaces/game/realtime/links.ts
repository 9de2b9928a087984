/** Messages between workers about real-time rooms: those of one turn of the event loop to one worker are one message. */
import { every } from "../../../core/async.ts";
import type { RoomId } from "../../../core/ids.ts";
import type { Services } from "../../../core/ports/services.ts";
import {
  callTopic,
  type Handover,
  type InputBatch,
  type LinkMessage,
  linkTopic,
  type Offer,
  type TickPacket,
} from "./stored.ts";

/** How often a worker that steps rooms is heard of by those that follow them, also where nothing happens. */
const BEAT_MS = 100;
/** Inputs and packets that wait for one worker; the oldest are dropped. What is lost shows as a gap, and is asked for again. */
const MAX_WAITING = 2_000;

interface Outgoing {
  follow: { room: RoomId; whole: boolean }[];
  unfollow: RoomId[];
  inputs: InputBatch[];
  packets: TickPacket[];
  notMine: RoomId[];
  begin: RoomId[];
  handovers: Handover[];
  offers: Offer[];
}

export interface LinkListener {
  /** Must not throw. */
  heard(message: LinkMessage): void;
  /** A worker asks all others for offers. Must not throw. */
  called(from: string): void;
  /** Workers that must hear of this one now and then. */
  partners(): Iterable<string>;
}

export type Links = ReturnType<typeof createLinks>;

export function createLinks(
  { store, neighbours, log }: Pick<Services, "store" | "neighbours" | "log">,
  host: string,
  listener: LinkListener,
) {
  const outgoing = new Map<string, Outgoing>();
  let isScheduled = false;
  let listening: Promise<() => void> | undefined;
  let endNeighbours: (() => Promise<void>) | undefined;
  let isClosed = false;

  function to(other: string): Outgoing {
    const known = outgoing.get(other);
    if (known !== undefined) return known;
    const made = {
      follow: [],
      unfollow: [],
      inputs: [],
      packets: [],
      notMine: [],
      begin: [],
      handovers: [],
      offers: [],
    };
    outgoing.set(other, made);
    if (!isScheduled) {
      isScheduled = true;
      setImmediate(flush);
    }
    return made;
  }

  function flush(): void {
    isScheduled = false;
    const some = [...outgoing];
    outgoing.clear();
    for (const [other, lists] of some) {
      const filled = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
      const message = { from: host, ...filled };
      // Past Redis where it can: what players see does not wait for a store that is away.
      if (neighbours.send(other, message)) continue;
      store.bus
        .publish(linkTopic(other), message)
        .catch((err: unknown) => log.debug({ err }, "another worker could not be told of a real-time room"));
    }
  }

  function push<T>(list: T[], item: T): void {
    if (list.length >= MAX_WAITING) list.shift();
    list.push(item);
  }

  const endBeats = every(
    BEAT_MS,
    () => {
      for (const partner of listener.partners()) to(partner);
    },
    () => undefined,
  );

  function heard(message: LinkMessage): void {
    if (!isClosed) listener.heard(message);
  }

  async function subscribe(): Promise<() => void> {
    const endLink = await store.bus.subscribe(linkTopic(host), heard);
    try {
      // Workers of one system user on this host alone can write to the socket: their messages are this version's own.
      endNeighbours ??= await neighbours
        .listen(host, (message) => heard(message as LinkMessage))
        .catch((err: unknown) => {
          log.warn({ err }, "other workers of this host are reached through the store alone");
          return () => Promise.resolve();
        });
      const endCalls = await store.bus.subscribe(callTopic, ({ from }) => {
        if (!isClosed) listener.called(from);
      });
      return () => {
        endLink();
        endCalls();
      };
    } catch (err) {
      endLink();
      throw err;
    }
  }

  return {
    /** Hears what others send to this worker. Again: retries where it failed. @throws GameError `unavailable` */
    async listen(): Promise<void> {
      if (!store.shared) return;
      listening ??= subscribe();
      try {
        await listening;
      } catch (err) {
        listening = undefined;
        throw err;
      }
    },
    follow: (other: string, room: RoomId, whole: boolean) => push(to(other).follow, { room, whole }),
    unfollow: (other: string, room: RoomId) => push(to(other).unfollow, room),
    inputs: (other: string, batch: InputBatch) => push(to(other).inputs, batch),
    packet: (other: string, packet: TickPacket) => push(to(other).packets, packet),
    notMine: (other: string, room: RoomId) => push(to(other).notMine, room),

    begin: (other: string, room: RoomId) => push(to(other).begin, room),
    handover: (other: string, handover: Handover) => push(to(other).handovers, handover),
    offer: (other: string, offer: Offer) => push(to(other).offers, offer),
    /** Asks all workers for offers. @throws GameError `unavailable` */
    call: async (): Promise<void> => {
      if (store.shared) await store.bus.publish(callTopic, { from: host });
    },

    async close(): Promise<void> {
      isClosed = true;
      endBeats();
      flush();
      const end = await listening?.catch(() => undefined);
      end?.();
      await endNeighbours?.();
    },
  };
}
