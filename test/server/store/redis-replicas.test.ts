/** `store.redis_replicas_confirm`: nothing is answered, or told to others, that replicas do not have. */
import assert from "node:assert/strict";
import type { Store } from "../../../core/ports/store/store.ts";
import type { StreamNotice } from "../../../core/ports/store/streams.ts";
import { keyMarker } from "../../../server/store/redis/link/confirm.ts";
import { collector } from "../../support/collector.ts";
import { ask } from "../../support/redis-groups.ts";
import {
  chat,
  elapsed,
  heardTexts,
  isUnavailable,
  say,
  turned,
  workshop,
} from "../../support/redis-store.ts";
import { until } from "../../support/until.ts";

const reasonOf = (store: Store) => ({ reason: "", ...store.health() }).reason;

describe("replicas that confirm", () => {
  const { redis, open } = workshop();

  async function pair() {
    const primary = await redis({ args: ["--repl-diskless-sync-delay", "0"] });
    const replica = await redis({ args: ["--replicaof", "127.0.0.1", String(primary.port)] });
    return { primary, replica };
  }

  it("a frozen replica: refused in time and then at once, nobody is told; thawed: served and told", async () => {
    const { primary, replica } = await pair();
    const [store, other, greedy] = await Promise.all(
      [1, 1, 2].map((replicasConfirm) => open(primary.url, { replicasConfirm })),
    );
    assert.ok(store && other && greedy);
    await Promise.all([turned(store, true, 20_000), turned(other, true, 20_000)]);
    await until("one that asks for two says that there is one", () =>
      /1 of 2 replicas/.test(reasonOf(greedy)),
    );
    await assert.rejects(say(greedy, "none"), isUnavailable);
    const told = collector<StreamNotice<string>>();
    await other.streams.subscribe(chat, told.hear);
    await say(store, "one");
    await told.reaches(1);

    replica.freeze();
    const first = await elapsed(() => assert.rejects(say(store, "two"), isUnavailable));
    assert.ok(first < 5_000, `${first} ms`);
    assert.match(reasonOf(store), /0 of 1 replicas confirmed/);
    // It was written, and is neither read nor told before the replica has it.
    await assert.rejects(other.streams.read(chat, { limit: 10 }), isUnavailable);
    assert.equal(told.heard.length, 1);
    replica.thaw();
    await Promise.all([turned(store, true, 20_000), turned(other, true, 20_000)]);
    await say(store, "three");
    const page = await other.streams.read(chat, { limit: 10 });
    assert.deepEqual(heardTexts(page.entries), ["one", "two", "three"]);
    await until("it is told", () => told.heard.some(({ entry }) => entry === "three"));
  });

  it("a primary that is killed beside a replica that was behind: all that was acknowledged is there", async () => {
    const { primary, replica } = await pair();
    const store = await open(primary.url, { replicasConfirm: 1 });
    await turned(store, true, 20_000);
    const acknowledged: string[] = [];
    const talk = async (from: string) => {
      for (let n = 0; ; n++) {
        await say(store, `${from}${n}`);
        acknowledged.push(`${from}${n}`);
      }
    };
    const talks = ["a", "b", "c"].map((from) => assert.rejects(talk(from), isUnavailable));
    await until("they talk", () => acknowledged.length > 100);
    replica.freeze();
    await Promise.all(talks);
    await primary.kill();
    replica.thaw();
    await ask(replica, "REPLICAOF", "NO", "ONE");
    const after = await open(replica.url);
    const there = new Set(heardTexts((await after.streams.read(chat, { limit: 100_000 })).entries));
    assert.deepEqual(
      acknowledged.filter((text) => !there.has(text)),
      [],
    );
  });

  it("on a cluster what is replicated lies in a slot of the same server", () => {
    const confirmation = { replicas: 1, name: "p:confirm" };
    const own = keyMarker(confirmation, (key) => key.endsWith(":7"));
    assert.deepEqual(own("{p:3}:x")[0]?.slice(0, 2), ["SET", "p:confirm:7"]);
    const guest = keyMarker(confirmation, () => false);
    assert.deepEqual(guest(""), []);
    assert.deepEqual(
      guest("{p:3}:x").map((words) => words.slice(0, 2)),
      [["ASKING"], ["SET", "{p:3}p:confirm"]],
    );
  });
});
