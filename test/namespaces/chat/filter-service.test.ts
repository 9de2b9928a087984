import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { asId, type UserId } from "../../../core/ids.ts";
import { filterService } from "../../../server/chat-filter.ts";
import { onEachSetup } from "../../support/app.ts";
import { enter } from "./clients.ts";

interface FilterRequest {
  readonly body: Record<string, unknown>;
  readonly authorization: string | undefined;
}

/** A filter service on a free port. */
class FilterServer {
  readonly requests: FilterRequest[] = [];
  answer: (request: FilterRequest) => { status?: number; body: string } | "never" = () => ({
    body: '{"action":"pass"}',
  });
  readonly #server: Server = createServer(async (req, res) => {
    const request = { body: JSON.parse(await textOf(req)), authorization: req.headers.authorization };
    this.requests.push(request);
    const answer = this.answer(request);
    if (answer === "never") return;
    res.writeHead(answer.status ?? 200, { "content-type": "application/json" });
    res.end(answer.body);
  });

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/judge`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function textOf(req: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of req) text += String(chunk);
  return text;
}

const message = { userId: asId<UserId>("ann"), channel: "global", channelId: "global", content: "hi" };

describe("chat: the filter service", () => {
  let service: FilterServer;
  let url: string;
  beforeEach(async () => {
    service = new FilterServer();
    url = await service.start();
  });
  afterEach(() => service.stop());

  it("receives the author, text and channel with the secret, and its verdict holds", async () => {
    const filter = filterService({ url, secret: "s3cret", timeoutMs: 1_000 });
    assert.deepEqual(await filter(message), { action: "pass" });
    assert.deepEqual(service.requests, [
      {
        body: { user_id: "ann", channel: "global", channel_id: "global", content: "hi" },
        authorization: "Bearer s3cret",
      },
    ]);
    service.answer = () => ({ body: '{"action":"rewrite","content":"ho"}' });
    assert.deepEqual(await filter(message), { action: "rewrite", content: "ho" });
    service.answer = () => ({ body: '{"action":"refuse","reason":"rude"}' });
    assert.deepEqual(await filter(message), { action: "refuse", reason: "rude" });
  });

  it("fails with any answer that is no verdict", async () => {
    for (const answer of [
      { status: 500, body: '{"action":"pass"}' },
      { body: "" },
      { body: "null" },
      { body: '{"action":"applaud"}' },
      { body: '{"action":"rewrite"}' },
      { body: '{"action":"rewrite","content":5}' },
      { body: `{"action":"pass","more":"${"x".repeat(70_000)}"}` },
    ]) {
      service.answer = () => answer;
      await assert.rejects(
        async () => filterService({ url, timeoutMs: 1_000 })(message),
        JSON.stringify(answer),
      );
    }
    service.answer = () => "never";
    await assert.rejects(async () => filterService({ url, timeoutMs: 50 })(message));
  });

  it("delays no further message while it is down, and is tried again after a pause", async () => {
    let now = 0;
    const filter = filterService({ url, timeoutMs: 1_000, now: () => now });
    service.answer = () => ({ status: 503, body: "" });
    for (let i = 0; i < 20; i++) await assert.rejects(async () => filter(message));
    assert.equal(service.requests.length, 5);
    now += 2_000;
    await assert.rejects(async () => filter(message));
    assert.equal(service.requests.length, 6);
    await assert.rejects(async () => filter(message));
    assert.equal(service.requests.length, 6, "one try decides");
    service.answer = () => ({ body: '{"action":"pass"}' });
    now += 2_000;
    await filter(message);
    await filter(message);
    assert.equal(service.requests.length, 8);
  });
});

onEachSetup((setup) => {
  describe("chat: the configured filters", () => {
    const say = (content: string) => ({ channel: "global", content });

    for (const fallback of ["pass", "refuse"] as const)
      it(`with the service down: ${fallback}, as configured`, async () => {
        const service = new FilterServer();
        const url = await service.start();
        const app = await setup.start({
          env: { CHAT_FILTER_URL: url, CHAT_FILTER_FALLBACK: fallback, CHAT_FILTER_TIMEOUT: "500ms" },
        });
        const ann = await enter(app, "ann");
        service.answer = ({ body }) => ({
          body: JSON.stringify(
            body.content === "bad"
              ? { action: "refuse", reason: "bad" }
              : { action: "rewrite", content: "mild" },
          ),
        });
        const { message_id } = await ann.call("chat_message", say("wild"));
        assert.equal((await ann.next("chat_message", (m) => m.message_id === message_id)).content, "mild");
        const refusal = await ann.refused("chat_message", say("bad"));
        assert.deepEqual([refusal.code, refusal.reason], ["forbidden", "bad"]);
        const edit = { channel: "global", message_id, content: "bad" };
        assert.equal((await ann.refused("edit", edit)).code, "forbidden");
        await service.stop();
        const ack = await ann.raw("chat_message", say("still there?"));
        assert.equal(ack.ok ? "pass" : ack.error.code, fallback === "pass" ? "pass" : "unavailable");
      });

    it("count the same text over both workers, each message once", async () => {
      const app = await setup.start({ yaml: "chat: { filter_repeats: refuse }\n" });
      const devices = [await enter(app, "ann"), await enter(app, "ann", { worker: 1 })];
      const say = async (content: string) => {
        const [device] = devices;
        devices.reverse();
        const ack = await device?.raw("chat_message", { channel: "global", content });
        for (const each of devices) if (ack?.ok) await each.next("chat_message");
        return ack?.ok;
      };
      for (const expected of [true, true, true, false, false]) assert.equal(await say("buy gold"), expected);
      assert.equal(await say("something else"), true);
    });

    it("apply together: words, links, repeats and shouting", async () => {
      const app = await setup.start({
        yaml: "chat:\n  filter_words: [gold]\n  filter_links: mend\n  filter_repeats: refuse\n  filter_shouting: mend\n",
      });
      const ann = await enter(app, "ann");
      await ann.call("chat_message", say("CHEAP GOLD AT WWW.EVIL.EXAMPLE NOW"));
      assert.equal((await ann.next("chat_message")).content, "cheap **** at [link] now");
      assert.equal((await ann.refused("chat_message", say("a".repeat(50)))).code, "forbidden");
    });
  });
});
