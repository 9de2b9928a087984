import assert from "node:assert/strict";
import { GameError } from "../../../core/contract/errors.ts";
import { asId, type UserId } from "../../../core/ids.ts";
import { acceptContent, type ChatFilter } from "../../../namespaces/chat/filters/filter.ts";

const said = { userId: asId<UserId>("ann"), channel: "global", channelId: "global", content: "hi" };
const refusedWith = (code: string) => (err: unknown) => err instanceof GameError && err.code === code;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const through = (filter: ChatFilter, fallback: "pass" | "refuse" = "refuse") =>
  acceptContent(filter, { timeoutMs: 5, fallback, log: silent }, said);

describe("chat: the filter hook", () => {
  it("sees the text and lets it pass", async () => {
    let seen: unknown;
    assert.equal(
      await through((m) => {
        seen = m;
        return { action: "pass" };
      }),
      "hi",
    );
    assert.deepEqual(seen, said);
  });

  it("rewrites it, to a text that may be said", async () => {
    assert.equal(await through(() => ({ action: "rewrite", content: " ** " })), "**");
    await assert.rejects(
      through(() => ({ action: "rewrite", content: "" })),
      refusedWith("invalid_payload"),
    );
  });

  it("refuses it with a reason", async () => {
    await assert.rejects(
      through(() => ({ action: "refuse", reason: "links" })),
      (err) => refusedWith("forbidden")(err) && err instanceof GameError && err.data.reason === "links",
    );
  });

  it("applies the configured fallback if it fails or never answers", async () => {
    const broken: ChatFilter = () => {
      throw new Error("down");
    };
    const hanging: ChatFilter = () => new Promise(() => {});
    for (const filter of [broken, hanging]) {
      await assert.rejects(through(filter), refusedWith("unavailable"));
      assert.equal(await through(filter, "pass"), "hi");
    }
  });
});
