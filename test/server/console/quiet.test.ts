/** Nobody looks: the console does nothing. Counted, not timed: what it asks of the store, what it sends, and its timers. */
import assert from "node:assert/strict";
import { chatContract } from "../../../namespaces/chat/schema.ts";
import { onEachSetup } from "../../support/app.ts";
import { until } from "../../support/until.ts";
import { asked, logIn, startWith } from "./support.ts";

type Timer = "setTimeout" | "setInterval";
const TIMERS: readonly Timer[] = ["setTimeout", "setInterval"];
const OF_CONSOLE = /(?<!test)[/\\]server[/\\]console[/\\]/;

/** Whether code of the console is behind this call. */
const isOfConsole = () => OF_CONSOLE.test(new Error().stack ?? "");

/** The object, with each call of the console's noted as `part.method`. */
function noted<T extends object>(target: T, name: string, note: (call: string) => void): T {
  return new Proxy(target, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key);
      const path = `${name}${String(key)}`;
      if (typeof value === "object" && value !== null) return noted(value, `${path}.`, note);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const topic = path.startsWith("bus.") ? JSON.stringify(args[0]) : "";
        const [its] = /console:(ask|tell)/.exec(topic) ?? [];
        if (path !== "now" && (its !== undefined || isOfConsole()))
          note(its === undefined ? path : `${path} ${its}`);
        return Reflect.apply(value, of, args) as unknown;
      };
    },
  });
}

onEachSetup((setup) => {
  describe("the console, while nobody looks", () => {
    const calls: string[] = [];
    const timers = Object.fromEntries(TIMERS.map((name) => [name, globalThis[name]])) as Record<Timer, never>;
    let depth: number;

    before(() => {
      depth = Error.stackTraceLimit;
      Error.stackTraceLimit = 50;
      for (const name of TIMERS) {
        const real = globalThis[name] as (...args: unknown[]) => unknown;
        const spy = (...args: unknown[]) => {
          if (isOfConsole()) calls.push(name);
          return real(...args);
        };
        Object.assign(globalThis, { [name]: Object.assign(spy, real) });
      }
    });
    after(() => {
      Error.stackTraceLimit = depth;
      Object.assign(globalThis, timers);
    });

    it("has no timer, sends nothing and reads nothing; one look is one question", async () => {
      const app = await startWith(setup, {
        wrapStore: (store) => noted(store, "", (call) => calls.push(call)),
      });
      assert.deepEqual(
        new Set(calls),
        new Set(["bus.subscribe console:ask", "bus.subscribe console:tell"]),
        "it listens, and no more",
      );
      calls.length = 0;
      const ann = await app.connect(chatContract, "ann");
      const bob = await app.connect(chatContract, "bob", { worker: 1 });
      await ann.call("chat_message", { channel: "global", content: "hello" });
      await bob.next("chat_message");
      await app.advance(30_000);
      assert.equal(calls.join(), "");

      const token = await logIn(app);
      calls.length = 0;
      assert.equal((await asked(app, token, "workers")).status, 200);
      const sent = (what: string) => calls.filter((call) => call === `bus.publish console:${what}`).length;
      // A question is asked a second time where the answer is late.
      await until("each question is answered", () => sent("ask") === sent("tell"));
      assert.ok(app.workers.length === 1 ? sent("ask") === 0 : [1, 2].includes(sent("ask")));
      assert.ok(calls.includes("presence.workers"), "what is counted is seen");
      calls.length = 0;
      await app.advance(30_000);
      assert.equal(calls.join(), "", "nothing is left of the look");
    });
  });
});
