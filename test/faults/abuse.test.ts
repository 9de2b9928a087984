/** The short form of `npm run faults -- --rows abuse`: what was refused and cut, and that others are served. Times are judged in the long form. */
import assert from "node:assert/strict";
import { ALL_ROWS } from "../../faults/rows/index.ts";
import { runRows } from "../../faults/run.ts";

const ROWS = ["20", "23", "33"];
const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9));

describe(`abuse, in short (FAULTS_SEED=${seed})`, () => {
  for (const id of ROWS) {
    const row = ALL_ROWS.find((one) => one.id === id);
    it(`row ${id} holds: ${row?.title}`, async () => {
      assert.ok(row);
      const lines: string[] = [];
      const print = (line: string) => void lines.push(line);
      const { ok } = await runRows({ rows: [row], seed, seconds: undefined, quick: true, print });
      assert.ok(ok, lines.join("\n"));
      assert.ok(
        lines.some((line) => line.startsWith(`| ${id} | `) && line.endsWith("| held |")),
        "the table has the row",
      );
    });
  }
});
