import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { comparison, readResult } from "../../bench/support/compare.ts";
import { pageOfBench } from "../../bench/support/html.ts";
import { type Row, table } from "../../bench/support/report.ts";

const row = (what: string, muster: number, more: Partial<Row> = {}): Row => ({
  ...{ part: "commands", what, muster, unit: "acks/CPU s" },
  ...more,
});
const run = (...rows: Row[]) => ({ startedAt: "2026-11-27T07:00:00.000Z", machine: "a machine", rows });
/** The cells of the line with this text. */
const cellsOf = (text: string, what: string): string[] =>
  (text.split("\n").find((line) => line.includes(` ${what} `)) ?? "").split("|").map((cell) => cell.trim());

describe("the benchmark's tables", () => {
  it("compare two runs by part, row and unit, with the change of the ratio too", () => {
    const before = run(row("echo", 50, { ratio: 0.5 }), row("gone", 1), row("same name", 4));
    const after = run(row("echo", 100, { ratio: 0.6 }), row("new", 2), row("same name", 1, { unit: "ms" }));
    const text = comparison(before, after);
    assert.deepEqual(cellsOf(text, "echo").slice(4, 8), ["50.0", "100", "2.00", "1.20"]);
    assert.deepEqual(cellsOf(text, "gone").slice(4, 8), ["1.00", "–", "", ""]);
    assert.deepEqual(cellsOf(text, "new").slice(4, 8), ["–", "2.00", "", ""]);
    assert.equal(text.split("\n").filter((line) => line.includes("same name")).length, 2);
    assert.doesNotMatch(text, /Two machines/);
    assert.match(comparison(before, { ...after, machine: "another" }), /Two machines/);
  });

  it("mark a row whose load process had more than 0.8 of a core", () => {
    const busy = row("busy", 1, { client: 0.81 });
    const idle = row("idle", 1, { client: 0.8 });
    const text = table([busy, idle]);
    assert.match(text, /0\.81 TOO BUSY/);
    assert.doesNotMatch(text, /0\.80 TOO BUSY/);
    const compared = comparison(run(busy, idle), run(row("busy", 1), row("idle", 1)));
    assert.match(compared, /busy .*CLIENT TOO BUSY/);
    assert.doesNotMatch(compared, /idle .*CLIENT TOO BUSY/);
  });

  it("come as one page that holds them and loads nothing", () => {
    const page = pageOfBench(run(row("</script><b>", 1)));
    assert.match(page, /default-src 'none'/);
    assert.doesNotMatch(page, /<\/script><b>|(?:src|href)="(?!data:)/);
    const json = /id="result">(.*?)<\/script>/s.exec(page)?.[1] ?? "";
    assert.equal(JSON.parse(json).rows[0].what, "</script><b>");
  });

  it("are not made of a file that is something else", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "bench-compare-"));
    try {
      const file = path.join(folder, "a.json");
      for (const text of ["[]", "null", '{"rows":3}', "no JSON"]) {
        writeFileSync(file, text);
        assert.throws(() => readResult(file), Error, text);
      }
      writeFileSync(file, JSON.stringify(run(row("echo", 1))));
      assert.equal(readResult(file).rows.length, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
