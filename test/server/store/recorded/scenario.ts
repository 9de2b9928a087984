/** What the recorded stores hold: made by `fill` at the recording, looked for by `check`. */
import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contract } from "../../../../core/contract/contract.ts";
import { asId, type UserId } from "../../../../core/ids.ts";
import type { Log } from "../../../../core/ports/log.ts";
import { chatContract } from "../../../../namespaces/chat/schema.ts";
import { keys as gameKeys } from "../../../../namespaces/game/rooms/stored.ts";
import { gameContract } from "../../../../namespaces/game/schema.ts";
import { matchmakingContract } from "../../../../namespaces/matchmaking/schema.ts";
import { keys } from "../../../../namespaces/matchmaking/store.ts";
import { type App, createApp } from "../../../../server/app.ts";
import { mintToken } from "../../../../server/auth/mint.ts";
import { loadConfig } from "../../../../server/config/index.ts";
import { connectClient, type TestClient } from "../../../support/client.ts";

const SECRET = "a secret of the recordings, longer than 32";
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const PREFIX = "recorded";
const MODES = "matchmaking:\n  modes:\n    long: { game: dash-dice, teams: 32 }\n";

export interface Recorded {
  connect<C extends Contract>(contract: C, user: string, reliable?: boolean): Promise<TestClient<C>>;
  readonly app: App;
  close(): Promise<void>;
}

/** @param now the clock of the server and of its store, in milliseconds */
export async function serve(
  folder: string,
  redisUrl: string | undefined,
  now: () => number,
): Promise<Recorded> {
  writeFileSync(join(folder, "config.yaml"), MODES);
  const { config } = loadConfig({
    cwd: folder,
    env: {
      ...{
        WEBSOCKET_HOST: "127.0.0.1",
        WEBSOCKET_PORT: "0",
        DATA_DIR: join(folder, "data"),
        JWT_SECRET: SECRET,
      },
      ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
    },
  });
  const app = await createApp(config, {
    ...{ log: quiet, clock: { now }, redisPrefix: PREFIX },
    timeOffsetMs: () => now() - Date.now(),
  });
  const { url } = await app.listen();
  const clients: { disconnect(): void }[] = [];
  return {
    app,
    async connect(contract, user, reliable = false) {
      const claims = { userId: user, issuedAt: Math.floor(now() / 1_000), ttlMs: 3_600_000 };
      const token = mintToken(createSecretKey(Buffer.from(SECRET)), { algorithms: ["HS256"] }, claims);
      const auth = { token, reliable };
      const client = await connectClient<typeof contract>({
        url,
        namespace: contract.namespace,
        name: user,
        auth,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.disconnect();
      await app.close({ skip: AbortSignal.abort() });
    },
  };
}

export async function fill({ connect }: Recorded): Promise<void> {
  const ann = await connect(chatContract, "ann");
  for (const content of ["one", "two", "three"])
    await ann.call("chat_message", { channel: "global", content });
  const bob = await connect(chatContract, "bob", true);
  bob.disconnect();
  await ann.call("chat_message", { channel: "private", to: "bob", content: "for later" });
  await ann.next("chat_message", ({ content }) => content === "for later");
  const [one, two] = [await connect(gameContract, "ann"), await connect(gameContract, "bob")];
  const { room } = await one.call("room:create", { game: "dash-dice" });
  await two.call("room:join", { room_id: room.room_id });
  await (await connect(matchmakingContract, "cid")).call("queue_join", { game_mode: "long" });
}

export async function check({ connect, app }: Recorded): Promise<void> {
  const { indexes, documents } = app.services.store;
  const queue = await indexes.page(keys.queue("long"), { limit: 10 });
  assert.deepEqual(
    queue.members.map(({ value }) => [value.owner, value.mode]),
    [["cid", "long"]],
  );
  assert.ok((await documents.load(keys.place(asId<UserId>("cid"))))?.state.ticketId);
  const bob = await connect(chatContract, "bob", true);
  await bob.next("chat_message", ({ content }) => content === "for later");
  const { messages } = await bob.call("history", { channel: "global" });
  assert.deepEqual(
    messages.map((entry) => ("content" in entry ? entry.content : entry)),
    ["one", "two", "three"],
  );
  const plays = await connect(gameContract, "bob");
  const own = await documents.load(gameKeys.ownRooms(asId<UserId>("bob")));
  const { room } = await plays.call("room:state", { room_id: own?.state.rooms[0]?.id ?? "" });
  assert.deepEqual(
    room.players.map(({ user_id }) => user_id),
    ["ann", "bob"],
  );
}
