import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type PartyId, type UserId } from "../../../core/ids.ts";
import {
  everywhere,
  globalChannel,
  guildChannel,
  partyChannel,
  peerOf,
  privateChannel,
  reportDesk,
  reservedChannel,
} from "../../../namespaces/chat/model/channels.ts";

const user = (id: string) => asId<UserId>(id);
const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;

describe("chat: channels", () => {
  it("are named by the user's own guild, party and peer", () => {
    const ann = { userId: user("ann"), guildId: "red", party: asId<PartyId>("p1") };
    assert.equal(reservedChannel(ann, { channel: "global" })?.id, "global");
    assert.equal(reservedChannel(ann, { channel: "guild" })?.id, "guild:red");
    assert.equal(reservedChannel(ann, { channel: "party" })?.id, "party:p1");
    const pair = reservedChannel(ann, { channel: "private", to: "bob" });
    assert.ok(pair);
    assert.equal(pair.id, "private:ann|bob");
    assert.equal(pair.id, reservedChannel({ userId: user("bob") }, { channel: "private", to: "ann" })?.id);
    assert.equal(peerOf(pair, user("ann")), "bob");
  });

  it("are refused to a user without guild or party, and are none by their ids", () => {
    const ann = { userId: user("ann") };
    for (const channel of ["guild", "party"])
      assert.throws(() => reservedChannel(ann, { channel }), refusedWith("forbidden"), channel);
    for (const channel of ["guild:red", "party:p1", "private:ann|bob", "*", "nope", "__proto__"])
      assert.equal(reservedChannel(ann, { channel }), undefined, channel);
  });

  it("private needs another user, whose id is text", () => {
    const ann = { userId: user("ann") };
    for (const named of [
      { channel: "private" },
      { channel: "private", to: "ann" },
      { channel: "private", to: "\ud800" },
    ])
      assert.throws(() => reservedChannel(ann, named), refusedWith("invalid_payload"));
  });

  it("have ids that no two channels share, whatever the names", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "b", "|", ":", "%", "7", "C", " ", "*"),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(name, name, name, name, (a, b, c, d) => {
        const one = privateChannel(user(a), user(b));
        const other = privateChannel(user(c), user(d));
        const samePair = (a === c && b === d) || (a === d && b === c);
        assert.equal(one.id === other.id, samePair);
        const ids = [
          one,
          guildChannel(a),
          partyChannel(asId<PartyId>(a)),
          globalChannel,
          everywhere,
          reportDesk,
        ].map((s) => s.id);
        assert.equal(new Set(ids).size, ids.length);
        assert.equal(guildChannel(a).id === guildChannel(b).id, a === b);
      }),
    );
  });
});
