/** Fault rows see a token in a log, and count lines. */
import assert from "node:assert/strict";
import { leakIn, watchLogs } from "../../faults/abuse/logs.ts";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.abcdefghijklmnopqrstuvwxyz0123456789";

describe("the look at logs after an abuse", () => {
  it("finds a token, a foreign one, and the signature alone, and does not repeat it", () => {
    assert.equal(
      leakIn("a connection was refused: the token is too long", ["qrstuvwxyz0123456789"]),
      undefined,
    );
    assert.equal(leakIn(`GET /ws?token=${TOKEN}`, []), "GET /ws?token=…");
    assert.equal(leakIn(`refused ${TOKEN.slice(-30)}`, ["qrstuvwxyz0123456789"]), "refused …");
  });

  it("counts what came since it began, of the worker that wrote most", async () => {
    const logs = ["before\n", "before\nbefore\n"];
    const workers = logs.map((_, at) => ({ log: async () => logs[at] ?? "" }));
    const watched = await watchLogs({ workers });
    logs[0] += "one\ntwo\n";
    logs[1] += `one ${watched.used(TOKEN).slice(-25)}\n`;
    assert.deepEqual(await watched.logged(), { lines: 2, leak: "one …" });
  });
});
