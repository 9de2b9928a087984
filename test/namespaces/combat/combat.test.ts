import assert from "node:assert/strict";
import { asId, type CombatId } from "../../../core/ids.ts";
import { schedule } from "../../../core/ports/store/deadlines.ts";
import { partitions } from "../../../core/ports/store/keys.ts";
import { turnDeadline } from "../../../namespaces/combat/fight-store.ts";
import { combatContract } from "../../../namespaces/combat/index.ts";
import type { CombatCreate } from "../../../namespaces/combat/schema.ts";
import { combatPresence } from "../../../namespaces/combat/timers.ts";
import { onEachSetup, type TestApp } from "../../support/app.ts";
import type { TestClient } from "../../support/client.ts";
import { until } from "../../support/until.ts";

type Client = TestClient<typeof combatContract>;

const player = (id: string, team: number | string) => ({ id, kind: "player" as const, team });
const ogre = { id: "ogre", kind: "monster" as const, team: "monsters" };
const duel = [player("ann", 1), player("bob", 2)];
/** Long enough that no turn of a test ends by itself. */
const SLOW = 3_600;

const connect = (app: TestApp, name: string, worker: 0 | 1 = 0): Promise<Client> =>
  app.connect(combatContract, name, { worker, auth: { reliable: true } });

/** A fight that all of these have joined, the first of them its creator. */
async function begin(clients: readonly Client[], wish: CombatCreate): Promise<string> {
  const [creator] = clients;
  assert.ok(creator);
  const { combat_session_id } = await creator.call("combat_create", wish);
  for (const client of clients) await client.call("combat_join", { combat_session_id });
  for (const client of clients) await client.next("combat_started");
  return combat_session_id;
}

/** Ann alone against an ogre: after each of her moves it is her turn again. */
const beginHunt = (ann: Client) =>
  begin([ann], { participants: [player("ann", "heroes"), ogre], turn_seconds: SLOW });

async function logOf(client: Client, combat_session_id: string) {
  const { log } = await client.call("combat_state", { combat_session_id, log: true });
  assert.ok(log);
  return log;
}

async function connectionsOf(app: TestApp, user: string): Promise<number | undefined> {
  const [record] = (await app.workers[0]?.services.store.presence.get(combatPresence, [user])) ?? [];
  return record?.connections;
}

const target = (actor: string) => (actor === "ann" ? "bob" : "ann");

onEachSetup((setup) => {
  describe("/combat", () => {
    it("lets two players on two workers fight to the end and tells both the same", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const bob = await connect(app, "bob", 1);
      const created = await ann.call("combat_create", { participants: duel, turn_seconds: SLOW });
      const { combat_session_id } = created;
      assert.deepEqual([created.version, created.state.phase], [1, "waiting"]);
      const invite = await bob.next("combat_invite");
      assert.deepEqual([invite.combat_session_id, invite.from], [combat_session_id, "ann"]);
      assert.equal(new Date(invite.join_by).toISOString(), invite.join_by);

      await bob.call("combat_join", { combat_session_id });
      assert.equal((await ann.next("combat_participant")).status, "joined");
      assert.deepEqual(ann.pending("combat_started"), []);
      await ann.call("combat_join", { combat_session_id });
      const clients = new Map([
        ["ann", ann],
        ["bob", bob],
      ]);
      for (const client of clients.values()) await client.next("combat_started");

      for (let over = false; !over; ) {
        const turns = await Promise.all([ann.next("combat_turn"), bob.next("combat_turn")]);
        assert.deepEqual({ ...turns[0], timestamp: "" }, { ...turns[1], timestamp: "" });
        const { actor, version, deadline } = turns[0];
        assert.equal(new Date(deadline).toISOString(), deadline);
        const onTurn = clients.get(actor);
        assert.ok(onTurn);
        const move = { combat_session_id, action: "attack", target: target(actor), version };
        const other = clients.get(target(actor));
        assert.equal((await other?.refused("combat_action", move))?.code, "not_your_turn");
        const done = await onTurn.call("combat_action", move);
        const results = await Promise.all([ann.next("combat_result"), bob.next("combat_result")]);
        for (const { timestamp: _, combat_session_id: __, ...result } of results)
          assert.deepEqual(result, done.result);
        over = done.result.effects.some(({ kind }) => kind === "defeated");
      }
      const ended = await Promise.all([ann.next("combat_ended"), bob.next("combat_ended")]);
      assert.equal(ended[0].winner, ended[1].winner);
      const { state } = await ann.call("combat_state", { combat_session_id });
      assert.deepEqual([state.phase, state.winner, state.deadline], ["ended", ended[0].winner, null]);
      const again = { combat_session_id, action: "attack" };
      assert.equal((await ann.refused("combat_action", again)).code, "conflict");
    });

    it("lets a monster act right after the player, until one of them is down", async () => {
      // A fight of many turns is quicker here than players are.
      const app = await setup.start({ env: { RATE_LIMITS_EVENTS: "combat_state=off,combat_action=off" } });
      const ann = await connect(app, "ann");
      const combat_session_id = await beginHunt(ann);
      for (let over = false; !over; ) {
        assert.equal((await ann.next("combat_turn")).actor, "ann");
        const { version, result } = await ann.call("combat_action", { combat_session_id, action: "attack" });
        const { state, version: now } = await ann.call("combat_state", { combat_session_id });
        assert.equal(now, version);
        over = state.phase === "ended";
        const [first] = await logOf(ann, combat_session_id);
        assert.equal(first?.draws === undefined, !over, "draws are told at the end");
        if (!over) assert.ok(version > result.state_version, "the ogre acted in the same step");
      }
      await ann.next("combat_ended");
      const log = await logOf(ann, combat_session_id);
      assert.ok(log.every(({ draws }) => draws !== undefined));
      assert.ok(log.some(({ cause, actor }) => cause === "monster" && actor === "ogre"));
      const told = ann.log.filter(({ event }) => event === "combat_result");
      assert.equal(told.length, log.length);
    });

    it("takes the default action once when the time is over, and takes out who never acts", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const bob = await connect(app, "bob", 1);
      const combat_session_id = await begin([ann, bob], { participants: duel, turn_seconds: 5 });
      for (let late = 1; late <= 5; late++) {
        const { turn, actor } = await bob.next("combat_turn");
        assert.equal(turn, late);
        await app.advance(5_001);
        await Promise.all([app.runDue(), app.runDue()]);
        const timeout = await bob.next("combat_timeout");
        assert.deepEqual([timeout.actor, timeout.turn], [actor, turn]);
        const result = await bob.next("combat_result");
        assert.deepEqual([result.actor, result.action], [actor, late < 5 ? "defend" : "forfeit"]);
      }
      await bob.next("combat_ended");
      await ann.next("combat_ended");
      const log = await logOf(ann, combat_session_id);
      assert.deepEqual(
        log.map(({ cause }) => cause),
        ["timeout", "timeout", "timeout", "timeout", "forfeit"],
      );
      for (const client of [ann, bob])
        assert.equal(client.log.filter(({ event }) => event === "combat_timeout").length, 5);
    });

    it("takes the default action once elsewhere where a worker dies with the deadline in its hands", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann", 1);
      const bob = await connect(app, "bob", 1);
      const combat_session_id = await begin([ann, bob], { participants: duel, turn_seconds: SLOW });
      const { turn, actor } = await ann.next("combat_turn");
      const { store } = app.workers[0]?.services ?? assert.fail();
      const partition = partitions.combat(asId<CombatId>(combat_session_id));
      const dead = await store.documents.commit({
        partition,
        deadlines: [schedule(turnDeadline, combat_session_id, store.now(), { turn })],
      });
      assert.equal(dead.outcome, "committed");
      // Whoever is first of this test and the workers' own polls claims it; the others must find it after the lease or done.
      await store.deadlines.claim(10, 5_000, partition);
      await app.runDue();
      await app.advance(5_001);
      await Promise.all([app.runDue(), app.runDue()]);
      assert.equal((await ann.next("combat_timeout")).actor, actor);
      await ann.next("combat_turn");

      // What fires again for a turn that is over changes nothing.
      await store.documents.commit({
        partition,
        deadlines: [schedule(turnDeadline, combat_session_id, store.now(), { turn })],
      });
      await app.runDue();
      const log = await logOf(ann, combat_session_id);
      assert.deepEqual(
        log.map(({ cause }) => cause),
        ["timeout"],
      );
    });

    it("a move in time leaves nothing of its turn's deadline", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const combat_session_id = await begin([ann], {
        participants: [player("ann", 1), ogre],
        turn_seconds: 10,
      });
      await app.advance(9_000);
      await ann.call("combat_action", { combat_session_id, action: "defend" });
      await app.advance(9_000);
      await app.runDue();
      const log = await logOf(ann, combat_session_id);
      assert.deepEqual(
        log.filter(({ cause }) => cause === "timeout"),
        [],
      );
    });

    it("is followed by every connection of a player, on any worker, whichever of them joined", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const annsPhone = await connect(app, "ann", 1);
      const eve = await connect(app, "eve", 1);
      const combat_session_id = await beginHunt(ann);
      assert.equal((await annsPhone.next("combat_resumed")).combat_session_id, combat_session_id);
      await ann.call("combat_action", { combat_session_id, action: "defend" });
      await annsPhone.next("combat_result", ({ actor }) => actor === "ann");
      // It knows the fight, as if it had joined itself.
      await annsPhone.call("combat_action", { combat_session_id, action: "defend" });
      await ann.next("combat_result", ({ seq }) => seq > 2);
      assert.deepEqual(eve.pending("combat_resumed"), []);
    });

    it("of two devices that act on one turn one wins, the other gets stale_version and the state", async () => {
      const app = await setup.start();
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)] as const;
      let races = 0;
      for (let fight = 0; fight < 4; fight++) {
        const combat_session_id = await beginHunt(devices[0]);
        let { state, version } = await devices[0].call("combat_state", { combat_session_id });
        while (state.phase === "running") {
          const move = { combat_session_id, action: "defend", version };
          const acks = await Promise.all(devices.map((device) => device.raw("combat_action", move)));
          const refusals = acks.flatMap((ack) => (ack.ok ? [] : [ack.error]));
          assert.deepEqual(
            refusals.map(({ code }) => code),
            ["stale_version"],
          );
          const after = await devices[0].call("combat_state", { combat_session_id });
          assert.equal(refusals[0]?.version, after.version);
          assert.deepEqual(refusals[0]?.state, after.state);
          ({ state, version } = after);
          races++;
          await app.advance(200);
        }
        const moves = (await logOf(devices[0], combat_session_id)).filter(({ actor }) => actor === "ann");
        assert.equal(new Set(moves.map(({ turn }) => turn)).size, moves.length, "one move per turn");
      }
      assert.ok(races > 20);
    });

    it("acts once for an action_id and gives the first result again, also to another device at the same time", async () => {
      const app = await setup.start();
      const devices = [await connect(app, "ann"), await connect(app, "ann", 1)] as const;
      const combat_session_id = await beginHunt(devices[0]);
      const { version } = await devices[0].call("combat_state", { combat_session_id });
      const move = { combat_session_id, action: "attack", version, action_id: "a1" };
      const acks = await Promise.all(
        [...devices, ...devices].map((device) => device.call("combat_action", move)),
      );
      acks.push(await devices[1].call("combat_action", move));
      for (const ack of acks) assert.deepEqual(ack, acks[0]);
      const log = await logOf(devices[0], combat_session_id);
      assert.equal(log.filter(({ actor }) => actor === "ann").length, 1);
    });

    it("makes one fight for a request_id", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const wish = { participants: duel, request_id: "r1" };
      const made = await Promise.all([ann.call("combat_create", wish), ann.call("combat_create", wish)]);
      made.push(await ann.call("combat_create", wish));
      assert.equal(new Set(made.map(({ combat_session_id }) => combat_session_id)).size, 1);
      const other = await ann.call("combat_create", { ...wish, request_id: "r2" });
      assert.notEqual(other.combat_session_id, made[0]?.combat_session_id);
    });

    it("keeps the invitation of one who is away, until a device has acknowledged it", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const { combat_session_id } = await ann.call("combat_create", { participants: duel });
      await app.runDue();
      const bob = await connect(app, "bob", 1);
      const invite = await bob.next("combat_invite");
      assert.equal(invite.combat_session_id, combat_session_id);
      assert.ok("delivery_id" in invite);
      const { state } = await bob.call("combat_join", { combat_session_id });
      assert.deepEqual(
        state.participants.map(({ id, status }) => [id, status]),
        [
          ["ann", "invited"],
          ["bob", "joined"],
        ],
      );
      assert.deepEqual(ann.pending("combat_invite"), []);
    });

    it("starts without those who do not come in time, and lets them come later", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const { combat_session_id } = await ann.call("combat_create", {
        participants: duel,
        turn_seconds: SLOW,
      });
      await ann.call("combat_join", { combat_session_id });
      await app.advance(60_001);
      await app.runDue();
      await ann.next("combat_started");
      const bob = await connect(app, "bob", 1);
      const joined = await bob.call("combat_join", { combat_session_id });
      assert.equal(joined.state.phase, "running");
      assert.equal((await ann.next("combat_participant")).user_id, "bob");
    });

    it("tells when a player's last connection has gone, and lets it go on where it comes back", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const bob = await connect(app, "bob", 1);
      const tab = await connect(app, "bob");
      const combat_session_id = await begin([ann, bob], { participants: duel, turn_seconds: SLOW });
      await ann.next("combat_participant", ({ status }) => status === "joined");
      tab.disconnect();
      await until("bob has one connection", async () => (await connectionsOf(app, "bob")) === 1);
      await app.runDue();
      assert.deepEqual(ann.pending("combat_participant"), []);
      bob.disconnect();
      const gone = await ann.next("combat_participant");
      assert.deepEqual([gone.user_id, gone.status], ["bob", "disconnected"]);
      const back = await connect(app, "bob");
      assert.equal((await ann.next("combat_participant")).status, "reconnected");
      const resumed = await back.next("combat_resumed");
      assert.equal(resumed.combat_session_id, combat_session_id);
      const onTurn = resumed.state.actor === "ann" ? ann : back;
      await onTurn.call("combat_action", { combat_session_id, action: "defend" });
      assert.equal((await back.next("combat_result")).action, "defend");
    });

    it("declines before the start, flees in one's turn, and tells the others who left", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const bob = await connect(app, "bob", 1);
      const declined = await ann.call("combat_create", { participants: duel });
      const of = { combat_session_id: declined.combat_session_id };
      await bob.call("combat_flee", of);
      assert.equal((await ann.next("combat_participant")).status, "left");
      assert.equal((await ann.next("combat_ended")).winner, 1);
      await app.runDue();

      const combat_session_id = await begin([ann, bob], { participants: duel, turn_seconds: SLOW });
      const clients = new Map([
        ["ann", ann],
        ["bob", bob],
      ]);
      for (;;) {
        const { state } = await ann.call("combat_state", { combat_session_id });
        if (state.phase === "ended") break;
        const { result } =
          (await clients.get(state.actor ?? "")?.call("combat_flee", { combat_session_id })) ?? {};
        assert.equal(result?.action, "flee");
      }
      assert.equal((await ann.next("combat_ended")).combat_session_id, combat_session_id);
    });

    it("shows nothing to strangers, and to spectators only what they asked to watch", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const eve = await connect(app, "eve", 1);
      const combat_session_id = await beginHunt(ann);
      for (const id of [combat_session_id, "c_doesnotexist", "no such: {id}"]) {
        const of = { combat_session_id: id };
        assert.equal((await eve.refused("combat_join", of)).code, "not_found");
        assert.equal((await eve.refused("combat_state", of)).code, "not_found");
        assert.equal((await eve.refused("combat_flee", of)).code, "not_found");
        assert.equal((await eve.refused("combat_action", { ...of, action: "attack" })).code, "not_found");
      }
      const missing = { combat_session_id: "c_doesnotexist", spectate: true };
      assert.equal((await eve.refused("combat_join", missing)).code, "not_found");

      const watched = await eve.call("combat_join", { combat_session_id, spectate: true });
      assert.deepEqual([watched.state.phase, watched.state.legal], ["running", []]);
      await eve.call("combat_state", { combat_session_id });
      await ann.call("combat_action", { combat_session_id, action: "attack" });
      assert.equal((await eve.next("combat_result")).actor, "ann");
      const move = { combat_session_id, action: "attack" };
      assert.equal((await eve.refused("combat_action", move)).code, "forbidden");
      assert.equal((await eve.refused("combat_flee", { combat_session_id })).code, "forbidden");
      const { state } = await ann.call("combat_state", { combat_session_id });
      assert.ok(!state.participants.some(({ id }) => id === "eve"));
    });

    it("takes the text RPG's own frame, and refuses one in another's name", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const combat_session_id = await beginHunt(ann);
      const frame = { user_id: "ann", action: "attack", target: "ogre", combat_session_id };
      const ack = await ann.raw("combat_action", frame);
      assert.ok(ack.ok);
      assert.equal((await ann.refused("combat_action", { ...frame, user_id: "bob" })).code, "forbidden");
    });

    it("refuses bad input of every event with a reason, and changes nothing", async () => {
      const app = await setup.start();
      const ann = await connect(app, "ann");
      const combat_session_id = await beginHunt(ann);
      const before = await ann.call("combat_state", { combat_session_id });
      const shapes: [string, unknown[]][] = [
        [
          "combat_create",
          [
            {},
            { participants: [] },
            { participants: "ann" },
            { participants: [player("bob", 1), player("cid", 2)] },
            { participants: [player("ann", 1)] },
            { participants: [player("ann", 1), player("ann", 2)] },
            { participants: [player("ann", 1), player("bob", 1)] },
            { participants: [player("ann", -1), player("bob", 1)] },
            { participants: [{ ...player("ann", 1), kind: "god" }, player("bob", 2)] },
            { participants: duel, turn_seconds: 0 },
            { participants: duel, turn_seconds: "5" },
            { participants: duel, ruleset: "constructor" },
            { participants: duel, bank_seconds: -1 },
            { participants: duel, request_id: "" },
            { participants: Array.from({ length: 65 }, (_, i) => player(`p${i}`, i)) },
          ],
        ],
        ["combat_join", [{}, { combat_session_id: 7 }, { combat_session_id, spectate: "yes" }]],
        [
          "combat_action",
          [
            { combat_session_id },
            { combat_session_id, action: "" },
            { combat_session_id, action: "win" },
            { combat_session_id, action: "__proto__" },
            { combat_session_id, action: "attack", target: "ann" },
            { combat_session_id, action: "attack", target: { id: "ogre" } },
            { combat_session_id, action: "skill", args: { skill: "win" } },
            { combat_session_id, action: "skill", args: 7 },
            { combat_session_id, action: "attack", version: "1" },
            { combat_session_id, action: "attack", version: 1.5 },
          ],
        ],
        ["combat_state", [{}, { combat_session_id: null }, { combat_session_id, log: 1 }]],
        ["combat_flee", [{}, { combat_session_id: [] }, { combat_session_id, action_id: 1 }]],
      ];
      for (const [event, inputs] of shapes)
        for (const input of [...inputs, null, "text", []]) {
          await app.advance(1_000);
          const { code } = await ann.refused(event, input);
          assert.equal(code, "invalid_payload", `${event} ${JSON.stringify(input)?.slice(0, 100)}`);
        }
      const stale = { combat_session_id, action: "attack", version: before.version + 1 };
      assert.equal((await ann.refused("combat_action", stale)).code, "stale_version");
      assert.deepEqual(await ann.call("combat_state", { combat_session_id }), before);
    });
  });
});
