import assert from "node:assert/strict";
import { asId, type UserId } from "../../core/ids.ts";
import { createTokenExpiry, type Expiring } from "../../server/sessions/expiry.ts";

const START_MS = 1_800_000_000_250;

function setUp() {
  let now = START_MS;
  const expiry = createTokenExpiry({ now: () => now });
  const told: string[] = [];
  const session = (name: string, secondsLeft: number): Expiring => ({
    identity: {
      userId: asId<UserId>(name),
      name,
      roles: [],
      anonymous: false,
      token: { issuedAt: 0, expiresAt: Math.floor(START_MS / 1_000) + secondsLeft },
    },
    emit: (event) => void told.push(`${name} ${String(event)}`),
    close: (code) => void told.push(`${name} ${code}`),
  });
  return {
    expiry,
    session,
    at(seconds: number): string[] {
      now = START_MS + seconds * 1_000;
      expiry.check();
      return told.splice(0);
    },
  };
}

describe("the end of tokens", () => {
  it("is told a minute before, once, and then ends the session", () => {
    const { expiry, session, at } = setUp();
    expiry.watch(session("ann", 100));
    assert.deepEqual(at(39), []);
    assert.deepEqual(at(40), ["ann token_expiring"]);
    assert.deepEqual(at(99), []);
    assert.deepEqual(at(100), ["ann token_expired"]);
    assert.equal(expiry.size, 0);
    expiry.close();
  });

  it("of a token that has less than a minute, or none, left is told at the next look", () => {
    const { expiry, session, at } = setUp();
    expiry.watch(session("ann", 30));
    expiry.watch(session("ben", -5));
    assert.deepEqual(at(1).sort(), ["ann token_expiring", "ben token_expired"]);
    assert.deepEqual(at(30), ["ann token_expired"]);
    expiry.close();
  });

  it("is found where the clock jumps over it, and after the clock was set back", () => {
    const { expiry, session, at } = setUp();
    for (const [name, left] of Object.entries({ ann: 3_600, ben: 90_000, cat: 7_000_000 }))
      expiry.watch(session(name, left));
    assert.deepEqual(at(100_000).sort(), ["ann token_expired", "ben token_expired"]);
    expiry.watch(session("dan", 500));
    assert.deepEqual(at(0), []);
    expiry.watch(session("eve", 100));
    assert.deepEqual(at(41), ["eve token_expiring"]);
    assert.deepEqual(at(101), ["eve token_expired"]);
    assert.deepEqual(at(100_001), ["dan token_expired"]);
    assert.equal(expiry.size, 1);
    expiry.close();
  });

  it("of an older token of a session is forgotten with a newer one, and with the session", () => {
    const { expiry, session, at } = setUp();
    const ann = session("ann", 100);
    expiry.watch(ann);
    const refreshed = session("ann", 1_000);
    Object.assign(ann, { identity: refreshed.identity });
    expiry.watch(ann);
    const ben = session("ben", 100);
    expiry.watch(ben);
    expiry.forget(ben);
    assert.deepEqual(at(101), []);
    assert.deepEqual(at(940), ["ann token_expiring"]);
    expiry.close();
  });
});
