import assert from "node:assert/strict";
import fc from "fast-check";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type PartyId, type UserId } from "../../../core/ids.ts";
import {
  channelOf,
  everywhere,
  globalChannel,
  guildChannel,
  partyChannel,
  peerOf,
  privateChannel,
  reportDesk,
} from "../../../namespaces/chat/model/channels.ts";

const user = (id: string) => asId<UserId>(id);
const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;

describe("chat: channels", () => {
  it("are named by the user's own guild, party and peer", () => {
    const ann = { userId: user("ann"), guildId: "red", party: asId<PartyId>("p1") };
    assert.equal(channelOf(ann, { channel: "global" }).id, "global");
    assert.equal(channelOf(ann, { channel: "guild" }).id, "guild:red");
    assert.equal(channelOf(ann, { channel: "party" }).id, "party:p1");
    const pair = channelOf(ann, { channel: "private", to: "bob" });
    assert.equal(pair.id, "private:ann|bob");
    assert.equal(pair.id, channelOf({ userId: user("bob") }, { channel: "private", to: "ann" }).id);
    assert.equal(peerOf(pair, user("ann")), "bob");
  });

  it("that are not the user's are refused alike, whether they exist or not", () => {
    const ann = { userId: user("ann") };
    for (const channel of [
      "guild",
      "party",
      "guild:red",
      "party:p1",
      "private:ann|bob",
      "*",
      "nope",
      "__proto__",
    ])
      assert.throws(() => channelOf(ann, { channel }), refusedWith("forbidden"), channel);
  });

  it("private needs another user, whose id is text", () => {
    const ann = { userId: user("ann") };
    for (const named of [
      { channel: "private" },
      { channel: "private", to: "ann" },
      { channel: "private", to: "\ud800" },
    ])
      assert.throws(() => channelOf(ann, named), refusedWith("invalid_payload"));
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
