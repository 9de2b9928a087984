import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Session } from "../../../core/contract/session.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import type { Log } from "../../../core/ports/log.ts";
import type { Services } from "../../../core/ports/services.ts";
import type { Settings } from "../../../core/ports/settings.ts";
import { cryptoRandom } from "../../../core/random.ts";
import { skirmish } from "../../../games/skirmish.ts";
import { ALONE } from "../../../middleware/command-queue.ts";
import { type CombatContract, createCombat, type EndedFight } from "../../../namespaces/combat/index.ts";
import { createTimers } from "../../../server/delivery/timers.ts";
import { openEmbeddedStore } from "../../../server/store/embedded/index.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const LEASE_MS = 5_000;
const settings = {
  retention: { maxLength: 1_000, ttlMs: 3_600_000 },
  onceTtlMs: 300_000,
  limits: { fights: 10, fightsPerUser: 10 },
} as Settings;

/** A connection that nobody listens on. */
const ann = {
  userId: asId<UserId>("ann"),
  connected: true,
  emit() {},
  join() {},
  leave() {},
} as unknown as Session<CombatContract>;

/** Two workers on one store; what they send goes nowhere. */
async function openWorkers(rewards: (ended: EndedFight) => Promise<void>) {
  const dataDir = await mkdtemp(join(tmpdir(), "muster-rewards-"));
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead };
  const store = await openEmbeddedStore({ dataDir, worker: asId("w1"), clock, log: silent });
  const open = () => {
    const timers = createTimers({ deadlines: store.deadlines, log: silent, leaseMs: LEASE_MS });
    const services = {
      store,
      timers,
      live: {
        attach: async () => ({ epoch: "", offset: 0, missed: [] }),
        detach() {},
        follows: () => false,
      },
      inbox: { deliver: async () => ({ online: false }) },
      storageQuotas: { stored: () => undefined },
      random: cryptoRandom,
      log: silent,
      settings,
    } as unknown as Services;
    return { timers, module: createCombat(services, { rulesets: [skirmish], rewards }) };
  };
  const workers = [open(), open()] as const;
  return {
    handlers: workers[0].module.handlers,
    /** Runs what is due on both at the same time. */
    runDue: () => Promise.all(workers.map(({ timers }) => timers.runDue())),
    advance(ms: number) {
      ahead += ms;
    },
    async close() {
      for (const { timers, module } of workers) {
        await timers.close();
        await module.close?.();
      }
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

describe("combat: rewards", () => {
  let close = async () => {};
  afterEach(() => close());

  async function endedFight(rewards: (ended: EndedFight) => Promise<void>) {
    const workers = await openWorkers(rewards);
    close = workers.close;
    const { combat_session_id } = await workers.handlers.combat_create(
      ann,
      {
        participants: [
          { id: "ann", kind: "player", team: 1 },
          { id: "bob", kind: "player", team: 2 },
        ],
      },
      ALONE,
    );
    await workers.runDue();
    // Before the start this declines: bob's team is the last.
    await workers.handlers.combat_flee(ann, { combat_session_id }, ALONE);
    return { ...workers, id: combat_session_id };
  }

  it("are handed out once, with who played and who won", async () => {
    const given: EndedFight[] = [];
    const { runDue, advance, id } = await endedFight(async (ended) => void given.push(ended));
    for (let i = 0; i < 3; i++) {
      await runDue();
      advance(LEASE_MS + 1);
    }
    assert.equal(given.length, 1);
    assert.deepEqual([given[0]?.combatId, given[0]?.winner], [id, 2]);
    assert.deepEqual(given[0]?.players, [
      { userId: "ann", team: 1, left: true },
      { userId: "bob", team: 2, left: false },
    ]);
  });

  it("are handed out again under the same id where that failed, until it has succeeded", async () => {
    const tried: string[] = [];
    const { runDue, advance, id } = await endedFight(async ({ combatId }) => {
      tried.push(combatId);
      if (tried.length < 3) throw new Error("the bank is closed");
    });
    for (let i = 0; i < 5; i++) {
      await runDue();
      advance(LEASE_MS + 1);
    }
    assert.deepEqual(tried, [id, id, id]);
  });
});
