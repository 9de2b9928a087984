import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asId, type UserId } from "../../../core/ids.ts";
import { put } from "../../../core/ports/store/documents.ts";
import { documentKey, partitions } from "../../../core/ports/store/keys.ts";
import { chatContract } from "../../../namespaces/chat/index.ts";
import { globalChannel } from "../../../namespaces/chat/model/channels.ts";
import type { ReadMarker } from "../../../namespaces/chat/model/rules.ts";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { closeAll, startEmbedded, startTwoWorkers, type TestApp } from "../../support/app.ts";
import { startRedis } from "../../support/redis.ts";
import { enter, moderator, onSecond } from "./clients.ts";

/** Everything that moderation has decided, before and after. */
async function decide(app: TestApp): Promise<void> {
  const mod = await enter(app, "mod", moderator);
  await mod.call("mute", { user_id: "ann", channel: "global", duration_s: 3_600 });
  await mod.call("ban", { user_id: "eve" });
  await mod.call("slow_mode", { channel: "global", seconds: 600 });
  await mod.call("channel_create", { channel: "trade" });
  const bob = await enter(app, "bob");
  await bob.call("channel_join", { channel: "trade" });
  await bob.call("chat_message", { channel: "global", content: "once" });
  await bob.call("block", { user_id: "ann" });
  await app.runDue();
}

async function holds(app: TestApp): Promise<void> {
  const ann = await enter(app, "ann");
  assert.equal((await ann.refused("chat_message", { channel: "global", content: "x" })).code, "muted");
  const eve = await app.connect(chatContract, "eve");
  assert.equal(((await eve.nextAny("error")) as { code: string }).code, "banned");
  const bob = await enter(app, "bob");
  assert.equal((await bob.refused("chat_message", { channel: "global", content: "x" })).code, "rate_limited");
  await bob.call("chat_message", { channel: "trade", content: "still in" });
  assert.deepEqual((await bob.call("blocked", {})).user_ids, ["ann"]);
  const mod = await enter(app, "mod", moderator);
  const { entries } = await mod.call("audit", {});
  assert.deepEqual(entries.map(({ action }) => action).sort(), [
    "ban",
    "channel_create",
    "mute",
    "slow_mode",
  ]);
}

describe("chat: sanctions, deletions and read markers", () => {
  afterEach(closeAll);

  it("last over a restart of the process, embedded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "muster-chat-"));
    try {
      const before = await startEmbedded({ env: { DATA_DIR: folder } });
      await decide(before);
      await before.close();
      await holds(await startEmbedded({ env: { DATA_DIR: folder } }));
    } finally {
      await closeAll();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("last in a channel whose stream had to be renewed", async () => {
    const app = await startTwoWorkers();
    const ann = await enter(app, "ann");
    const bob = await enter(app, "bob", onSecond);
    const first = await ann.call("chat_message", { channel: "global", content: "rude" });
    const second = await ann.call("chat_message", { channel: "global", content: "kind" });
    await ann.call("delete", { channel: "global", message_id: first.message_id });
    await bob.call("read", { channel: "global", offset: second.offset });
    for (let n = 0; n < 3; n++) await ann.call("chat_message", { channel: "global", content: "later" });
    const [worker] = app.workers;
    assert.ok(worker);
    await worker.services.store.streams.renew?.(globalChannel.log, first.epoch);
    // A page that does not reach the entry of the deletion.
    const page = await bob.call("history", { channel: "global", before: second.offset + 1 });
    assert.notEqual(page.epoch, first.epoch);
    assert.ok(!JSON.stringify(page).includes("rude"), JSON.stringify(page));
    const { channels } = await bob.call("channels", {});
    const unread = (of: typeof channels) => of.find(({ channel }) => channel === "global")?.unread;
    assert.equal(unread(channels), 3);
    await bob.call("read", { channel: "global", offset: 1 });
    assert.equal(unread((await bob.call("channels", {})).channels), 3);
  });

  it("leave new messages unread if a stream was renewed without some that had been read", async () => {
    const app = await startTwoWorkers();
    const ann = await enter(app, "ann");
    const bob = await enter(app, "bob", onSecond);
    const say = (content: string) => ann.call("chat_message", { channel: "global", content });
    const { epoch, offset } = await say("kept");
    const [worker] = app.workers;
    assert.ok(worker);
    const { documents, streams } = worker.services.store;
    // What bob had read before the store lost it.
    const markers = documentKey<readonly ReadMarker[]>(partitions.user(asId<UserId>("bob")), "chat:marks");
    const lost: ReadMarker = { channelId: globalChannel.id, epoch, offset: offset + 3 };
    await documents.commit({ partition: markers.partition, documents: [put(markers, 0, [lost])] });
    await streams.renew?.(globalChannel.log, epoch);
    const unread = async () =>
      (await bob.call("unread", {})).channels.find(({ channel }) => channel === "global")?.unread;
    assert.equal(await unread(), 0);
    const next = await say("new");
    await say("newer");
    assert.equal(await unread(), 2);
    await bob.call("read", { channel: "global", offset: next.offset });
    assert.equal(await unread(), 1);
  });

  it("last over a killed Redis that starts again on its log", async () => {
    const redis = await startRedis({ appendOnly: "always" });
    try {
      const app = await startTwoWorkers({ env: { REDIS_URL: redis.url } });
      await decide(app);
      await redis.restart();
      const [worker] = app.workers;
      while (worker?.services.store.health().ok === false) await new Promise(setImmediate);
      // The first command after the restart may still meet a connection that is being made.
      for (let there = false; !there; ) {
        const probe = await app.connect(chatContract, "probe");
        there = (await probe.raw("blocked", {})).ok;
        probe.disconnect();
      }
      await holds(app);
    } finally {
      await closeAll();
      await redis.close();
    }
  });
});

describe("chat: a party whose notices of change a worker did not receive", () => {
  afterEach(closeAll);

  it("is followed by its members, and no longer by a user who left, within seconds", async () => {
    const app = await startTwoWorkers({
      yaml: "rate_limits:\n  user: off\n  connection: off\n  events: { chat_message: off }\n",
    });
    const [, deaf] = app.workers;
    assert.ok(deaf);
    const { streams } = deaf.services.store;
    const subscribe = streams.subscribe.bind(streams);
    // Notices of this one stream never arrive on the second worker.
    streams.subscribe = ((key, listener) =>
      key.name === "party-changes"
        ? Promise.resolve(() => undefined)
        : subscribe(key, listener)) as typeof subscribe;
    const bob = await enter(app, "bob", onSecond);
    const ann = await enter(app, "ann");
    const [annsQueue, bobsQueue] = [
      await app.connect(matchmakingContract, "ann"),
      await app.connect(matchmakingContract, "bob"),
    ];
    const { party } = await annsQueue.call("party_create", {});
    await annsQueue.call("party_invite", { user_id: "bob" });
    await bobsQueue.call("party_join", { party_id: party.party_id });
    const say = (channel: string, content: string) => ann.call("chat_message", { channel, content });
    /** Whether what is said in the party reaches bob, who says nothing: only the worker itself can find out. */
    async function reaches(content: string): Promise<boolean> {
      const sent = await say("party", content);
      const after = await say("global", `after ${content}`);
      await bob.next("chat_message", (m) => m.message_id === after.message_id);
      return bob.pending("chat_message").some((m) => m.message_id === sent.message_id);
    }
    const startedAt = performance.now();
    for (let i = 0; !(await reaches(`joined ${i}`)); i++)
      assert.ok(performance.now() - startedAt < 4_000, "the worker does not notice");
    await bobsQueue.call("party_leave", {});
    const leftAt = performance.now();
    for (let i = 0; await reaches(`left ${i}`); i++)
      assert.ok(performance.now() - leftAt < 4_000, "the worker does not notice");
  });
});
