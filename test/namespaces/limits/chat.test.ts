import assert from "node:assert/strict";
import type { Role } from "../../../core/contract/contract.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import { indexPut } from "../../../core/ports/store/documents.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { conversationsOf } from "../../../namespaces/chat/membership/conversations.ts";
import { onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";

type Client = TestClient<typeof chatContract>;

const connect = (
  app: TestApp,
  name: string,
  worker: 0 | 1 = 0,
  roles: Role[] = ["player"],
): Promise<Client> =>
  app.connect(chatContract, name, { worker, claims: { roles }, auth: { reliable: true } });
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

async function outcomes(
  asked: readonly Promise<{ ok: boolean; error?: { code: string } }>[],
): Promise<string[]> {
  return (await Promise.all(asked)).map((ack) => (ack.ok ? "ok" : (ack.error?.code ?? "")));
}
const many = <T>(length: number, make: (at: number) => T) => Array.from({ length }, (_, at) => make(at));

onEachSetup((setup) => {
  describe("limits of /chat", () => {
    const env = { RATE_LIMITS_EVENTS: "chat_message=off,history=off,channel_create=off,report=off" };

    it("a user names a bounded number of new private channels in a day, and goes on with those there are", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_STREAMS_PER_USER: "6" } });
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)];
      const friend = await connect(app, "friend");
      await devices[0]?.call("chat_message", { channel: "private", to: "friend", content: "hello" });
      await friend.next("chat_message");
      const asked = many(
        10,
        (at) => devices[at % 2]?.raw("history", { channel: "private", to: `nobody${at}` }) ?? assert.fail(),
      );
      const told = await outcomes(asked);
      assert.deepEqual([count(told, "ok"), count(told, "rate_limited")], [5, 5]);
      assert.equal(
        (await devices[1]?.refused("chat_message", { channel: "private", to: "stranger", content: "hi" }))
          ?.code,
        "rate_limited",
      );
      for (const device of devices)
        await device.call("chat_message", { channel: "private", to: "friend", content: "again" });
      const later = await connect(app, "ann", 1);
      await later.call("history", { channel: "private", to: "friend" });
      const bob = await connect(app, "bob");
      await bob.call("chat_message", { channel: "private", to: "ann", content: "hi" });
      await later.next("chat_message", ({ content }) => content === "hi");
      await later.call("chat_message", { channel: "private", to: "bob", content: "hi, bob" });
    });

    it("strangers push nobody out of the list of private channels whom its user has answered", async () => {
      const app = await setup.start({ env });
      const store = app.workers[0]?.services.store ?? assert.fail();
      const key = conversationsOf(asId<UserId>("ann"));
      const listed = (name: string, at: number, own: object) =>
        indexPut(key, name, at, { with: asId<UserId>(name), ...own });
      // Friends of long ago, and then as many strangers as there is room for.
      const friends = many(150, (at) => listed(`friend${at}`, at, { own: true }));
      const strangers = many(50, (at) => listed(`stranger${at}`, 1_000 + at, {}));
      await store.documents.commit({ partition: key.partition, index: [...friends, ...strangers] });
      const ann = await connect(app, "ann");
      const troll = await connect(app, "troll", 1);
      await troll.call("chat_message", { channel: "private", to: "ann", content: "hello" });
      await ann.next("chat_message");
      const names = async () => {
        const { members } = await store.indexes.page(key, { limit: 500 });
        return members.map(({ member }) => member);
      };
      assert.deepEqual((await names()).filter((name) => name.startsWith("friend")).length, 150);
      assert.ok((await names()).includes("troll"));
      assert.ok(!(await names()).includes("stranger0"));
      assert.equal((await names()).length, 200);
      // Once answered, a stranger is none.
      await ann.call("chat_message", { channel: "private", to: "troll", content: "hi" });
      await troll.next("chat_message", ({ user_id }) => user_id === "ann");
      assert.equal((await store.indexes.get(key, "troll"))?.value.own, true);
    });

    it("a user reports a bounded number of messages in a day: what others reported stays", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_REPORTS_PER_USER: "3" } });
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob", 1)];
      const ids: string[] = [];
      for (let at = 0; at < 5; at++)
        ids.push((await bob.call("chat_message", { channel: "global", content: `m${at}` })).message_id);
      const told = await outcomes(
        ids.map((message_id) => ann.raw("report", { message_id, channel: "global", reason: "rude" })),
      );
      assert.deepEqual(told, ["ok", "ok", "ok", "rate_limited", "rate_limited"]);
      await bob.call("report", { message_id: ids[0] ?? "", channel: "global", reason: "mine" });
    });

    it("a moderator makes a bounded number of channels, and there is a bounded number in all", async () => {
      const app = await setup.start({
        env: { ...env, LIMITS_CHANNELS: "5", LIMITS_CHANNELS_PER_USER: "3" },
      });
      const mods = [await connect(app, "mod", 0, ["moderator"]), await connect(app, "mod", 1, ["moderator"])];
      const told = await outcomes(
        many(8, (at) => mods[at % 2]?.raw("channel_create", { channel: `mine${at}` }) ?? assert.fail()),
      );
      assert.deepEqual([count(told, "ok"), count(told, "conflict")], [3, 5]);
      const admin = await connect(app, "admin", 1, ["admin"]);
      const others = await outcomes(many(3, (at) => admin.raw("channel_create", { channel: `other${at}` })));
      assert.deepEqual(others, ["ok", "ok", "server_full"]);
      // A name that is taken costs no place, and a channel that ends gives its place back, whoever ends it.
      const taken = `mine${told.indexOf("ok")}`;
      assert.equal((await admin.refused("channel_create", { channel: taken })).code, "conflict");
      await admin.call("channel_delete", { channel: taken });
      await mods[0]?.call("channel_create", { channel: "mine again".replace(" ", "-") });
    });

    it("what a user says counts against what they may have stored in a day", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_STORED_PER_USER: "10kb" } });
      const ann = await connect(app, "ann");
      const told = await outcomes(
        many(12, () => ann.raw("chat_message", { channel: "global", content: "x".repeat(1_500) })),
      );
      assert.deepEqual([count(told, "ok"), count(told, "rate_limited")], [5, 7]);
      assert.deepEqual(
        told.slice(0, 5),
        many(5, () => "ok"),
      );
    });
  });
});
