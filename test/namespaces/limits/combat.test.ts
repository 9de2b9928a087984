import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import { indexKey, partitions } from "../../../core/ports/store/keys.ts";
import { userFights } from "../../../namespaces/combat/fight.ts";
import { combatContract } from "../../../namespaces/combat/index.ts";
import { type ConnectAs, onEachSetup, type TestApp, type TestClient } from "../../support/app.ts";

type Client = TestClient<typeof combatContract>;

const player = (id: string, team: string) => ({ id, kind: "player" as const, team });
const ogre = { id: "ogre", kind: "monster" as const, team: "monsters" };
const challenge = (from: string, to: string) => ({ participants: [player(from, "1"), player(to, "2")] });
const hunt = (who: string) => ({ participants: [player(who, "heroes"), ogre], turn_seconds: 3_600 });
const opted: ConnectAs = { auth: { reliable: true } };
const fightsOf = userFights(asId<UserId>("ann"));
const places = indexKey<null>(partitions.quota("fights"), "places");
/** The share of one challenger in another's list. */
const SHARE = 10;

const connect = (app: TestApp, name: string, worker: 0 | 1 = 0): Promise<Client> =>
  app.connect(combatContract, name, { ...opted, worker });

/** What became of so many of the same command, sent in one go. */
async function codes(client: Client, count: number, event: string, input: object): Promise<string[]> {
  const acks = await Promise.all(Array.from({ length: count }, () => client.raw(event, input)));
  return acks.map((ack) => (ack.ok ? "ok" : ack.error.code));
}
const count = (all: readonly string[], one: string) => all.filter((each) => each === one).length;

onEachSetup((setup) => {
  describe("limits of /combat", () => {
    const env = { RATE_LIMITS_EVENTS: "combat_create=off", RATE_LIMITS_USER: "off" };

    it("challenges fill nobody's list: ten challengers, and a friend is heard", async () => {
      const app = await setup.start({ env });
      for (let at = 0; at < 10; at++) {
        const name = `troll${at}`;
        const troll = await connect(app, name, (at % 2) as 0 | 1);
        const outcomes = await codes(troll, SHARE + 5, "combat_create", challenge(name, "ann"));
        assert.deepEqual([count(outcomes, "ok"), count(outcomes, "rate_limited")], [SHARE, 5]);
        const refusal = await troll.refused("combat_create", challenge(name, "ann"));
        const { retry_after_ms } = refusal as { retry_after_ms?: number };
        assert.ok(retry_after_ms !== undefined && retry_after_ms > 0 && retry_after_ms <= 60_000);
        // The others are free to be challenged.
        assert.equal((await troll.raw("combat_create", challenge(name, "carl"))).ok, true);
      }
      const friend = await connect(app, "friend", 1);
      const { combat_session_id } = await friend.call("combat_create", challenge("friend", "ann"));
      const ann = await connect(app, "ann");
      await ann.next("combat_invite", (invite) => invite.combat_session_id === combat_session_id);
      await ann.call("combat_create", hunt("ann"));
      await ann.call("combat_join", { combat_session_id });
    });

    it("a challenge that is sent again under its id is the first one, also where no further one could be", async () => {
      const app = await setup.start({ env });
      const bob = await connect(app, "bob");
      const first = await bob.call("combat_create", { ...challenge("bob", "ann"), request_id: "r" });
      assert.equal(count(await codes(bob, SHARE, "combat_create", challenge("bob", "ann")), "ok"), SHARE - 1);
      const again = await bob.call("combat_create", { ...challenge("bob", "ann"), request_id: "r" });
      assert.equal(again.combat_session_id, first.combat_session_id);
      const other = { ...challenge("bob", "ann"), request_id: "s" };
      for (let at = 0; at < 2; at++)
        assert.equal((await bob.refused("combat_create", other)).code, "rate_limited");
    });

    it("an answered challenge makes room for the next", async () => {
      const app = await setup.start({ env });
      const [ann, bob] = [await connect(app, "ann"), await connect(app, "bob", 1)];
      const ids: string[] = [];
      for (let at = 0; at < SHARE; at++)
        ids.push((await bob.call("combat_create", challenge("bob", "ann"))).combat_session_id);
      assert.equal((await bob.refused("combat_create", challenge("bob", "ann"))).code, "rate_limited");
      await ann.call("combat_join", { combat_session_id: ids[0] ?? "" });
      await ann.call("combat_flee", { combat_session_id: ids[1] ?? "" });
      await bob.call("combat_create", challenge("bob", "ann"));
      await bob.call("combat_create", challenge("bob", "ann"));
      assert.equal((await bob.refused("combat_create", challenge("bob", "ann"))).code, "rate_limited");
    });

    it("a user is in a bounded number of fights, made or joined, whichever devices are used", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_FIGHTS_PER_USER: "5" } });
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)];
      const outcomes = await Promise.all(devices.map((each) => codes(each, 6, "combat_create", hunt("ann"))));
      assert.deepEqual([count(outcomes.flat(), "ok"), count(outcomes.flat(), "conflict")], [5, 7]);
      const bob = await connect(app, "bob");
      const { combat_session_id } = await bob.call("combat_create", challenge("bob", "ann"));
      const [ann] = devices;
      assert.equal((await ann?.refused("combat_join", { combat_session_id }))?.code, "conflict");
      // Of a fight that could not be made nothing is left.
      assert.equal((await ann?.refused("combat_create", challenge("ann", "carl")))?.code, "conflict");
      const [first] =
        (await app.workers[0]?.services.store.indexes.page(fightsOf, { limit: 9 }))?.members ?? [];
      await ann?.call("combat_flee", { combat_session_id: first?.member ?? "" });
      await ann?.call("combat_create", hunt("ann"));
    });

    it("there is a bounded number of fights in all, and one that has ended makes room", async () => {
      const app = await setup.start({ env: { ...env, LIMITS_FIGHTS: "4" } });
      const clients = [await connect(app, "ann"), await connect(app, "bob", 1)];
      const outcomes = await Promise.all(
        clients.map((each) => codes(each, 4, "combat_create", hunt(each.name))),
      );
      assert.deepEqual([count(outcomes.flat(), "ok"), count(outcomes.flat(), "server_full")], [4, 4]);
      await app.advance(61_000);
      // Nobody joined in time.
      while ((await app.workers[0]?.services.store.indexes.size(places)) !== 0) await app.runDue();
      for (const each of clients) await each.call("combat_create", hunt(each.name));
    });
  });
});
