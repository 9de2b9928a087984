/** One user may have so many connections: over all workers, transports and namespaces, also when they come at the same time. */
import assert from "node:assert/strict";
import { Manager } from "socket.io-client";
import { GameError } from "../../core/contract/errors.ts";
import type { Identity } from "../../core/contract/session.ts";
import { asId, type ConnectionId, type UserId, type WorkerId } from "../../core/ids.ts";
import { chatContract } from "../../namespaces/chat/schema.ts";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { worldContract } from "../../namespaces/world/schema.ts";
import type { RunningConnectionPresence } from "../../server/delivery/connection-presence.ts";
import { connectionsScope, createConnectionLimit } from "../../server/sessions/connection-limit.ts";
import { closeAll, onEachSetup, startTwoWorkers, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { workshop } from "../support/redis-store.ts";
import { refusalOf } from "../support/refusals.ts";
import { workersRedisUrl } from "../support/shared-redis.ts";
import { until } from "../support/until.ts";

const limit = (max: number) => ({ env: { WEBSOCKET_LIMITS_MAX_CONNECTIONS_PER_USER: String(max) } });

const enter = (app: TestApp, path: string, user: string, worker = 0) =>
  openPlain(app.urls[Math.min(worker, app.urls.length - 1)] ?? "", path, {
    query: { token: app.token(user) },
  });

onEachSetup((setup) => {
  describe("connections of one user", () => {
    afterEach(closePlain);

    it("are refused past the limit, whatever the worker and the transport; others' are not", async () => {
      const app = await setup.start(limit(3));
      await app.connect(chatContract, "ann", { transports: ["polling"] });
      await app.connect(roomsContract, "ann", { worker: 1 });
      await enter(app, "/ws/game", "ann", 1).next("welcome");

      for (const worker of [0, 1] as const) {
        const refusal = await refusalOf(app.connect(chatContract, "ann", { worker }));
        assert.equal(refusal.message, "rate_limited");
        assert.deepEqual(refusal.data?.code, "rate_limited");
        assert.match(String(refusal.data?.message), /3 connections/);
        assert.equal(typeof refusal.data?.retry_after_ms, "number");
        for (const path of ["/ws", "/ws/game", "/ws/chat", "/ws/studio"]) {
          const plain = enter(app, path, "ann", worker);
          assert.equal((await plain.next("error")).code, "rate_limited", path);
          assert.deepEqual([(await plain.closed).code, plain.log.length], [4408, 1], path);
        }
      }
      await app.connect(chatContract, "bob");
    });

    it("count once with all their namespaces", async () => {
      const app = await setup.start(limit(1));
      const manager = new Manager(app.url, { transports: ["websocket"], reconnection: false });
      const names = ["/", "/game", "/chat", "/combat", "/world", "/matchmaking"];
      const sockets = names.map((name) => manager.socket(name, { auth: { token: app.token("ann") } }));
      await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<void>((resolve, reject) => {
              socket.once("connect", resolve);
              socket.once("connect_error", reject);
            }),
        ),
      );
      await refusalOf(app.connect(chatContract, "ann", { worker: 1 }));
      for (const socket of sockets) socket.disconnect();
      await until("the place is free", async () => {
        (await app.connect(chatContract, "ann")).disconnect();
        return true;
      });
    });

    it("that come at the same time do not pass the limit together", async () => {
      const app = await setup.start(limit(4));
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, at) =>
          app.connect(chatContract, "ann", { worker: at % 2 === 0 ? 0 : 1 }).then(
            () => "connected",
            (err: Error) => err.message,
          ),
        ),
      );
      const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
      assert.deepEqual([count("connected"), count("rate_limited")], [4, 12]);
    });

    it("free their place as soon as they end", async () => {
      const app = await setup.start(limit(1));
      for (let time = 0; time < 3; time++) {
        const worker = time % 2;
        const plain = enter(app, "/ws/chat", "ann", worker);
        assert.equal((await plain.call("ping")).ok, true);
        await refusalOf(app.connect(chatContract, "ann"));
        plain.close();
        await until("the place is free", async () => {
          (await app.connect(chatContract, "ann", { worker: 1 })).disconnect();
          return true;
        });
        await until("and free again", async () => {
          const presence = app.workers[0]?.services.store.presence;
          return (await presence?.get(connectionsScope, ["ann"]))?.[0] === undefined;
        });
      }
    });

    it("of guests are each a user's of their own", async () => {
      const app = await setup.start(limit(1));
      for (let guest = 0; guest < 3; guest++) await app.connect(worldContract, null);
    });

    it("are 50 where nothing is said, and any number at 0", async () => {
      const fifty = await setup.start();
      const at = (app: TestApp) => Array.from({ length: 50 }, (_, nr) => enter(app, "/ws", "ann", nr % 2));
      await Promise.all(at(fifty).map((client) => client.next("connected")));
      assert.equal((await enter(fifty, "/ws", "ann").closed).code, 4408);
      const any = await setup.start(limit(0));
      await Promise.all(at(any).map((client) => client.next("connected")));
      await enter(any, "/ws", "ann").next("connected");
    });

    it("count for whom the development mode takes by name", async () => {
      const app = await setup.start({ env: { ...limit(1).env, AUTH_MODE: "dev" } });
      const named = () =>
        connectClient({ url: app.url, namespace: "/chat", name: "ann", auth: { user_id: "ann" } });
      const ann = await named();
      assert.equal((await refusalOf(named())).message, "rate_limited");
      ann.disconnect();
    });
  });
});

describe("connections of one user", () => {
  afterEach(closeAll);
  const { open } = workshop();

  it("of a worker that died are swept", async () => {
    const app = await startTwoWorkers(limit(2));
    const prefix = String(app.workers[0]?.worker).replace("w0-", "");
    const dead = await open(await workersRedisUrl(), { worker: asId<WorkerId>("dead"), prefix });
    for (const connection of ["one", "two"])
      await dead.presence.connect(connectionsScope, {
        subject: "ann",
        connection: asId<ConnectionId>(connection),
      });
    await refusalOf(app.connect(chatContract, "ann"));
    await app.advance(8_000);
    await app.runDue();
    await app.connect(chatContract, "ann");
  });
});

describe("the limit of connections while the store is away", () => {
  const identity: Identity = { userId: asId<UserId>("ann"), name: "ann", roles: [], anonymous: false };
  const joined: string[] = [];
  const away: Pick<RunningConnectionPresence, "join" | "leave"> = {
    async join(_scope, { id }, { max }) {
      if (max !== undefined) throw new GameError("unavailable");
      joined.push(id);
      return { connections: 1, refused: false };
    },
    leave: async () => ({ connections: 0 }),
  };
  const socketOn = (listeners: (() => void)[]) => ({
    conn: { readyState: "open", once: (_: string, listener: () => void) => listeners.push(listener) },
  });

  it("is that of this worker, and who was let in is counted later", async () => {
    const guard = createConnectionLimit(away as RunningConnectionPresence, 2).guard(() => identity);
    const enterWith = (listeners: (() => void)[]) => guard(socketOn(listeners) as never, "token");
    const ends: (() => void)[] = [];
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => enterWith(ends)));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "fulfilled", "rejected", "rejected", "rejected"],
    );
    assert.equal(joined.length, 2);
    ends[0]?.();
    await enterWith([]);
    assert.equal(joined.length, 3);
  });

  it("forgets a connection that has closed while its token was looked at", async () => {
    const limit = createConnectionLimit(away as RunningConnectionPresence, 2);
    const { conn } = socketOn([]);
    const guard = limit.guard(async () => {
      conn.readyState = "closed";
      return identity;
    });
    for (let time = 0; time < 3; time++) await assert.rejects(async () => guard({ conn } as never, "token"));
    assert.equal(limit.size, 0);
    await limit.guard(() => identity)(socketOn([]) as never, "token");
    assert.equal(limit.size, 1);
  });
});
