/** What there is much of in Redis, made by the code that makes it in a worker, and what is done with it however much there is. */
import type { Contract } from "../../core/contract/contract.ts";
import type { Session } from "../../core/contract/session.ts";
import {
  asId,
  type ConnectionId,
  newId,
  type RoomId,
  type TicketId,
  type UserId,
  type ZoneId,
} from "../../core/ids.ts";
import type { LiveStream } from "../../core/ports/live.ts";
import { put } from "../../core/ports/store/documents.ts";
import type { Lease } from "../../core/ports/store/leases.ts";
import { inTurns } from "../../core/steps.ts";
import { dashDice } from "../../games/dash-dice.ts";
import { logOf, roomOf } from "../../namespaces/chat/model/channels.ts";
import type { Entry, MessageEntry } from "../../namespaces/chat/model/entries.ts";
import { createRoomLists } from "../../namespaces/game/listing/publish.ts";
import { createRoomSearch } from "../../namespaces/game/listing/search.ts";
import { createPresencePublisher } from "../../namespaces/game/presence/publish.ts";
import { createRoomCommit } from "../../namespaces/game/rooms/commit.ts";
import { openRoom, shown } from "../../namespaces/game/rooms/rules.ts";
import { deadlines as gameDeadlines, keys as gameKeys } from "../../namespaces/game/rooms/stored.ts";
import { combine, enqueue, setPlaces } from "../../namespaces/matchmaking/changes.ts";
import { createContext } from "../../namespaces/matchmaking/context.ts";
import { createMatch } from "../../namespaces/matchmaking/match/create.ts";
import { parseModes } from "../../namespaces/matchmaking/mode-config.ts";
import { pairInSteps } from "../../namespaces/matchmaking/pairing/pairing.ts";
import { PARTITION, keys as queueKeys, type Ticket } from "../../namespaces/matchmaking/store.ts";
import { QueueCache } from "../../namespaces/matchmaking/tick/queue-cache.ts";
import { lastPositionKey } from "../../namespaces/world/last-positions.ts";
import { createLive } from "../../server/delivery/live.ts";
import type { Sender } from "../../server/delivery/outbound.ts";
import type { Setting } from "./setting.ts";

export interface Kind {
  readonly name: string;
  /** How many there are at last. */
  readonly most: number;
  /** Makes the one of this number, or where `atOnce` says so that many from it on. */
  make(at: number): Promise<unknown>;
  readonly atOnce?: number;
  /** What is done beside them, by name. */
  readonly acts: Readonly<Record<string, (at: number) => Promise<unknown>>>;
  /** What the worker does in memory with all of them: seconds are its own CPU. */
  readonly whole?: Readonly<Record<string, () => Promise<unknown>>>;
  close?(): void;
}

const user = (name: string | number) => asId<UserId>(`user-of-some-length-${name}`);
const PAGE = 50;
const MINUTE_MS = 60_000;
/** In one change: a million by themselves would take an hour. */
const TICKETS_AT_ONCE = 25;
const free = () => Promise.resolve();

/** Users connected to `/game`, with a presence that others see. */
function users({ store, services }: Setting): Kind {
  const scope = {
    name: "ns:/game",
    online: [{ kind: gameDeadlines.online, afterMs: 0 }],
    counted: [{ kind: gameDeadlines.counted, afterMs: 0 }],
    offline: [
      { kind: gameDeadlines.offline, afterMs: 0 },
      { kind: gameDeadlines.gone, afterMs: 30_000 },
    ],
  };
  const publisher = createPresencePublisher(services, scope, undefined);
  async function come(name: string | number) {
    const profile = { name: `name ${name}`, status: "online", text: null, guild: null };
    const connection = asId<ConnectionId>(`connection-${name}`);
    await store.presence.connect(scope, { subject: user(name), connection, reliable: true, profile });
    await publisher.reveal(user(name));
  }
  return {
    name: "users",
    most: 100_000,
    make: come,
    acts: {
      connect: (at) => come(`new${at}`),
      "change a status": (at) =>
        publisher.choose(user(at % 10), { status: at % 20 < 10 ? "away" : "busy", text: `text ${at}` }),
      "list fifty": () => store.presence.page(scope, { limit: PAGE }),
      count: () => store.presence.size(scope),
    },
  };
}

/** Public rooms that wait for players, in the list of rooms. */
function rooms({ store, services }: Setting): Kind {
  const change = createRoomCommit(services, MINUTE_MS);
  const lists = createRoomLists(services);
  const search = createRoomSearch(store);
  async function open(name: string | number) {
    const id = asId<RoomId>(`room-${name}`);
    const owner = { userId: user(name), name: `name ${name}` };
    await change(id, (_, now) =>
      shown(openRoom({ id, game: dashDice, joinCode: null, options: {}, now }, owner)),
    );
    await lists.list(id, dashDice.name);
    const own = gameKeys.ownRooms(owner.userId);
    const state = { rooms: [{ id, at: store.now() }] };
    await store.documents.commit({ partition: own.partition, documents: [put(own, 0, state)] });
  }
  return {
    name: "rooms",
    most: 100_000,
    make: open,
    acts: {
      "open and list": (at) => open(`new${at}`),
      "list fifty": () => search({ game: dashDice.name }, { limit: PAGE }, free),
    },
  };
}

/** Tickets of one queue, none near enough to another. */
function tickets({ store, services }: Setting): Kind {
  const skill = { window: 1 };
  const modes = parseModes({ apart: { game: dashDice.name, skill } });
  const mode = modes.get("apart");
  if (!mode) throw new Error("no such mode");
  const context = createContext(services, modes);
  const cache = new QueueCache(context, mode, { changed() {}, clear() {} });
  let lease: Lease | undefined;

  function ticketOf(name: string | number, skillOf: number): Ticket {
    const owner = user(name);
    return {
      ticketId: newId<TicketId>("t"),
      mode: mode?.name ?? "",
      ...{ owner, members: [{ userId: owner, name: `name ${name}` }], skill: skillOf },
      ...{ properties: [], joinedAt: store.now(), revision: 1 },
    };
  }

  async function queueUp(all: readonly Ticket[]): Promise<void> {
    const parts = all.map((ticket) =>
      combine(
        enqueue(ticket, 24 * 60 * MINUTE_MS),
        setPlaces(
          new Map([[ticket.owner, undefined]]),
          [ticket.owner],
          { ticketId: ticket.ticketId },
          ticket.joinedAt,
        ),
      ),
    );
    const done = await store.documents.commit({ ...combine(...parts), partition: PARTITION });
    // Names are new, so a conflict is the first try of this one, whose answer did not come in time.
    if (done.outcome !== "committed" && done.outcome !== "conflict")
      throw new Error(`tickets could not be queued: ${done.outcome}`);
  }

  async function join(name: string | number, skillOf: number): Promise<Ticket> {
    const ticket = ticketOf(name, skillOf);
    await queueUp([ticket]);
    return ticket;
  }

  return {
    name: "tickets",
    most: 1_000_000,
    atOnce: TICKETS_AT_ONCE,
    make: (at) =>
      queueUp(Array.from({ length: TICKETS_AT_ONCE }, (_, more) => ticketOf(at + more, (at + more) * 10))),
    acts: {
      join: (at) => join(`new${at}`, -at * 10),
      async "join twice, and match"(at) {
        const two = [await join(`one${at}`, -5), await join(`two${at}`, -5)];
        lease = await store.leases.acquire(PARTITION, "tick:apart", "bench", MINUTE_MS);
        if (!lease || !mode) throw new Error("no lease");
        const teams = two.map((ticket) => [ticket]);
        const done = await createMatch(context, { tickets: two, teams }, mode, lease);
        if (done !== "created") throw new Error(`no match was made: ${done}`);
      },
      count: () => store.indexes.size(queueKeys.queue("apart")),
    },
    whole: {
      "read the whole queue": async () => {
        cache.forget();
        await cache.follow();
      },
      "follow what has changed": () => cache.follow(),
      "look for matches": async () =>
        inTurns(pairInSteps(await inTurns(cache.inOrder()), mode, store.now(), undefined, 1_000)),
    },
  };
}

const messageOf = (now: number, at: number): MessageEntry => ({
  ...{ kind: "message", nonce: newId("n"), at: now, by: user(at % 1_000), name: `name ${at}` },
  content: "well met, who comes along to the tower tonight?",
});

/** Messages of chat channels that are full, each with 10,000. */
function messages({ store, services }: Setting): Kind {
  const PER_CHANNEL = 10_000;
  const logs = new Map<number, ReturnType<typeof logOf>>();
  const logOfChannel = (channel: number) => {
    const log = logs.get(channel) ?? logOf({ id: `named:channel${channel}` });
    logs.set(channel, log);
    return log;
  };
  const say = (at: number) => {
    const entry: MessageEntry = {
      ...{ kind: "message", nonce: newId("n"), at: store.now(), by: user(at % 1_000), name: `name ${at}` },
      content: "well met, who comes along to the tower tonight?",
    };
    return store.streams.append(
      logOfChannel(Math.floor(at / PER_CHANNEL)),
      entry,
      services.settings.retention,
    );
  };
  return {
    name: "messages",
    most: 200_000,
    make: say,
    acts: {
      say: (at) => say(at),
      "page of history": () => store.streams.read(logOfChannel(0), { limit: PAGE }),
    },
  };
}

/** Last positions of players in 1,000 zones. */
function positions({ store }: Setting): Kind {
  const ZONES = 1_000;
  const write = async (name: string | number, zone: number) => {
    const key = lastPositionKey(asId<ZoneId>(`zone-${zone}`), user(name));
    const state = { x: 123.456, y: 654.321, at: store.now(), credit: 12.5 };
    await store.documents.commit({
      partition: key.partition,
      documents: [put(key as never, 0, state, 60 * MINUTE_MS)],
    });
  };
  return {
    name: "positions",
    most: 100_000,
    make: (at) => write(at, at % ZONES),
    acts: {
      write: (at) => write(`new${at}`, at % ZONES),
      read: (at) => store.documents.load(lastPositionKey(asId<ZoneId>(`zone-${at % ZONES}`), user(at))),
    },
  };
}

/** Connections of one worker that follow one chat channel; not their sockets. */
function followers({ store, services }: Setting): Kind {
  const log = logOf({ id: "global" });
  let heard = () => {};
  const sender = { send: () => heard() } as unknown as Sender;
  const live = createLive({ streams: store.streams, sender, log: services.log });
  const stream: LiveStream<Contract, Entry> = {
    key: log,
    room: roomOf({ id: "global" }),
    deliver: (entry, _, to) => to.emit("chat_message", entry),
  };
  return {
    name: "followers",
    most: 100_000,
    make: (at) =>
      live.attach(
        {
          id: asId<ConnectionId>(`connection-${at}`),
          ...{ namespace: "/chat", connected: true, join() {}, leave() {}, emit() {} },
        } as unknown as Session,
        stream,
      ),
    acts: {
      async "say, until the worker sends it"(at) {
        const arrived = new Promise<void>((resolve) => {
          heard = resolve;
        });
        await store.streams.append(log, messageOf(store.now(), at), services.settings.retention);
        await arrived;
      },
    },
    close: () => live.close(),
  };
}

export const KINDS: Readonly<Record<string, (setting: Setting) => Kind>> = {
  users,
  rooms,
  tickets,
  messages,
  positions,
  followers,
};
