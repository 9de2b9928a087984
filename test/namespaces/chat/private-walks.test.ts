import assert from "node:assert/strict";
import { asId, type UserId } from "../../../core/ids.ts";
import { joinWalks } from "../../../namespaces/chat/messages/private-delivery.ts";
import { privateChannel } from "../../../namespaces/chat/model/channels.ts";

const user = (name: string) => asId<UserId>(name);
const [annAndBob, annAndCat] = ["bob", "cat"].map((other) => privateChannel(user("ann"), user(other)));

describe("chat: walks of a private channel", () => {
  /** Walks that end when they are told to. */
  function held() {
    const begun: { readonly id: string; end(err?: Error): void }[] = [];
    const walks = joinWalks(
      ({ id }) =>
        new Promise<void>((resolve, reject) => {
          begun.push({ id, end: (err) => (err ? reject(err) : resolve()) });
        }),
    );
    return { begun, walks };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it("requested while one runs become one walk, which begins after it", async () => {
    assert.ok(annAndBob);
    const { begun, walks } = held();
    const first = walks.next(annAndBob);
    assert.equal(walks.isComing(annAndBob), false);
    const later = Array.from({ length: 60 }, () => walks.next(annAndBob));
    assert.equal(walks.isComing(annAndBob), true);
    assert.equal(begun.length, 1);
    begun[0]?.end();
    await first;
    await settled();
    assert.equal(begun.length, 2);
    assert.equal(walks.isComing(annAndBob), false);
    const next = walks.next(annAndBob);
    begun[1]?.end();
    await Promise.all(later);
    await settled();
    assert.equal(begun.length, 3);
    begun[2]?.end();
    await next;
    void walks.next(annAndBob);
    assert.equal(begun.length, 4);
  });

  it("reject for their callers when they fail, and the next one begins all the same", async () => {
    assert.ok(annAndBob);
    const { begun, walks } = held();
    const first = walks.next(annAndBob);
    const second = walks.next(annAndBob);
    begun[0]?.end(new Error("away"));
    await assert.rejects(first, /away/);
    await settled();
    begun[1]?.end();
    await second;
  });

  it("of two channels do not wait for one another", () => {
    assert.ok(annAndBob && annAndCat);
    const { begun, walks } = held();
    void walks.next(annAndBob);
    void walks.next(annAndCat);
    assert.deepEqual(
      begun.map(({ id }) => id),
      [annAndBob.id, annAndCat.id],
    );
  });
});
