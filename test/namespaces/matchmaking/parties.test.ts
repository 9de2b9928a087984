import assert from "node:assert/strict";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import { connectAll, counted, type Player, placeOf, queueSize } from "./clients.ts";

const PAIRS = "matchmaking:\n  modes:\n    pairs: { game: dash-dice, players_per_team: 2 }\n";
const pairs = { game_mode: "pairs" };

async function join(leader: Player, ...others: Player[]): Promise<string> {
  const { party } = await leader.call("party_create", {});
  for (const other of others) {
    await leader.call("party_invite", { user_id: other.name });
    await other.next("party_invited");
    await other.call("party_join", { party_id: party.party_id });
  }
  return party.party_id;
}

const members = (party: { members: { user_id: string }[] } | null | undefined) =>
  party?.members.map((member) => member.user_id);

async function players<const N extends readonly string[]>(app: TestApp, names: N) {
  return (await connectAll(app, names)) as unknown as { [K in keyof N]: Player };
}

describe("/matchmaking: parties", () => {
  onEachSetup((setup) => {
    it("are founded, joined by invitation, and shown to all their members", async () => {
      const app = await setup.start();
      const [ann, bob] = await players(app, ["ann", "bob"]);
      const { party } = await ann.call("party_create", {});
      assert.deepEqual([party.leader, members(party)], ["ann", ["ann"]]);
      assert.equal((await ann.refused("party_create", {})).code, "conflict");
      assert.equal((await bob.refused("party_join", { party_id: party.party_id })).code, "not_found");
      await ann.call("party_invite", { user_id: "bob" });
      const invited = await bob.next("party_invited");
      assert.deepEqual([invited.party_id, invited.from], [party.party_id, "ann"]);
      const joined = await bob.call("party_join", { party_id: invited.party_id });
      assert.deepEqual(members(joined.party), ["ann", "bob"]);
      const updated = await ann.next("party_updated", (u) => u.party?.members.length === 2);
      assert.equal(updated.party?.leader, "ann");
    });

    it("invitations wait for a user who is away, and expire", async () => {
      const app = await setup.start();
      const [ann] = await players(app, ["ann"]);
      const { party } = await ann.call("party_create", {});
      await ann.call("party_invite", { user_id: "bob" });
      const [bob] = await players(app, ["bob"]);
      assert.equal((await bob.next("party_invited")).party_id, party.party_id);
      await app.advance(121_000);
      assert.equal((await bob.refused("party_join", { party_id: party.party_id })).code, "not_found");
    });

    it("are led by one: kick, promote and queueing are the leader's", async () => {
      const app = await setup.start({ yaml: PAIRS });
      const [ann, bob, cid] = await players(app, ["ann", "bob", "cid"]);
      const party_id = await join(ann, bob, cid);
      assert.equal((await bob.refused("party_kick", { user_id: "cid" })).code, "forbidden");
      assert.equal((await bob.refused("party_promote", { user_id: "bob" })).code, "forbidden");
      assert.equal((await bob.refused("queue_join", { ...pairs, party_id })).code, "forbidden");
      assert.equal(
        (await ann.refused("queue_join", { ...pairs, party_id })).code,
        "conflict",
        "three are too many",
      );
      assert.deepEqual(members((await ann.call("party_kick", { user_id: "cid" })).party), ["ann", "bob"]);
      assert.equal((await cid.next("party_updated", (u) => u.party === null)).party, null);
      assert.equal((await cid.refused("party_leave", {})).code, "not_found");
      assert.equal((await ann.call("party_promote", { user_id: "bob" })).party.leader, "bob");
      await bob.call("queue_join", { ...pairs, party_id });
    });

    it("pass to the one longest in them when the leader leaves, and end with the last", async () => {
      const app = await setup.start();
      const [ann, bob, cid] = await players(app, ["ann", "bob", "cid"]);
      const party_id = await join(ann, bob, cid);
      await ann.call("party_leave", {});
      const left = await cid.next("party_updated", (u) => u.party?.members.length === 2);
      assert.equal(left.party?.leader, "bob");
      await bob.call("party_leave", {});
      await cid.call("party_leave", {});
      assert.equal((await ann.refused("party_join", { party_id })).code, "not_found");
      assert.equal(await placeOf(app, "cid"), undefined);
    });

    it("pass on when the leader has been away for the grace period", async () => {
      const app = await setup.start();
      const [ann, bob] = await players(app, ["ann", "bob"]);
      await join(ann, bob);
      ann.disconnect();
      await counted(app, "ann", 0);
      await app.advance(31_000);
      await app.runDue();
      const updated = await bob.next("party_updated", (u) => u.party?.leader === "bob");
      assert.deepEqual(members(updated.party), ["bob"]);
    });

    it("queue as one and play on one team", async () => {
      const app = await setup.start({ yaml: PAIRS });
      const [ann, bob, cid, dan] = await players(app, ["ann", "bob", "cid", "dan"]);
      const party_id = await join(ann, bob);
      await cid.call("queue_join", pairs);
      await ann.call("queue_join", { ...pairs, party_id });
      assert.equal((await bob.next("queue_joined")).party_id, party_id);
      assert.equal((await bob.refused("queue_join", pairs)).code, "already_queued");
      await dan.call("queue_join", pairs);
      const found = await Promise.all([ann, bob, cid, dan].map((player) => player.next("match_found")));
      assert.equal(new Set(found.map((each) => each.match_id)).size, 1);
      assert.deepEqual(found[0]?.teams.map((team) => [...team].sort()).sort(), [
        ["ann", "bob"],
        ["cid", "dan"],
      ]);
      for (const player of [ann, bob, cid, dan]) await player.next("game_started");
      // The party outlives the match.
      assert.equal((await placeOf(app, "bob"))?.partyId, party_id);
    });

    it("do not queue while a member waits already", async () => {
      const app = await setup.start({ yaml: PAIRS });
      const [ann, bob] = await players(app, ["ann", "bob"]);
      const party_id = await join(ann, bob);
      await bob.call("queue_join", pairs);
      const refusal = await ann.refused("queue_join", { ...pairs, party_id });
      assert.deepEqual([refusal.code, refusal.user_id], ["conflict", "bob"]);
      assert.equal(await queueSize(app, "pairs"), 1);
    });

    it("withdraw their ticket when a member leaves it, or them", async () => {
      const app = await setup.start({ yaml: PAIRS });
      const [ann, bob] = await players(app, ["ann", "bob"]);
      const party_id = await join(ann, bob);
      await ann.call("queue_join", { ...pairs, party_id });
      await bob.call("queue_leave", {});
      assert.equal((await ann.next("queue_left")).reason, "left");
      await ann.call("queue_join", { ...pairs, party_id });
      await bob.call("party_leave", {});
      assert.equal((await ann.next("queue_left")).reason, "left");
      assert.equal(await queueSize(app, "pairs"), 0);
      await bob.call("queue_join", pairs);
    });

    it("take sixteen, and one more neither by invitation nor by one that was open", async () => {
      const app = await setup.start({ env: { RATE_LIMITS_EVENTS: "party_invite=1000/1s" } });
      const names = Array.from({ length: 17 }, (_, at) => `user${at}`);
      const [leader, ...others] = await connectAll(app, names);
      assert.ok(leader);
      const { party } = await leader.call("party_create", {});
      for (const other of others) await leader.call("party_invite", { user_id: other.name });
      const { party_id } = party;
      for (const other of others.slice(0, 15)) await other.call("party_join", { party_id });
      assert.equal((await others[15]?.refused("party_join", { party_id }))?.code, "room_full");
      assert.equal((await leader.refused("party_invite", { user_id: "late" })).code, "room_full");
      await others[0]?.call("party_leave", {});
      const joined = await others[15]?.call("party_join", { party_id });
      assert.equal(joined?.party.members.length, joined?.party.max_size);
    });

    it("are one to two who join another at the same time", async () => {
      const app = await setup.start();
      const [ann, bob, cid, phone] = await players(app, ["ann", "bob", "cid", "cid"]);
      const one = (await ann.call("party_create", {})).party.party_id;
      const two = (await bob.call("party_create", {})).party.party_id;
      await ann.call("party_invite", { user_id: "cid" });
      await bob.call("party_invite", { user_id: "cid" });
      const acks = await Promise.all([
        cid.raw("party_join", { party_id: one }),
        phone.raw("party_join", { party_id: two }),
      ]);
      assert.equal(acks.filter((ack) => ack.ok).length, 1, JSON.stringify(acks));
    });
  });
});
