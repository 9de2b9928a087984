/** JSON reads 1e400 as a number without end, which it would write as null: refused at every entrance, so that nothing is changed in silence. */
import assert from "node:assert/strict";
import { roomsContract } from "../../namespaces/rooms/index.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { codeOf, post } from "../support/http.ts";
import { closePlain, openPlain } from "../support/plain.ts";
import { RawEngine } from "../support/raw-engine.ts";

const LARGE = ["1e400", "-1e400", `${"9".repeat(320)}`, `{"deep":[1,{"x":1E+309}]}`];

describe("numbers that are too large", () => {
  afterEach(async () => {
    closePlain();
    await closeAll();
  });

  it("are refused in what has no form of its own, over Socket.IO and plain WebSocket; the largest that JSON has is not", async () => {
    const app = await startEmbedded();
    const hearer = await app.connect(roomsContract, "hearer");
    await hearer.call("subscribe", { room: "r" });
    const raw = await RawEngine.open(app.url);
    await raw.connect("/", { token: app.token("ann") });
    const plain = openPlain(app.url, "/ws", { query: { token: app.token("bob") } });
    await plain.opened();
    raw.send('2["subscribe",{"room":"r"}]');
    await plain.call("subscribe", { room: "r" });
    for (const number of LARGE) {
      raw.send(`2["publish",{"room":"r","data":${number}}]`);
      assert.equal((await raw.error()).code, "invalid_payload", number);
      raw.send(`51-["publish",{"room":"r","data":[${number},{"_placeholder":true,"num":0}]}]`);
      raw.send(Buffer.from([1]));
      assert.equal((await raw.error()).code, "invalid_payload", number);
      plain.send(`{"type":"publish","room":"r","data":${number},"id":1}`);
      assert.equal((await plain.next("ack")).ok, false, number);
      plain.send(`{"type":"ping","id":${number}}`);
      assert.equal((await plain.next("ack")).ok, false, number);
    }
    plain.send('{"type":"publish","room":"r","data":1.7976931348623157e308,"id":2}');
    assert.equal((await plain.next("ack")).ok, true);
    assert.equal((await hearer.next("message")).data, Number.MAX_VALUE);
    raw.close();
  });

  it("are refused in what a client says as it connects, and in bodies of the HTTP API", async () => {
    const app = await startEmbedded();
    const raw = await RawEngine.open(app.url);
    raw.send(`0{"token":"${app.token("ann")}","n":1e400}`);
    assert.match(await raw.next((text) => text.startsWith("4")), /invalid_payload/);
    raw.close();
    const token = app.token("srv", { roles: ["service"] });
    const body = '{"user_id":"ann","message_type":"hello","data":{"n":1e400}}';
    const answer = await post(`${app.url}/api/websocket`, body, { token });
    assert.deepEqual([answer.status, codeOf(answer)], [400, "invalid_payload"]);
  });
});
