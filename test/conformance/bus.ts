import assert from "node:assert/strict";
import { topic } from "../../core/ports/store/bus.ts";
import { collector } from "../support/collector.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES } from "./hostile.ts";
import type { OpenStore } from "./open.ts";
import { freshStore, range } from "./open.ts";

const revoked = topic<{ user: string }>("revoked");

export function busSuite(open: OpenStore): void {
  const opened = freshStore(open);

  it("a message reaches all subscribers, the sender's own worker and others", async () => {
    const { store, second } = opened();
    const [here, hereToo, there] = [
      collector<{ user: string }>(),
      collector<{ user: string }>(),
      collector<{ user: string }>(),
    ];
    await store.bus.subscribe(revoked, here.hear);
    await store.bus.subscribe(revoked, hereToo.hear);
    await (second ?? store).bus.subscribe(revoked, there.hear);
    assert.equal(await store.bus.publish(revoked, { user: "ann" }), true);
    for (const one of [here, hereToo, there]) assert.deepEqual(await one.reaches(1), [{ user: "ann" }]);
  });

  it("messages of one sender arrive in order, each once", async () => {
    const { store, second } = opened();
    const heard = collector<{ user: string }>();
    await (second ?? store).bus.subscribe(revoked, heard.hear);
    await Promise.all(range(100).map((i) => store.bus.publish(revoked, { user: `u${i}` })));
    await store.bus.publish(revoked, { user: "last" });
    const expected = [...range(100).map((i) => ({ user: `u${i}` })), { user: "last" }];
    assert.deepEqual(await heard.reaches(101), expected);
    assert.equal(heard.heard.length, 101);
  });

  it("who has ended hears nothing more, others do", async () => {
    const { store } = opened();
    const [ended, stays] = [collector<{ user: string }>(), collector<{ user: string }>()];
    const end = await store.bus.subscribe(revoked, ended.hear);
    await store.bus.subscribe(revoked, stays.hear);
    end();
    end();
    await store.bus.publish(revoked, { user: "ann" });
    await stays.reaches(1);
    assert.deepEqual(ended.heard, []);
  });

  it("a listener that throws keeps no other from hearing, and its fault is not the publisher's", async () => {
    const { store, second } = opened();
    const [here, there] = [collector<{ user: string }>(), collector<{ user: string }>()];
    const broken = () => {
      throw new Error("a listener of the test");
    };
    for (const [bus, heard] of [
      [store.bus, here],
      [(second ?? store).bus, there],
    ] as const) {
      await bus.subscribe(revoked, broken);
      await bus.subscribe(revoked, heard.hear);
    }
    for (const user of ["ann", "bob"]) assert.equal(await store.bus.publish(revoked, { user }), true);
    for (const one of [here, there])
      assert.deepEqual(await one.reaches(2), [{ user: "ann" }, { user: "bob" }]);
  });

  it("topics are apart from each other, hostile ones too, and values come through", async () => {
    const { store, second } = opened();
    const collectors = HOSTILE_NAMES.map(() => collector<unknown>());
    for (const [i, name] of HOSTILE_NAMES.entries())
      await (second ?? store).bus.subscribe(topic<unknown>(name), (m) => collectors[i]?.hear(m));
    const valueAt = (i: number) => HOSTILE_VALUES[i % HOSTILE_VALUES.length];
    for (const [i, name] of HOSTILE_NAMES.entries())
      await store.bus.publish(topic<unknown>(name), valueAt(i));
    for (const [i, one] of collectors.entries()) assert.deepEqual(await one.reaches(1), [valueAt(i)]);
  });

  it("a group hears its topics from the moment they are added until they are taken out, and no others", async () => {
    const { store, second } = opened();
    const names = HOSTILE_NAMES.slice(0, 20);
    const heard = collector<readonly [string, unknown]>();
    const group = (second ?? store).bus.group((name, message) => heard.hear([name, message]));
    await Promise.all(names.map((name) => group.add(name)));
    await store.bus.publish(topic<string>("of nobody"), "no");
    for (const name of names) await store.bus.publish(topic<string>(name), `to ${name}`);
    await heard.reaches(names.length);
    // Two topics have no order between them.
    const sorted = (all: readonly (readonly [string, unknown])[]) =>
      all.map((one) => JSON.stringify(one)).sort();
    assert.deepEqual(sorted(heard.heard), sorted(names.map((name) => [name, `to ${name}`])));

    const [gone = "", back = ""] = names;
    group.remove(gone);
    // It is back before the end of the last subscription is through.
    group.remove(back);
    await group.add(back);
    await group.add(back);
    await store.bus.publish(topic<string>(gone), "no");
    await store.bus.publish(topic<string>(back), "again");
    await heard.reaches(names.length + 1);
    assert.deepEqual(heard.heard.slice(names.length), [[back, "again"]]);
    group.close();
    await store.bus.publish(topic<string>(back), "no");
    const last = collector<string>();
    await (second ?? store).bus.subscribe(topic<string>("last"), last.hear);
    await store.bus.publish(topic<string>("last"), "now");
    await last.reaches(1);
    assert.equal(heard.heard.length, names.length + 1);
  });

  it("publishing without subscribers is no error", async () => {
    assert.equal(await opened().store.bus.publish(topic<string>("nobody"), "hello"), true);
  });

  it("a listener that changes its message does not change the sender's", async () => {
    const { store } = opened();
    const heard = collector<{ user: string }>();
    await store.bus.subscribe(revoked, (message) => {
      message.user = "changed";
    });
    await store.bus.subscribe(revoked, heard.hear);
    const mine = { user: "ann" };
    await store.bus.publish(revoked, mine);
    await heard.reaches(1);
    assert.deepEqual(mine, { user: "ann" });
  });
}
