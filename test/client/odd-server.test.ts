import assert from "node:assert/strict";
import { collector } from "../support/collector.ts";
import { closeOdd, oddServer } from "../support/odd-server.ts";
import { cut, online } from "../support/typed-client.ts";

const names = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`);
const refusal = (code: string) => ({ ok: false, error: { code, message: "not now" } });

describe("the client at a server that answers oddly", () => {
  afterEach(closeOdd);

  it("fails a command with `internal` where the answer is none", async () => {
    const answers: unknown[] = ["well", null, { ok: false }, undefined, { ok: false, error: "no" }];
    const muster = await oddServer(({ acknowledge }) => acknowledge(answers.shift()));
    for (const _ of [...answers])
      await assert.rejects(muster.in("/chat").call("unread", {}), { code: "internal" });
  });

  it("takes the answer to an earlier try that comes late, and does not send without end", async () => {
    const answers: ((answer: unknown) => void)[] = [];
    const muster = await oddServer(({ acknowledge }) => {
      answers.push(acknowledge);
      if (answers.length === 2) answers[0]?.({ ok: true, channels: ["late"] });
    });
    assert.deepEqual(await muster.in("/chat").call("unread", {}), { channels: ["late"] });
    assert.equal(answers.length, 2);
  });

  it("fails commands with `no_answer` within their time where nobody ever answers, and tries until then only", async () => {
    const heard: string[] = [];
    const muster = await oddServer(({ event }) => heard.push(event));
    const chat = muster.in("/chat");
    await online(chat);
    const once = chat.call("edit", { channel: "guild", message_id: "1", content: "x" });
    const again = chat.call("unread", {}, { withinMs: 400 });
    await assert.rejects(once, { code: "no_answer" });
    await assert.rejects(again, { code: "no_answer" });
    assert.equal(heard.filter((event) => event === "edit").length, 1);
    assert.ok(heard.length > 2 && heard.length < 8, heard.join());
  });

  it("sends the commands of a connection that answered none of them again, in their order", async () => {
    const contents: unknown[] = [];
    const muster = await oddServer(({ input, socket, connection, acknowledge }) => {
      if (connection === 1) return void socket.conn.close();
      contents.push(input.content);
      acknowledge({ ok: true });
    });
    // More than go out at once: some are under way, others wait behind them.
    await Promise.all(
      names(100).map((content) => muster.in("/chat").call("chat_message", { channel: "guild", content })),
    );
    assert.deepEqual(contents, names(100));
  });

  it("sends one at a time after one was refused for the moment, so that none overtakes it", async () => {
    const contents: unknown[] = [];
    let refused = 0;
    const muster = await oddServer(({ input, acknowledge }) => {
      // The third is refused twice, while the others would be taken.
      if (input.content === "m2" && refused++ < 2) return acknowledge(refusal("unavailable"));
      contents.push(input.content);
      acknowledge({ ok: true });
    });
    const say = (content: string) => muster.in("/chat").call("chat_message", { channel: "guild", content });
    const all = names(3).map(say);
    await all[0];
    // Given while the third waits to be tried again.
    all.push(...["n0", "n1", "n2"].map(say));
    await Promise.all(all);
    assert.deepEqual(contents, ["m0", "m1", "m2", "n0", "n1", "n2"]);
  });

  it("reports a room that it can't resume for now and tries on, and of the end of one that it may not", async () => {
    const answers = ["ok", "room_full", "ok", "forbidden"];
    const answered = collector<string>();
    const muster = await oddServer(({ acknowledge }) => {
      const code = answers.shift() ?? "forbidden";
      acknowledge(code === "ok" ? { ok: true, epoch: "e", offset: 0, recovered: true } : refusal(code));
      answered.hear(code);
    });
    const told = collector<string>();
    muster.onError(({ code, namespace }) => told.hear(`error ${code} ${namespace}`));
    await muster.rooms.follow("r", { message() {}, ended: (code) => told.hear(`ended ${code}`) });
    cut(muster.in("/"));
    await told.reaches(1);
    await answered.reaches(3);
    cut(muster.in("/"));
    await told.reaches(2);
    assert.deepEqual(told.heard, ["error room_full /", "ended forbidden"]);
  });

  it("asks again for a namespace that is not answered, alone and beside one that is", async () => {
    const refused = new Set(["/", "/chat"]);
    const asked: string[] = [];
    const muster = await oddServer(
      ({ acknowledge }) => acknowledge({ ok: true }),
      ({ nsp }) => {
        asked.push(nsp.name);
        return !refused.delete(nsp.name);
      },
    );
    const told: unknown[] = [];
    muster.onError(({ code, namespace }) => told.push([code, namespace]));
    await muster.in("/").call("subscribe", { room: "r" });
    await muster.in("/chat").call("unread", {});
    assert.deepEqual(asked, ["/", "/", "/chat", "/chat"]);
    assert.deepEqual(told, [
      ["unavailable", "/"],
      ["unavailable", "/chat"],
    ]);
  });
});
