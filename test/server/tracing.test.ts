import assert from "node:assert/strict";
import { context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { chatContract } from "../../namespaces/chat/index.ts";
import { gameContract } from "../../namespaces/game/index.ts";
import { matchmakingContract } from "../../namespaces/matchmaking/index.ts";
import { contextOf } from "../../server/observability/tracing/spans.ts";
import { onEachSetup, type StartOptions } from "../support/app.ts";
import { json, startGateway, stopGateways } from "../support/gateway.ts";
import { post } from "../support/http.ts";
import { WAIT_MS } from "../support/patience.ts";

/** What an application registers: here in memory. */
function register(sampler?: Sampler): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  }).register();
  return exporter;
}

function unregister(): void {
  for (const api of [trace, context, propagation]) api.disable();
}

const TRACED: StartOptions = { env: { TRACING: "true" } };

/** Waits for finished spans that satisfy. */
async function finished(
  exporter: InMemorySpanExporter,
  enough: (spans: readonly ReadableSpan[]) => boolean,
): Promise<readonly ReadableSpan[]> {
  for (const end = performance.now() + WAIT_MS; ; ) {
    const spans = exporter.getFinishedSpans();
    if (enough(spans)) return spans;
    if (performance.now() > end) assert.fail(`only these came: ${spans.map(({ name }) => name).join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const named = (spans: readonly ReadableSpan[], name: string) => spans.filter((span) => span.name === name);
const workersOf = (spans: readonly ReadableSpan[]) =>
  new Set(spans.map(({ attributes }) => attributes["muster.worker"]));

/** The names from a span up to the first of its trace. */
function wayOf(span: ReadableSpan, spans: readonly ReadableSpan[]): string[] {
  const parent = spans.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  assert.equal(parent?.spanContext().traceId ?? span.spanContext().traceId, span.spanContext().traceId);
  return parent === undefined ? [span.name] : [span.name, ...wayOf(parent, spans)];
}

onEachSetup((setup) => {
  describe("tracing", () => {
    afterEach(async () => {
      unregister();
      await stopGateways();
    });

    it("follows each of many messages sent in one go to what every worker delivers", async () => {
      const exporter = register();
      const app = await setup.start(TRACED);
      const ann = await app.connect(chatContract, "ann");
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      const texts = Array.from({ length: 10 }, (_, at) => `text ${at}`);
      await Promise.all(texts.map((content) => ann.call("chat_message", { channel: "global", content })));
      for (const content of texts) await bob.next("chat_message", (told) => told.content === content);
      const delivered = texts.length * app.workers.length;
      const spans = await finished(
        exporter,
        (all) =>
          named(all, "deliver").filter((one) => wayOf(one, all).at(-1) === "/chat chat_message").length >=
          delivered,
      );
      const commands = named(spans, "/chat chat_message");
      assert.equal(commands.length, texts.length);
      for (const command of commands) {
        const { traceId } = command.spanContext();
        assert.equal(command.parentSpanContext, undefined);
        assert.equal(command.attributes["muster.outcome"], "ok");
        const own = spans.filter((span) => span.spanContext().traceId === traceId);
        const deliveries = named(own, "deliver");
        assert.equal(deliveries.length, app.workers.length);
        assert.equal(workersOf(deliveries).size, app.workers.length);
        for (const delivery of deliveries) {
          const [, write = "", root] = wayOf(delivery, own);
          assert.match(write, /^store (streams\.append|documents\.commit)$/);
          assert.equal(root, "/chat chat_message");
        }
      }
    });

    it("follows a private message to the worker of who gets it, after its acknowledgement too", async () => {
      const exporter = register();
      const app = await setup.start(TRACED);
      const ann = await app.connect(chatContract, "ann");
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      await ann.call("chat_message", { channel: "private", to: "bob", content: "psst" });
      await bob.next("chat_message");
      // A span ends when its answer is there, perhaps after what it has brought about elsewhere.
      await finished(exporter, (all) =>
        named(all, "receive").some((heard) => {
          const way = wayOf(heard, all);
          return way.includes("publish") && way.at(-1) === "/chat chat_message";
        }),
      );
    });

    it("says what a command was refused with, and that the server failed only where it did", async () => {
      const exporter = register();
      const app = await setup.start(TRACED);
      const ann = await app.connect(gameContract, "ann");
      await assert.rejects(ann.call("room:join", { room_id: "nowhere" }));
      const spans = await finished(exporter, (all) => named(all, "/game room:join").length === 1);
      const [span] = named(spans, "/game room:join");
      assert.equal(span?.attributes["muster.outcome"], "not_found");
      assert.equal(span?.status.code, SpanStatusCode.UNSET);
    });

    it("goes on from a request to the HTTP API, and to the gateway behind the server", async () => {
      const exporter = register();
      const gateway = await startGateway(json(200, { ticket_id: "t9" }));
      const app = await setup.start({ env: { ...TRACED.env, API_GATEWAY_URL: gateway.url } });
      const traceId = "0af7651916cd43dd8448eb211c80319c";
      const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
      await post(`${app.url}/api/websocket`, { user_id: "ann", message_type: "hi", data: {} }, { headers });
      const spans = await finished(exporter, (all) => named(all, "POST /api/websocket").length === 1);
      assert.equal(named(spans, "POST /api/websocket")[0]?.spanContext().traceId, traceId);
      const ann = await app.connect(matchmakingContract, "ann");
      await ann.call("queue_join", { game_mode: "classic" });
      const [asked] = gateway.seen;
      const [queued] = named(exporter.getFinishedSpans(), "/matchmaking queue_join");
      assert.ok(queued);
      assert.ok(String(asked?.headers.traceparent).includes(queued.spanContext().traceId));
    });

    for (const [when, options, sampler] of [
      ["it is off", {}, undefined],
      ["the application's sampler takes none", TRACED, new AlwaysOffSampler()],
    ] as const)
      it(`records nothing where ${when}`, async () => {
        const exporter = register(sampler);
        const app = await setup.start(options);
        const ann = await app.connect(chatContract, "ann");
        const bob = await app.connect(chatContract, "bob", { worker: 1 });
        await ann.call("chat_message", { channel: "global", content: "hello" });
        await bob.next("chat_message");
        assert.deepEqual(exporter.getFinishedSpans(), []);
      });
  });
});

describe("a traceparent of another worker", () => {
  for (const text of [
    undefined,
    5,
    "",
    "00-x-y-01",
    `00-${"0".repeat(31)}-b7ad6b7169203331-01`,
    "~".repeat(1_000),
  ])
    it(`is nothing where it is ${String(text).slice(0, 40)}`, () => assert.equal(contextOf(text), undefined));
});
