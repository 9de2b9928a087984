/** A client of a relay room has one `client_id`: in its greeting, in what others get of it, and in the statistics. */
import assert from "node:assert/strict";
import { roomsContract } from "../../namespaces/rooms/schema.ts";
import { muster } from "../../proto/generated/muster.js";
import { type ConnectAs, onEachSetup, type TestApp } from "../support/app.ts";
import { connectClient } from "../support/client.ts";
import { get } from "../support/http.ts";
import { closePlain, type Json, openPlain, type PlainClient } from "../support/plain.ts";
import { until } from "../support/until.ts";

const JWT = { env: { AUTH_MODE: "jwt" } };

interface Entering {
  readonly worker?: 0 | 1;
  readonly claim?: string;
  readonly query?: Readonly<Record<string, string>>;
}

function enter(app: TestApp, user: string, { worker = 0, claim, query = {} }: Entering = {}): PlainClient {
  const url = app.urls[Math.min(worker, app.urls.length - 1)] ?? "";
  const claims: ConnectAs["claims"] = claim === undefined ? {} : { client_id: claim };
  return openPlain(url, "/ws/studio", { query: { token: app.token(user, claims), ...query } });
}

async function named(app: TestApp, user: string): Promise<unknown> {
  const token = app.token("operator", { roles: ["service"] });
  const { body } = await get(`${app.urls.at(-1)}/ws/studio/stats`, { token });
  return (body.connections as Json[]).find(({ user_id }) => user_id === user)?.client_id;
}

/** What everybody else calls a client: by its words as they are, and by each kind of message. */
async function heardAs(client: PlainClient, listeners: readonly Listener[]): Promise<unknown[]> {
  client.send({ type: "CHAT_MESSAGE", text: "hello" });
  client.send(muster.ClientMessage.encode({ presence_event: { status: "away" } }).finish());
  const heard: unknown[] = [];
  for (const { next } of listeners)
    for (const event of ["relay", "chat_message", "presence_event"])
      heard.push(((await next(event)) as Json).client_id);
  return heard;
}

interface Listener {
  next(event: string): Promise<unknown>;
}

onEachSetup((setup) => {
  describe("client_id", () => {
    afterEach(closePlain);

    /** A Socket.IO and a flat client in the room. */
    async function listeners(app: TestApp): Promise<Listener[]> {
      const ann = await app.connect(roomsContract, "listener", { worker: 1 });
      await ann.call("relay:join", { room_id: "studio" });
      const flat = openPlain(app.url, "/ws", { query: { token: app.token("flat") } });
      assert.equal((await flat.call("relay:join", { room_id: "studio" })).ok, true);
      return [{ next: (event) => ann.nextAny(event) }, { next: (event) => flat.next(event) }];
    }

    const cases: readonly (readonly [string, Entering, string | undefined])[] = [
      ["is the token's claim", { claim: "headset-1" }, "headset-1"],
      [
        "is the claim also where the address says another",
        { claim: "headset-1", query: { client_id: "x" } },
        "headset-1",
      ],
      [
        "is what the address says, without a claim",
        { query: { client_id: "Ann's Quest 3 ✓" } },
        "Ann's Quest 3 ✓",
      ],
      ["is the connection's own without either", {}, undefined],
      ["is the connection's own where the address says nothing", { query: { client_id: "" } }, undefined],
    ];
    for (const [title, entering, expected] of cases)
      it(`${title}, everywhere`, async () => {
        const app = await setup.start(JWT);
        const others = await listeners(app);
        const ann = enter(app, "ann", entering);
        const { client_id } = await ann.next("SERVER_HELLO");
        if (expected === undefined) assert.match(String(client_id), /^[\w-]{20}$/);
        else assert.equal(client_id, expected);
        assert.deepEqual(await heardAs(ann, others), Array(6).fill(client_id));
        assert.equal(await named(app, "ann"), client_id);
      });

    it("of a Socket.IO client too, from its auth or its address", async () => {
      const app = await setup.start(JWT);
      const other = enter(app, "other", { worker: 1 });
      await other.next("SERVER_HELLO");
      const flat = openPlain(app.url, "/ws", { query: { token: app.token("flat") } });
      assert.equal((await flat.call("relay:join", { room_id: "studio" })).ok, true);
      const ways = [
        { auth: { token: app.token("ann"), client_id: "tablet" } },
        { auth: { token: app.token("bob", { client_id: "phone" }), client_id: "tablet" } },
        { auth: { token: app.token("cat") }, query: { client_id: "desk" } },
      ];
      const names = ["tablet", "phone", "desk"];
      for (const [at, way] of ways.entries()) {
        const client = await connectClient<typeof roomsContract>({
          url: app.url,
          namespace: "/",
          name: "",
          ...way,
        });
        try {
          assert.equal((await client.call("relay:join", { room_id: "studio" })).client_id, names[at]);
          await client.call("relay", { room_id: "studio", data: "text" });
          assert.equal((await flat.next("relay")).client_id, names[at]);
        } finally {
          client.disconnect();
        }
      }
    });

    it("stays the same when the token is refreshed with another claim", async () => {
      const app = await setup.start(JWT);
      const [other] = await listeners(app);
      const ann = await app.connect(roomsContract, "ann", { claims: { client_id: "first" } });
      assert.equal((await ann.call("relay:join", { room_id: "studio" })).client_id, "first");
      await ann.call("refresh_token", { token: app.token("ann", { client_id: "second" }) });
      await ann.call("relay", { room_id: "studio", data: "text" });
      const heard = (await other?.next("relay")) as Json | undefined;
      assert.equal(heard?.client_id, "first");
      assert.equal(await named(app, "ann"), "first");
    });

    const bad: readonly (readonly [string, string])[] = [
      ["one of 129 characters", "x".repeat(129)],
      ["one with a line break", "a\nb"],
      ["one with a null character", "a\u0000b"],
      ["spaces only", "   "],
    ];
    for (const [what, client_id] of bad)
      it(`refuses ${what}, with a code`, async () => {
        const app = await setup.start(JWT);
        const ann = enter(app, "ann", { query: { client_id } });
        const error = await ann.next("error");
        assert.deepEqual(
          [error.code, String(error.error).startsWith("client_id: ")],
          ["invalid_payload", true],
        );
        assert.equal((await ann.closed).code, 4403);
      });

    it("refuses two in one address, and one that is no text", async () => {
      const app = await setup.start(JWT);
      const twice = openPlain(app.url, `/ws/studio?client_id=a&client_id=b&token=${app.token("ann")}`);
      assert.equal((await twice.next("error")).code, "invalid_payload");
      const ann = await app.connect(roomsContract, "ann", { auth: { client_id: { a: 1 } } });
      assert.equal((await ann.refused("relay:join", { room_id: "studio" })).code, "invalid_payload");
      await ann.call("subscribe", { room: "lobby" });
    });

    it("refuses one that another user has who is connected, by whatever it came", async () => {
      const app = await setup.start(JWT);
      const claimed = enter(app, "ann", { claim: "headset-1", worker: 1 });
      const given = enter(app, "bob", { query: { client_id: "tablet" }, worker: 1 });
      const own = enter(app, "cat", { worker: 1 });
      await Promise.all([claimed, given].map((client) => client.next("SERVER_HELLO")));
      const { client_id } = await own.next("SERVER_HELLO");
      for (const taken of ["headset-1", "tablet", String(client_id)]) {
        const eve = enter(app, "eve", { query: { client_id: taken } });
        assert.equal((await eve.next("error")).code, "conflict", taken);
        assert.equal((await eve.closed).code, 4403);
        assert.equal(eve.log.length, 1);
      }
      // Another connection of the same user has it too.
      const again = enter(app, "bob", { query: { client_id: "tablet" } });
      assert.equal((await again.next("SERVER_HELLO")).client_id, "tablet");
    });

    it("may be given again when who had it has gone", async () => {
      const app = await setup.start(JWT);
      const bob = enter(app, "bob", { query: { client_id: "tablet" }, worker: 1 });
      await bob.next("SERVER_HELLO");
      const eve = await app.connect(roomsContract, "eve", { auth: { client_id: "tablet" } });
      assert.equal((await eve.refused("relay:join", { room_id: "studio" })).code, "conflict");
      bob.close();
      await bob.closed;
      await until("the name is free", async () => {
        const { client_id } = await eve.call("relay:join", { room_id: "studio" });
        return client_id === "tablet";
      });
    });

    it("is anybody's word in development", async () => {
      const app = await setup.start({ env: { AUTH_MODE: "dev" } });
      for (const user of ["ann", "bob"]) {
        const client = openPlain(app.url, `/ws/studio?user_id=${user}&client_id=c1`);
        assert.equal((await client.next("SERVER_HELLO")).client_id, "c1");
      }
    });
  });
});
