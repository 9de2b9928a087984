import assert from "node:assert/strict";
import { matchmakingContract } from "../../../namespaces/matchmaking/schema.ts";
import { onEachSetup } from "../../support/app.ts";

const LONG = "x".repeat(129);
const WRONG_IDS = [undefined, null, 7, "", LONG, {}, ["m"]];

/** Payloads that each event must refuse as `invalid_payload`. */
const INVALID: Readonly<Record<string, readonly unknown[]>> = {
  queue_join: [
    {},
    null,
    "classic",
    ["classic"],
    { game_mode: 7 },
    { game_mode: "" },
    { game_mode: LONG },
    { game_mode: "classic", skill: "high" },
    { game_mode: "classic", skill: 1e300 },
    { game_mode: "classic", region: 5 },
    { game_mode: "classic", region: "" },
    { game_mode: "classic", properties: "map" },
    { game_mode: "classic", properties: { map: { nested: true } } },
    { game_mode: "classic", properties: { map: LONG } },
    {
      game_mode: "classic",
      properties: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`p${at}`, at])),
    },
    { game_mode: "classic", party_id: 7 },
    { game_mode: "classic", request_id: "" },
    { game_mode: "classic", request_id: LONG },
  ],
  preferences: [null, "eu", { region: 5 }, { skill: "low" }, { properties: [], skill: {} }],
  queue_leave: [null, "please", 3, []],
  match_accept: WRONG_IDS.map((match_id) => ({ match_id })),
  match_decline: WRONG_IDS.map((match_id) => ({ match_id })),
  match_backfill: WRONG_IDS.map((match_id) => ({ match_id })),
  skill_set: [
    ...WRONG_IDS.map((user_id) => ({ user_id, game_mode: "classic", skill: 1 })),
    { user_id: "bob", game_mode: "", skill: 1 },
    { user_id: "bob", game_mode: "classic" },
    { user_id: "bob", game_mode: "classic", skill: "high" },
    { user_id: "bob", game_mode: "classic", skill: 1e300 },
  ],
  party_create: [null, "mine", 3],
  party_invite: WRONG_IDS.map((user_id) => ({ user_id })),
  party_join: WRONG_IDS.map((party_id) => ({ party_id })),
  party_leave: [null, "bye", 3],
  party_kick: WRONG_IDS.map((user_id) => ({ user_id })),
  party_promote: WRONG_IDS.map((user_id) => ({ user_id })),
};

/** Payloads of the right form that name what is not there. */
const UNKNOWN: readonly (readonly [string, unknown, string])[] = [
  ["queue_join", { game_mode: "nosuchmode" }, "not_found"],
  ["queue_join", { game_mode: "__proto__" }, "not_found"],
  ["queue_join", { game_mode: "constructor" }, "not_found"],
  ["queue_join", { game_mode: "classic", party_id: "p_nosuchparty" }, "not_found"],
  ["queue_join", { game_mode: "classic", user_id: "bob" }, "forbidden"],
  ["preferences", { region: "eu" }, "not_queued"],
  ["queue_leave", {}, "not_queued"],
  ["match_accept", { match_id: "m_nosuchmatch" }, "not_found"],
  ["match_decline", { match_id: "m_nosuchmatch" }, "not_found"],
  ["match_backfill", { match_id: "m_nosuchmatch" }, "not_found"],
  ["skill_set", { user_id: "bob", game_mode: "classic", skill: 1 }, "forbidden"],
  ["party_invite", { user_id: "bob" }, "not_found"],
  ["party_join", { party_id: "p_nosuchparty" }, "not_found"],
  ["party_leave", {}, "not_found"],
  ["party_kick", { user_id: "bob" }, "not_found"],
  ["party_promote", { user_id: "bob" }, "not_found"],
  ["queue_jump", {}, "unknown_event"],
  ["__proto__", {}, "unknown_event"],
];

describe("/matchmaking: bad input", () => {
  onEachSetup((setup) => {
    it("of every event is refused with its code, and the connection lives", async () => {
      const app = await setup.start();
      assert.deepEqual(Object.keys(INVALID).sort(), Object.keys(matchmakingContract.commands).sort());
      for (const [event, payloads] of Object.entries(INVALID)) {
        const client = await app.connect(matchmakingContract, `of-${event}`, {
          worker: 1,
          claims: { roles: ["player", "service"] },
        });
        for (const payload of payloads) {
          const { code } = await client.refused(event, payload);
          assert.equal(code, "invalid_payload", `${event} ${JSON.stringify(payload)}`);
        }
        assert.equal((await client.refused("queue_leave", {})).code, "not_queued");
        client.disconnect();
      }
    });

    it("that names what is not there is told so, the same for what is another's", async () => {
      const app = await setup.start();
      for (const [at, [event, payload, code]] of UNKNOWN.entries()) {
        const client = await app.connect(matchmakingContract, `user${at}`);
        assert.equal(
          (await client.refused(event, payload)).code,
          code,
          `${event} ${JSON.stringify(payload)}`,
        );
        client.disconnect();
      }
    });

    it("without an acknowledgement comes back as an error event", async () => {
      const app = await setup.start();
      const ann = await app.connect(matchmakingContract, "ann");
      ann.socket.emit("queue_join", { game_mode: 7 });
      const error = (await ann.nextAny("error")) as { code: string; event: string };
      assert.deepEqual([error.code, error.event], ["invalid_payload", "queue_join"]);
    });

    it("hidden in properties changes no object's prototype, and a ticket keeps only what its mode matches", async () => {
      const app = await setup.start({
        yaml: "matchmaking:\n  modes:\n    maps: { game: dash-dice, match_properties: [map] }\n",
      });
      const ann = await app.connect(matchmakingContract, "ann");
      const bob = await app.connect(matchmakingContract, "bob", { worker: 1 });
      const properties = JSON.parse('{"__proto__": "x", "constructor": 1, "map": "ice"}') as Record<
        string,
        string
      >;
      await ann.call("queue_join", { game_mode: "maps", properties });
      await bob.call("queue_join", { game_mode: "maps", properties: { map: "ice", other: true } });
      await ann.next("match_found");
      assert.equal(({} as Record<string, unknown>).map, undefined);
    });

    it("a client without a token is refused", async () => {
      const app = await setup.start({ env: { AUTH_MODE: "jwt" } });
      await assert.rejects(app.connect(matchmakingContract, null), /unauthorized/);
    });
  });
});
