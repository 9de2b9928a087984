import assert from "node:assert/strict";
import { ERRORS } from "../../core/contract/errors.ts";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { contracts } from "../../server/contracts.ts";
import { onEachSetup } from "../support/app.ts";

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { in: value };
  return value;
}

/** Payloads that no event takes, or that only an event without fields takes. */
const hostile: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["a number", 7],
  ["text", "text"],
  ["a list", [1, 2]],
  ["true", true],
  ["a list of itself", [[[[]]]]],
  ["wrong types everywhere", everyField({ deep: [] })],
  ["numbers everywhere", everyField(-1)],
  ["empty text everywhere", everyField("")],
  ["long text everywhere", everyField("x".repeat(2_500))],
  ["prototype keys", JSON.parse('{"__proto__": {"roles": ["admin"]}, "constructor": {"prototype": {}}}')],
  ["nested 40 deep", { data: nested(40) }],
];

/** An object that has every field of every event, all with the same value. */
function everyField(value: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const contract of contracts)
    for (const command of Object.values(contract.commands)) {
      const properties: unknown = "properties" in command.input ? command.input.properties : {};
      for (const name of Object.keys(properties as object)) fields[name] = value;
    }
  return fields;
}

onEachSetup((setup) => {
  describe("bad input", () => {
    for (const contract of contracts)
      it(`gets a code for every event of ${contract.namespace}, and the connection lives`, async () => {
        const app = await setup.start();
        const ann = await app.connect(contract, "ann", { claims: { roles: ["admin", "service"] } });
        for (const event of Object.keys(contract.commands)) {
          // Each event begins with fresh rates.
          await app.advance(2_000);
          for (const [what, payload] of hostile) {
            const ack = await ann.raw(event, payload);
            if (ack.ok) {
              // An event without required fields may take an object whatever else is in it.
              assert.ok(typeof payload === "object" && !Array.isArray(payload), `${event} took ${what}`);
              continue;
            }
            assert.ok(ack.error.code in ERRORS, `${event}, ${what}: code ${ack.error.code}`);
            assert.notEqual(ack.error.code, "internal", `${event}, ${what}`);
            assert.equal(typeof ack.error.message, "string");
          }
        }
        assert.equal((await ann.refused("no such event", {})).code, "unknown_event");
        assert.ok(ann.socket.connected);
      });

    it("event names that mean something to the machinery are unknown events", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const names = [
        "error",
        "constructor",
        "__proto__",
        "toString",
        "hasOwnProperty",
        "newListener",
        "connect",
        "disconnecting",
        "",
        "x".repeat(300),
      ];
      for (const name of names) {
        // The client library refuses to send reserved names, so they go out as packets.
        const packet = `2${JSON.stringify([name, {}])}`;
        ann.socket.io.engine.write(packet);
        const error = (await ann.nextAny("error")) as { code: string; error: string };
        assert.ok(["unknown_event", "invalid_json"].includes(error.code), `${name}: ${error.code}`);
      }
      assert.equal((await ann.raw("ping")).ok, true);
    });

    it("without an acknowledgement a failure is an `error` event with the code, the event and a time", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      ann.socket.emit("publish", { room: "nowhere", data: 1 });
      const error = (await ann.nextAny("error")) as Record<string, unknown>;
      assert.equal(error.code, "not_subscribed");
      assert.equal(error.error, "not subscribed to this room");
      assert.equal(error.event, "publish");
      assert.equal(typeof error.timestamp, "number");
    });

    it("an acknowledgement in the place of the payload is one, and more arguments are ignored", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.raw("ping")).ok, true);
      assert.equal((await ann.raw("ping", {}, "more", 3)).ok, true);
    });

    it("what is over the limit is refused, what is far over it ends the connection, and others do not notice", async () => {
      const app = await setup.start({ env: { WEBSOCKET_MAX_MESSAGE_SIZE: "10000" } });
      const ann = await app.connect(roomsContract, "ann");
      const bob = await app.connect(roomsContract, "bob", { worker: 1 });
      await ann.call("subscribe", { room: "r" });
      const error = await ann.refused("publish", { room: "r", data: "x".repeat(15_000) });
      assert.equal(error.code, "payload_too_large");
      assert.equal((await ann.raw("ping")).ok, true);
      ann.socket.emit("publish", { room: "r", data: "x".repeat(50_000) });
      await ann.nextAny("(disconnect)");
      assert.equal((await bob.raw("ping")).ok, true);
    });

    it("another's user_id is forbidden where it names the sender", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      assert.equal((await ann.refused("subscribe", { room: "r", user_id: "bob" })).code, "forbidden");
      assert.ok(await ann.call("subscribe", { room: "r", user_id: "ann" } as { room: string }));
    });

    it("more events than the rate allows are refused with the time to wait, and work again after it", async () => {
      const app = await setup.start();
      const ann = await app.connect(roomsContract, "ann");
      const acks = await Promise.all(Array.from({ length: 60 }, () => ann.raw("subscribe", { room: "r" })));
      const refused = acks.filter((ack) => !ack.ok);
      assert.equal(acks.length - refused.length, 20);
      for (const ack of refused) {
        assert.ok(!ack.ok && ack.error.code === "rate_limited");
        assert.ok(Number(ack.error.retry_after_ms) > 0);
      }
      await app.advance(2_000);
      assert.ok(await ann.call("subscribe", { room: "r" }));
    });
  });
});
