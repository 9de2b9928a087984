/** An application's own rule makes the matches of a mode; what it proposes is checked. */
import assert from "node:assert/strict";
import { chatContract } from "../../../namespaces/chat/schema.ts";
import type { Matcher } from "../../../namespaces/matchmaking/index.ts";
import { onEachSetup, startEmbedded } from "../../support/app.ts";
import { logBook } from "../../support/log-book.ts";
import { until } from "../../support/until.ts";
import { connectAll, queueSize } from "./clients.ts";

const MODES =
  "matchmaking:\n  modes:\n" +
  "    mirrored: { game: dash-dice, matcher: mirrored, match_properties: [seed] }\n";

/** Users whose properties are the same text read backwards: nothing that the rules of a mode can say. */
const mirrored: Matcher = (candidates, { areApart }) => {
  const taken = new Set<string>();
  return candidates.flatMap((one) => {
    const other = candidates.find(
      (each) =>
        each !== one &&
        !taken.has(each.ticketId) &&
        !areApart(one, each) &&
        each.properties.seed === [...String(one.properties.seed)].reverse().join(""),
    );
    if (other === undefined || taken.has(one.ticketId)) return [];
    taken.add(one.ticketId).add(other.ticketId);
    return [[[one.ticketId], [other.ticketId]]];
  });
};

const join = (seed: string) => ({ game_mode: "mirrored", properties: { seed } });

describe("/matchmaking: a matcher of the application", () => {
  onEachSetup((setup) => {
    it("makes the matches of its mode, and tells who waits that it decides", async () => {
      const app = await setup.start({ yaml: MODES, app: { matchers: { mirrored } } });
      const [ann, bob, cid] = await connectAll(app, ["ann", "bob", "cid"]);
      assert.ok(ann && bob && cid);
      await ann.call("queue_join", join("abc"));
      await bob.call("queue_join", join("xyz"));
      await ann.next("queue_status", ({ waiting_for }) => waiting_for.reason === "matcher");
      await cid.call("queue_join", join("cba"));
      const found = await cid.next("match_found");
      assert.deepEqual(found.players.toSorted(), ["ann", "cid"]);
      assert.equal(found.teams.length, 2);
      await ann.next("game_started");
      assert.equal(await queueSize(app, "mirrored"), 1);
    });

    it("may not join users of whom one blocks the other", async () => {
      const app = await setup.start({ yaml: MODES, app: { matchers: { mirrored } } });
      const chat = await app.connect(chatContract, "ann");
      await chat.call("block", { user_id: "bob" });
      const [ann, bob, cid] = await connectAll(app, ["ann", "bob", "cid"]);
      assert.ok(ann && bob && cid);
      await ann.call("queue_join", join("abc"));
      await bob.call("queue_join", join("cba"));
      await cid.call("queue_join", join("cba"));
      const { players } = await ann.next("match_found");
      assert.deepEqual(players.toSorted(), ["ann", "cid"]);
    });

    it("is not believed: what is no match of its mode is left out and logged, and the rest is made", async () => {
      const log = logBook("info");
      let isStrange = false;
      const careless: Matcher = (candidates) => {
        const [one, other] = candidates;
        if (one === undefined || other === undefined) return [];
        const [a, b] = [one.ticketId, other.ticketId];
        // A matcher in JavaScript has no types that keep it from this.
        const strange = [null, { teams: [] }, [a, b], [[1n], [b]]] as unknown as string[][][];
        const wrong = [[[a]], [[a], [a]], [[a, b], []], [[a], ["t_nobody"]]];
        return [...(isStrange ? strange : wrong), [[a], [b]], [[b], [a]]];
      };
      const app = await setup.start({ yaml: MODES, app: { matchers: { mirrored: careless } }, log });
      const players = await connectAll(app, ["ann", "bob"]);
      for (const player of players) await player.call("queue_join", join("x"));
      const found = await Promise.all(players.map((player) => player.next("match_found")));
      assert.equal(new Set(found.map(({ match_id }) => match_id)).size, 1);
      const [line] = log.of("a matcher proposed what is no match of its mode");
      const problems = (line?.fields.problems ?? []) as string[];
      assert.match(problems.join("\n"), /1 teams.*\n.*a second time.*\n.*2 players.*\n.*does not wait/s);
      isStrange = true;
      const others = await connectAll(app, ["cid", "dan"]);
      for (const player of others) await player.call("queue_join", join("x"));
      for (const player of others) await player.next("match_found");
      assert.deepEqual(log.of("a matcher failed: its queue waits"), []);
    });

    it("fails without harm: its queue waits, and others go on", async () => {
      const log = logBook("info");
      const broken: Matcher = () => {
        throw new TypeError("a mistake of the matcher's");
      };
      const app = await setup.start({ yaml: MODES, app: { matchers: { mirrored: broken } }, log });
      const players = await connectAll(app, ["ann", "bob", "cid", "dan"]);
      const [ann, bob, cid, dan] = players;
      await ann?.call("queue_join", join("x"));
      await bob?.call("queue_join", join("x"));
      await cid?.call("queue_join", { game_mode: "classic" });
      await dan?.call("queue_join", { game_mode: "classic" });
      await cid?.next("match_found");
      await until("it was logged", () => log.of("a matcher failed: its queue waits").length > 0);
      assert.equal(await queueSize(app, "mirrored"), 2);
    });
  });

  it("must exist: a mode that names another is refused at the start, with the nearest name", async () => {
    await assert.rejects(
      startEmbedded({ yaml: MODES, app: { matchers: { mirored: mirrored } } }),
      /matchmaking\.modes\.mirrored\.matcher: there is no matcher mirrored; did you mean mirored\?/,
    );
  });
});
