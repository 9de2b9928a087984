/** What is done to a cluster, so many times, to see how its cost grows with the number of workers. The users are as many each time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../support/client.ts";
import { call } from "../support/pipelined.ts";
import { type Cluster, quiet } from "./cluster.ts";

export interface Act {
  readonly name: string;
  readonly summary: string;
  /** What is counted. */
  readonly unit: string;
  /** Workers from this number on have no part in it. Left out: all have. */
  readonly apartFrom?: number;
  /** It is what the cluster does anyway. */
  readonly isIdle?: true;
  /** How often beside the others. Default 1. */
  readonly times?: number;
  /** Connects what it needs. @returns does it so many times, and says how often it was done */
  prepare(cluster: Cluster): Promise<(times: number) => Promise<number>>;
}

/** Users in all, on however many workers they are. */
const USERS = 48;
const DATA = '{"text":"of some length, as such messages have"}';

/** Users on the workers in turn, or all on one. */
function connectUsers(
  cluster: Cluster,
  namespace: string,
  { count = USERS, only, name = "user" }: { count?: number; only?: number; name?: string } = {},
): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, (_, at) =>
      cluster.connect(only ?? at % cluster.urls.length, `${name}${at}`, [namespace]),
    ),
  );
}

const eventsOf = (clients: readonly Client[]) => clients.reduce((sum, client) => sum + client.events, 0);

/** A few clients in turn, each with one under way; ends when nothing more arrives at the listeners. */
async function inLanes(
  senders: readonly Client[],
  listeners: readonly Client[],
  times: number,
  one: (client: Client, at: number) => Promise<void>,
): Promise<number> {
  let at = 0;
  const lane = async (client: Client) => {
    while (at < times) await one(client, at++);
  };
  await Promise.all(senders.map(lane));
  await quiet(() => eventsOf(listeners), 0);
  return times;
}

function publishing(name: string, where: "one" | "all" | "alone"): Act {
  const members = {
    one: "members on one worker",
    all: "members on every worker",
    alone: "no member but the sender",
  }[where];
  return {
    name,
    summary: `a message to a room with ${members}`,
    unit: "publish",
    ...(where === "all" ? {} : { apartFrom: 1 }),
    async prepare(cluster) {
      const size = cluster.urls.length;
      const only = where === "all" ? undefined : 0;
      const count = where === "alone" ? 1 : USERS;
      const members = await connectUsers(cluster, "/", { count, ...(only === 0 && { only }) });
      const room = `room-${name}`;
      for (const member of members) await call(member, "", `["subscribe",{"room":"${room}"}]`);
      const body = `["publish",{"room":"${room}","data":${DATA}}]`;
      // The senders are on the first worker, wherever the members are.
      const senders = members.filter((_, at) => only === 0 || at % size === 0).slice(0, 4);
      return (times) => inLanes(senders, members, times, (client) => call(client, "", body));
    },
  };
}

const heartbeats: Act = {
  name: "idle",
  summary: "workers without users, in each second",
  unit: "worker and second",
  isIdle: true,
  prepare: async (cluster) => async (times) => {
    const seconds = Math.max(2, Math.round(times / 40));
    await wait(seconds * 1_000);
    return seconds * cluster.urls.length;
  },
};

/** Users on all workers, of whom a few send what reaches them all. */
function toEverybody(
  named: Pick<Act, "name" | "summary" | "unit">,
  namespace: "/" | "/chat",
  command: string,
): Act {
  return {
    ...named,
    async prepare(cluster) {
      const users = await connectUsers(cluster, namespace);
      const wire = namespace === "/" ? "" : `${namespace},`;
      return (times) => inLanes(users.slice(0, 4), users, times, (client) => call(client, wire, command));
    },
  };
}

const broadcast = toEverybody(
  { name: "broadcast", summary: "a message to everybody, who are on every worker", unit: "broadcast" },
  "/",
  `["broadcast",{"data":${DATA}}]`,
);

const chat = toEverybody(
  {
    name: "chat",
    summary: "a chat message in `global`, which everybody on every worker follows",
    unit: "message",
  },
  "/chat",
  '["chat_message",{"channel":"global","content":"of some length, as people write them"}]',
);

const direct: Act = {
  name: "direct",
  summary: "a private chat message between two users of one worker",
  unit: "message",
  apartFrom: 1,
  async prepare(cluster) {
    const users = await connectUsers(cluster, "/chat", { count: 8, only: 0 });
    const sayTo = (to: number) =>
      `["chat_message",{"channel":"private","to":"user${to}","content":"of some length"}]`;
    return (times) =>
      inLanes(users.slice(0, 4), users, times, (client) =>
        call(client, "/chat,", sayTo(4 + users.indexOf(client))),
      );
  },
};

const status: Act = {
  name: "status",
  summary: "a user's status changes, watched by others on one worker",
  unit: "change",
  async prepare(cluster) {
    const users = await connectUsers(cluster, "/game", { only: 0 });
    const changing = users.slice(0, 4);
    const names = JSON.stringify(changing.map((_, at) => `user${at}`));
    for (const watcher of users.slice(4, 14))
      await call(watcher, "/game,", `["presence:watch",{"user_ids":${names}}]`);
    return (times) =>
      inLanes(changing, users, times, (client, at) =>
        call(client, "/game,", `["status",{"status":"${Math.floor(at / 4) % 2 === 0 ? "away" : "busy"}"}]`),
      );
  },
  apartFrom: 1,
};

const coming: Act = {
  name: "connect",
  summary: "a user connects to one worker and goes",
  unit: "coming and going",
  apartFrom: 1,
  async prepare(cluster) {
    return (times) => {
      const lanes = Array.from({ length: 4 }, (_, lane) => lane);
      let at = 0;
      return Promise.all(
        lanes.map(async (lane) => {
          while (at < times) {
            at++;
            (await cluster.connect(0, `coming${lane}`, ["/game"])).close();
          }
        }),
      ).then(() => times);
    };
  },
};

/** Units, to and fro; at ten steps a second below the speed limit. */
const STEP = 1.2;
const MOVE_MS = 100;

/** @param zoneOf the zone of a user, where workers are so many */
function walking(name: string, summary: string, zoneOf: (user: number, workers: number) => number): Act {
  return {
    name,
    summary,
    unit: "movement",
    times: 8,
    async prepare(cluster) {
      const players = await connectUsers(cluster, "/world");
      for (const [at, player] of players.entries())
        await call(
          player,
          "/world,",
          `["enter",{"zone":"zone${zoneOf(at, cluster.urls.length)}","x":${at * 8},"y":100}]`,
        );
      let round = 0;
      return async (times) => {
        const rounds = Math.ceil(times / players.length);
        const begun = performance.now();
        for (let done = 1; done <= rounds; done++) {
          round++;
          for (const [at, player] of players.entries())
            player.send(`42/world,["player_movement",{"x":${at * 8 + (round % 2) * STEP},"y":100}]`);
          await wait(Math.max(0, begun + done * MOVE_MS - performance.now()));
        }
        return rounds * players.length;
      };
    },
  };
}

const matches: Act = {
  name: "matches",
  summary: "two users of different workers queue and are matched",
  unit: "match",
  times: 0.5,
  async prepare(cluster) {
    let made = 0;
    return async (times) => {
      const players = await connectUsers(cluster, "/matchmaking", {
        count: times * 2,
        name: `match${made++}-`,
      });
      const found = players.map(
        (player) =>
          new Promise<void>((resolve) => {
            player.onEvent = (chunk, start, end) => {
              if (chunk.subarray(start, end).includes("match_found")) resolve();
            };
          }),
      );
      for (let at = 0; at < players.length; at += 8)
        await Promise.all(
          players
            .slice(at, at + 8)
            .map((player) => call(player, "/matchmaking,", '["queue_join",{"game_mode":"classic"}]')),
        );
      await Promise.all(found);
      for (const player of players) player.close();
      return times;
    };
  },
};

const figures: Act = {
  name: "statistics",
  summary: "the figures of the cluster are read from one worker",
  unit: "reading",
  prepare: async (cluster) => async (times) => {
    const url = `${cluster.urls[0]}/api/websocket`;
    for (let at = 0; at < times; at++) {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    }
    return times;
  },
};

const typing: Act = {
  name: "typing",
  summary: "a user types to another of the same worker",
  unit: "event",
  apartFrom: 1,
  async prepare(cluster) {
    const users = await connectUsers(cluster, "/chat", { count: 8, only: 0 });
    for (const [at, user] of users.entries())
      await call(
        user,
        "/chat,",
        `["chat_message",{"channel":"private","to":"user${(at + 4) % 8}","content":"hi"}]`,
      );
    return (times) =>
      inLanes(users.slice(0, 4), users, times, (client, at) =>
        call(
          client,
          "/chat,",
          `["typing",{"channel":"private","to":"user${4 + users.indexOf(client)}","typing":${Math.floor(at / 4) % 2 === 0}}]`,
        ),
      );
  },
};

export const ACTS: readonly Act[] = [
  heartbeats,
  publishing("publish-alone", "alone"),
  publishing("publish-one", "one"),
  publishing("publish-all", "all"),
  broadcast,
  chat,
  direct,
  typing,
  status,
  coming,
  walking("world-shared", "a player moves in a zone whose players are on all workers", () => 0),
  walking(
    "world-apart",
    "a player moves in a zone whose players are on one worker",
    (user, workers) => user % workers,
  ),
  matches,
  figures,
];
