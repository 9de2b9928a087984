/** Frames that once found something, or show a kind of what must be refused: sent again to a started server, which must go on. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PROTOCOLS, type Protocol } from "../../faults/fuzz/frames.ts";
import { sendFrames } from "../../faults/fuzz/senders.ts";
import { closeAll, startEmbedded } from "../support/app.ts";
import { closePlain, openPlain } from "../support/plain.ts";

const CORPUS = join(import.meta.dirname, "corpus");

/** `frames` is text, or `base64:` and bytes. */
interface Case {
  readonly protocol: Protocol;
  readonly why: string;
  readonly frames: readonly string[];
}

const bytesOf = (text: string) =>
  text.startsWith("base64:") ? Buffer.from(text.slice(7), "base64") : Buffer.from(text);

describe("the fuzzer's corpus", () => {
  afterEach(() => {
    closePlain();
    return closeAll();
  });

  it("no file of it ends the server, leaves an error that nobody caught, or keeps others from being served", async () => {
    const names = (await readdir(CORPUS)).filter((name) => name.endsWith(".json"));
    assert.ok(names.length > 0);
    const app = await startEmbedded();
    const uncaught: unknown[] = [];
    const listen = (err: unknown) => void uncaught.push(err);
    process.on("uncaughtExceptionMonitor", listen);
    try {
      for (const name of names) {
        const { protocol, why, frames }: Case = JSON.parse(await readFile(join(CORPUS, name), "utf8"));
        assert.ok(PROTOCOLS.includes(protocol) && why.length > 10, name);
        // Each path of the protocol in turn.
        for (let turn = 0; turn < 6; turn++)
          await sendFrames(protocol, frames.map(bytesOf), {
            url: app.url,
            token: app.token("mallory"),
            turn,
          });
        const bystander = openPlain(app.url, "/ws", { query: { token: app.token("ann") } });
        assert.equal((await bystander.call("ping")).ok, true, name);
        closePlain();
      }
      assert.deepEqual(uncaught, []);
    } finally {
      process.off("uncaughtExceptionMonitor", listen);
    }
  });
});
