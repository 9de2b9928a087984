import assert from "node:assert/strict";
import { chatContract } from "../../namespaces/chat/index.ts";
import { onEachSetup } from "../support/app.ts";

const yaml = `rate_limits:
  events: { chat_message: { max: 40, window: 1s, burst: { max: 4, window: 1s } } }
  roles: { service: { chat_message: off } }
`;

onEachSetup((setup) => {
  describe("flood control over all workers", () => {
    const waitOf = (ack: { ok: boolean; error?: object }) =>
      Number((ack.error as { retry_after_ms?: number } | undefined)?.retry_after_ms ?? 0);

    it("who goes on although refused is refused for longer, also on the worker they go to", async () => {
      const app = await setup.start({ yaml });
      const ann = await app.connect(chatContract, "ann");
      const phone = await app.connect(chatContract, "ann", { worker: 1 });
      const say = (client: typeof ann, content: string) =>
        client.raw("chat_message", { channel: "global", content });
      for (let second = 0; second < 6; second++) {
        const acks = await Promise.all(Array.from({ length: 8 }, (_, i) => say(ann, `${second} ${i}`)));
        assert.ok(acks.some((ack) => waitOf(ack) > 0));
        await app.advance(1_000);
      }
      // Alone this worker would not refuse anybody for longer than a window yet.
      let wait = 0;
      for (let tries = 0; tries < 50 && wait <= 1_000; tries++)
        wait = waitOf(await say(phone, `there ${tries}`));
      assert.ok(wait > 1_000, `refused for ${wait} ms`);
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      assert.equal((await say(bob, "not me")).ok, true);
      const service = await app.connect(chatContract, "svc", { claims: { roles: ["service"] } });
      for (let i = 0; i < 10; i++) assert.equal((await say(service, `${i}`)).ok, true);
    });
  });
});
