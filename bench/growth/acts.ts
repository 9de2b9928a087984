/** What is done to a cluster, so many times, to see how its cost grows with the number of workers. The users are as many each time. */
import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "../support/client.ts";
import { call } from "../support/pipelined.ts";
import { type Act, connectUsers, inLanes } from "./act.ts";
import { MESSAGES } from "./messages.ts";

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

/** Again where the connection was not counted yet, which takes long on a busy machine. */
async function queue(player: Client): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      return await call(player, "/matchmaking,", '["queue_join",{"game_mode":"classic"}]');
    } catch (err) {
      if (tries === 20) throw err;
      await wait(100);
    }
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
      for (let at = 0; at < players.length; at += 8) await Promise.all(players.slice(at, at + 8).map(queue));
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

export const ACTS: readonly Act[] = [
  heartbeats,
  ...MESSAGES,
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
