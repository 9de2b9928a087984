import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GameError } from "../../core/contract/errors.ts";
import { asId, type UserId } from "../../core/ids.ts";
import { partitions } from "../../core/ports/store/keys.ts";
import type { Store } from "../../core/ports/store/store.ts";
import { createStorageQuota } from "../../server/storage-quota.ts";
import { openEmbeddedStore } from "../../server/store/embedded/index.ts";
import { silent } from "./live-support.ts";

const ANN = asId<UserId>("ann");
const HOUR_MS = 3_600_000;

describe("a storage quota", () => {
  let store: Store;
  let folder: string;
  let ahead = 0;
  let commits = 0;
  beforeEach(async () => {
    ahead = 0;
    commits = 0;
    folder = await mkdtemp(join(tmpdir(), "muster-allowance-"));
    const clock = { now: () => Date.now() + ahead };
    store = await openEmbeddedStore({ dataDir: folder, worker: asId("w1"), clock, log: silent });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** As one worker has it. @param isAway whether the store answers it nothing */
  const allowance = (max: number, isAway: () => boolean = () => false) => {
    const documents: Store["documents"] = {
      ...store.documents,
      commit(change, decided) {
        if (isAway()) return Promise.reject(new GameError("unavailable"));
        commits++;
        return store.documents.commit(change, decided);
      },
    };
    const message = "enough for an hour";
    return createStorageQuota(
      { documents, now: () => store.now() },
      { kind: "things", max, windowMs: HOUR_MS, code: "rate_limited", message, partitionOf: partitions.user },
    );
  };
  const spend = async (from: ReturnType<typeof allowance>, amount?: number) => {
    await from.spend(ANN, amount);
  };
  const spent = async (from: ReturnType<typeof allowance>, times: number) => {
    const done = await Promise.allSettled(Array.from({ length: times }, () => spend(from)));
    return done.filter(({ status }) => status === "fulfilled").length;
  };

  it("is one for all workers, and is there again when its window is over", async () => {
    const [one, other] = [allowance(10), allowance(10)];
    const taken = await Promise.all([spent(one, 8), spent(other, 8)]);
    assert.equal(taken[0] + taken[1], 10);
    await assert.rejects(spend(one), (err: GameError) => {
      const { retry_after_ms } = err.data as { retry_after_ms?: number };
      assert.equal(err.code, "rate_limited");
      assert.ok(retry_after_ms !== undefined && retry_after_ms > 0 && retry_after_ms <= HOUR_MS);
      return true;
    });
    ahead += HOUR_MS + 1;
    assert.equal(await spent(other, 12), 10);
  });

  it("is another's for another, and keeps nothing of one whose window is over", async () => {
    const one = allowance(1);
    await spend(one);
    await one.spend(asId<UserId>("bob"));
    await assert.rejects(spend(one), { code: "rate_limited" });
    ahead += HOUR_MS + 1;
    assert.equal(
      await store.documents.load({ partition: partitions.user(ANN), name: "allowance:things" }),
      undefined,
    );
  });

  it("asks the store once for a hundredth of the whole", async () => {
    const one = allowance(10_000);
    for (let at = 0; at < 1_000; at++) await spend(one);
    assert.equal(commits, 10);
    await spend(one, 250);
    assert.equal(commits, 11);
  });

  it("lets those who wait go on in the order in which they came", async () => {
    const one = allowance(1_000);
    const order: number[] = [];
    await Promise.all(
      [1, 7, 1, 9, 1, 1, 30].map(async (amount, at) => {
        await spend(one, amount);
        order.push(at);
      }),
    );
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6]);
  });

  it("gives back what came to nothing", async () => {
    const one = allowance(2);
    for (let at = 0; at < 20; at++) {
      await spend(one);
      one.giveBack(ANN);
    }
    assert.equal(await spent(one, 3), 2);
  });

  it("is unavailable while the store is, and spends nothing then", async () => {
    let away = true;
    const one = allowance(3, () => away);
    await assert.rejects(spend(one), { code: "unavailable" });
    away = false;
    assert.equal(await spent(one, 4), 3);
  });

  it("counts nothing where there is no limit", async () => {
    assert.equal(allowance(Number.POSITIVE_INFINITY).spend(ANN, 1e12), undefined);
    assert.equal(commits, 0);
  });
});
