import assert from "node:assert/strict";
import { createGlobalQuota } from "../../core/consistency/global-quota.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { indexKey, partitions } from "../../core/ports/store/keys.ts";
import { onEachSetup, type TestApp } from "../support/app.ts";

const ANN = asId<UserId>("ann");
const BOB = asId<UserId>("bob");

onEachSetup((setup) => {
  describe("a global quota", () => {
    /** The same on every worker. @param there what has come to be */
    const open = (app: TestApp, max: number, there: ReadonlySet<string>, maxPerOwner?: number) => {
      const on = app.workers.map(({ services }) =>
        createGlobalQuota(services, {
          kind: "towers",
          max,
          ...(maxPerOwner === undefined ? {} : { maxPerOwner }),
          exists: async (id) => there.has(id),
        }),
      );
      return { one: on[0] ?? assert.fail(), other: on.at(-1) ?? assert.fail() };
    };

    it("has so many places on all workers together; the same again is one", async () => {
      const app = await setup.start();
      const { one, other } = open(app, 3, new Set());
      const done = await Promise.allSettled(
        ["a", "b", "c", "d", "e"].map((id, at) => (at % 2 ? one : other).take(id)),
      );
      assert.equal(done.filter(({ status }) => status === "fulfilled").length, 3);
      await assert.rejects(one.take("z"), { code: "server_full" });
      const taken = ["a", "b", "c", "d", "e"].find((_, at) => done[at]?.status === "fulfilled") ?? "";
      await other.take(taken);
      await one.give(taken);
      await other.take("z");
    });

    it("has so many for one owner", async () => {
      const app = await setup.start();
      const { one, other } = open(app, 3, new Set(), 2);
      await one.take("a", ANN);
      await other.take("b", ANN);
      await assert.rejects(one.take("c", ANN), { code: "conflict" });
      await other.take("c", BOB);
      await one.give("a", ANN);
      await other.take("d", ANN);
      await assert.rejects(one.take("e", BOB), { code: "server_full" });
    });

    it("finds places of what never came to be, or has gone without a word, and leaves those that are there", async () => {
      const app = await setup.start();
      const there = new Set(["built"]);
      const { one, other } = open(app, 2, there, 1);
      await one.take("built", ANN);
      await other.take("dreamt", BOB);
      await assert.rejects(one.take("next"), { code: "server_full" });
      await app.advance(61_000);
      await app.runDue();
      await one.take("next", BOB);
      await assert.rejects(other.take("one more", ANN), { code: "conflict" });
      const key = indexKey<null>(partitions.quota("towers"), "of:bob");
      assert.equal(await app.workers[0]?.services.store.indexes.size(key), 1);
    });
  });
});
