import assert from "node:assert/strict";
import { asId, type DeliveryId, type UserId } from "../../core/ids.ts";
import {
  add,
  emptyLedger,
  type InboxBounds,
  type Ledger,
  without,
} from "../../server/delivery/inbox/ledger.ts";

const BOUNDS: InboxBounds = {
  server: { entries: 4, bytes: 400 },
  sender: { entries: 3, bytes: 300 },
  players: { entries: 6, bytes: 450 },
};
const id = (name: string) => asId<DeliveryId>(name);

/** Names of entries: `ann1` is ann's, `server1` the server's own. */
function deliver(
  ledger: Ledger,
  name: string,
  { bytes = 10, about }: { bytes?: number; about?: string } = {},
) {
  const sender = name.replace(/\d+$/, "");
  const from = sender === "server" ? null : asId<UserId>(sender);
  return add(ledger, { id: id(name), bytes, from, ...(about === undefined ? {} : { about }) }, BOUNDS);
}
function filled(...names: string[]): Ledger {
  return names.reduce((ledger, name) => deliver(ledger, name).ledger, emptyLedger);
}
const waiting = ({ shares }: Ledger) =>
  shares.flatMap(({ held }) => held.map(([name]) => String(name))).sort();

describe("the bounds of an inbox", () => {
  it("who has sent more than a share gives up their own oldest", () => {
    const { ledger, dropped } = deliver(filled("ann1", "bob1", "ann2", "ann3"), "ann4");
    assert.deepEqual(dropped, ["ann1"]);
    assert.deepEqual(waiting(ledger), ["ann2", "ann3", "ann4", "bob1"]);
  });

  it("a share is one of bytes too, and the newest stays however large it is alone", () => {
    const large = deliver(filled("ann1", "bob1", "ann2"), "ann3", { bytes: 290 });
    assert.deepEqual(large.dropped, ["ann1"]);
    const alone = deliver(filled("server1"), "server2", { bytes: 9_000 });
    assert.deepEqual(waiting(alone.ledger), ["server2"]);
  });

  it("where players together have too much, whoever has most gives up their oldest", () => {
    const full = filled("friend1", "ann1", "ann2", "ann3", "bob1", "bob2");
    const { ledger, dropped } = deliver(full, "friend2");
    assert.deepEqual(dropped, ["ann1"]);
    assert.ok(waiting(ledger).includes("friend1"));
    const heavy = deliver(deliver(filled("friend1"), "ann1", { bytes: 200 }).ledger, "bob1", { bytes: 245 });
    assert.deepEqual(heavy.dropped, ["bob1"], "the newcomer itself, where it has most");
  });

  it("of players who all have one entry none is pushed out by a newcomer", () => {
    const { dropped } = deliver(filled("a1", "b1", "c1", "d1", "e1", "f1"), "g1");
    assert.deepEqual(dropped, ["g1"]);
  });

  it("players push out nothing of the server's, nor the server anything of players'", () => {
    let ledger = filled("server1", "server2", "server3", "server4");
    for (const sender of ["a", "b", "c", "d", "e"])
      for (let at = 0; at < 10; at++) ledger = deliver(ledger, `${sender}${at}`).ledger;
    const own = waiting(ledger).filter((name) => name.startsWith("server"));
    assert.deepEqual(own, ["server1", "server2", "server3", "server4"]);
    const { dropped } = deliver(ledger, "server5");
    assert.deepEqual(dropped, ["server1"]);
  });

  it("a newer entry about the same takes the older one's place, whoever it is from", () => {
    let ledger = filled("bob1");
    for (let at = 1; at <= 50; at++) ledger = deliver(ledger, `ann${at}`, { about: "party:p" }).ledger;
    assert.deepEqual(waiting(ledger), ["ann50", "bob1"]);
    const { ledger: after, replaced } = deliver(ledger, "bob2", { about: "party:p" });
    assert.deepEqual(replaced, ["ann50"]);
    assert.deepEqual(waiting(after), ["bob1", "bob2"]);
  });

  it("what is taken out leaves no empty share behind", () => {
    const ledger = filled("ann1", "bob1");
    assert.deepEqual(without(ledger, new Set([id("ann1"), id("nobody1")])).shares.length, 1);
    assert.equal(without(ledger, new Set([id("nobody1")])), ledger);
  });
});
