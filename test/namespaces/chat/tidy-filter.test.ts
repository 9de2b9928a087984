import assert from "node:assert/strict";
import fc from "fast-check";
import { asId, type UserId } from "../../../core/ids.ts";
import { inTurn, type TidyOptions, tidyFilter } from "../../../namespaces/chat/filters/tidy.ts";
import { wordFilter } from "../../../namespaces/chat/filters/words.ts";

const none = { links: "allow", repeats: "allow", shouting: "allow" } as const;
const said = (content: string, user = "ann", channelId = "global") => ({
  userId: asId<UserId>(user),
  channel: "global",
  channelId,
  content,
});

/** What a filter makes of a text: the text, or `!` and the reason. */
async function through(options: Partial<TidyOptions>, content: string): Promise<string> {
  const verdict = await tidyFilter({ ...none, ...options })?.(said(content));
  if (!verdict || verdict.action === "pass") return content;
  return verdict.action === "rewrite" ? verdict.content : `!${verdict.reason}`;
}

describe("chat: the small filter", () => {
  it("is none where everything is allowed", () => {
    assert.equal(tidyFilter(none), undefined);
  });

  it("finds links with and without a scheme, and no ordinary dots", async () => {
    for (const [content, mended] of [
      ["see https://evil.example/x?y=1 now", "see [link] now"],
      ["WWW.Cheap-Gold.net!", "[link]"],
      ["go to cheap-gold.com/buy today", "go to [link] today"],
      ["a.b.example.org", "[link]"],
    ] as const) {
      assert.equal(await through({ links: "mend" }, content), mended);
      assert.match(await through({ links: "refuse" }, content), /^!links/);
      assert.equal(await through({}, content), content);
    }
    for (const fine of ["wait... what", "v1.2.3 is out", "3.5 of 4", "e.g. this", "ok.then"])
      assert.equal(await through({ links: "refuse" }, fine), fine);
  });

  it("shortens runs of one sign, whatever the script", async () => {
    assert.equal(await through({ repeats: "mend" }, "looooooooooool"), "looooooool");
    assert.equal(await through({ repeats: "mend" }, "😀".repeat(20)), "😀".repeat(8));
    assert.match(await through({ repeats: "refuse" }, "!!!!!!!!!"), /^!/);
    assert.equal(await through({ repeats: "refuse" }, "!!!!!!!!"), "!!!!!!!!");
  });

  it("refuses the same text again and again: of one user, in one channel, for a while", async () => {
    let now = 0;
    const filter = tidyFilter({ ...none, repeats: "mend", now: () => now });
    assert.ok(filter);
    const action = async (...args: Parameters<typeof said>) => (await filter(said(...args))).action;
    for (const text of ["buy gold", "Buy Gold", "buy gold"]) assert.equal(await action(text), "pass");
    assert.equal(await action("BUY GOLD"), "refuse");
    assert.equal(await action("buy gold", "bob"), "pass");
    assert.equal(await action("buy gold", "ann", "guild:red"), "pass");
    now += 31_000;
    assert.equal(await action("buy gold"), "pass");
    assert.equal(await action("something else"), "pass");
    assert.equal(await action("buy gold"), "pass");
  });

  it("does not count a text that is refused later, not stored, or a repeat", async () => {
    const filter = inTurn(tidyFilter({ ...none, repeats: "refuse", shouting: "refuse" }), ({ content }) => ({
      action: content === "not now" ? "refuse" : "pass",
    }));
    /** As the chat asks: whether it may be said, and is. */
    async function send(content: string, isSaid = true): Promise<string> {
      const noted: (() => void)[] = [];
      assert.ok(filter);
      const { action } = await filter({ ...said(content), ifUnsaid: (back) => void noted.push(back) });
      if (action === "refuse" || !isSaid) for (const takeBack of noted) takeBack();
      return action;
    }
    for (const text of ["not now", "LOUD AND CLEAR"])
      for (let times = 0; times < 5; times++) assert.equal(await send(text), "refuse");
    assert.equal(await send("loud and clear"), "pass");
    for (let times = 0; times < 2; times++) assert.equal(await send("gold"), "pass");
    for (let times = 0; times < 5; times++) assert.equal(await send("gold", false), "pass");
    // Another text in between begins anew, but not where it was not said.
    assert.equal(await send("silver", false), "pass");
    assert.equal(await send("gold"), "pass");
    assert.equal(await send("gold"), "refuse");
  });

  it("withdraws one of several texts under way at the same time", async () => {
    const filter = tidyFilter({ ...none, repeats: "refuse" });
    const noted: (() => void)[] = [];
    const action = async () =>
      (await filter?.({ ...said("gold"), ifUnsaid: (back) => void noted.push(back) }))?.action;
    assert.deepEqual(
      [await action(), await action(), await action(), await action()],
      ["pass", "pass", "pass", "refuse"],
    );
    noted[0]?.();
    assert.deepEqual([await action(), await action()], ["pass", "refuse"]);
  });

  it("counts texts sent through other workers, each at its place", async () => {
    const filter = inTurn(tidyFilter({ ...none, repeats: "refuse" }), () => ({ action: "pass" }));
    assert.ok(filter?.heard);
    for (const text of ["buy gold", "Buy Gold"]) filter.heard(said(text));
    assert.equal((await filter(said("buy gold"))).action, "pass");
    assert.equal((await filter(said("BUY gold"))).action, "refuse");
    for (let i = 0; i < 5; i++) filter.heard(said("buy gold", "bob"));
    assert.equal((await filter(said("buy gold", "bob"))).action, "refuse");
    assert.equal((await filter(said("buy gold", "ann", "guild:red"))).action, "pass");
    assert.equal(tidyFilter({ ...none, links: "refuse" })?.heard, undefined);
  });

  it("takes capitals for shouting where there are many, and mostly they", async () => {
    assert.equal(await through({ shouting: "mend" }, "WHY DOES NOBODY ANSWER"), "why does nobody answer");
    assert.match(await through({ shouting: "refuse" }, "ПОЧЕМУ НИКТО НЕ ОТВЕЧАЕТ"), /^!/);
    for (const fine of ["GG WP", "LOL that was close", "NASA and ESA agree on this"])
      assert.equal(await through({ shouting: "refuse" }, fine), fine);
  });

  it("is quick with whatever text, and what it has mended needs no more mending", async () => {
    const options = { links: "mend", repeats: "allow", shouting: "mend" } as const;
    await fc.assert(
      fc.asyncProperty(
        fc.string({
          unit: fc.constantFrom("a", "A", ".", "-", "/", "c", "o", "m", " ", ":"),
          maxLength: 2_000,
        }),
        async (content) => {
          const startedAt = performance.now();
          const mended = await through(options, content);
          assert.ok(performance.now() - startedAt < 200);
          assert.equal(await through(options, mended), mended);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("chat: filters in turn", () => {
  it("pass the rewritten text on to the next; the first refusal ends it", async () => {
    const seen: string[] = [];
    const filter = inTurn(
      wordFilter({ words: ["gold"], action: "mask" }),
      undefined,
      ({ content }) => {
        seen.push(content);
        return content.includes("stop") ? { action: "refuse", reason: "stop" } : { action: "pass" };
      },
      ({ content }) => ({ action: "rewrite", content: `${content}!` }),
    );
    assert.ok(filter);
    assert.deepEqual(await filter(said("gold")), { action: "rewrite", content: "****!" });
    assert.deepEqual(await filter(said("stop")), { action: "refuse", reason: "stop" });
    assert.deepEqual(seen, ["****", "stop"]);
    assert.equal(inTurn(undefined, undefined), undefined);
  });
});
